"""Explore one test, and say what that comes to: it passes, fails, or leaves as a skip does.

A test passes where nothing was left to look at, or where as many schedules were drawn as it asked for, and where
nothing is wrong. One schedule is enough if there are no more, or if a token names it. Whatever else ends a search fails
the test: a limit, time, a call that a deterministic loop has no answer for, a program that differs the next time.

A test that skips itself (`pytest.skip`, `pytest.importorskip`, `unittest.SkipTest`, and `pytest.xfail`, which is told
the same way) under the first schedule has left. If it does so under a later one, that one is passed over, and it leaves
when the search has ended: unless anything is wrong under another.

A test that is timed by somebody else and has used up its time fails as that (see `alarm`).
"""

from __future__ import annotations

import inspect
import os
import re
import shlex
import sys
import unittest
from typing import TYPE_CHECKING

import pytest

from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import ReplayScheduler
from treadle.programs import ProgramToken, describe, replay_program
from treadle.programs.explore import did_as_told, explore_source, run_once
from treadle.programs.replay import ONE_OF_TOKEN
from treadle.programs.settings import make_settings
from treadle.programs.source import is_own
from treadle.pytest_plugin.alarm import Alarm
from treadle.pytest_plugin.expected import find_expected, is_expected
from treadle.pytest_plugin.findings import are_known, as_data
from treadle.pytest_plugin.fresh import Fresh
from treadle.pytest_plugin.marked import MARKER, is_case, is_marked
from treadle.pytest_plugin.options import KNOWN, options_of, settings_of
from treadle.pytest_plugin.program import make_program
from treadle.pytest_plugin.summary import Looked
from treadle.pytest_plugin.way import differ
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle.programs import Explored, Settings
    from treadle.pytest_plugin.program import Example, MarkedTest

_LEAVE = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
_COMMAND = re.compile("\x00(.*?)\x00", re.DOTALL)  # what stands in a description where the command will


def run(item: pytest.Function) -> None:
    """Run a test under every schedule, in place of what would run it once."""
    looked = Looked()
    alarm = Alarm()
    fresh = Fresh(item, alarm)
    try:
        with alarm:
            if hasattr(item.obj, "hypothesis"):
                from treadle.pytest_plugin.given import run_examples  # noqa: PLC0415 - Hypothesis may not be there

                run_examples(item, lambda example: explore(item, looked, fresh, example))
            elif is_case(item):
                _run_case(item, looked, fresh)
            else:
                explore(item, looked, fresh)
    finally:
        fresh.end()
        looked.note(item)


def explore(item: pytest.Function, looked: Looked, fresh: Fresh, example: Example | None = None) -> None:
    """Explore a test, or one example of it; return if it passes."""
    fresh.executions = 0
    leaving = _Leaving(fresh)
    source = make_program(item, example, fresh, leaving)
    text = item.config.getoption("--treadle-token")
    source.way.wanted = text is None
    parted, expected = "", None
    try:
        marker = item.get_closest_marker(MARKER)
        settings = make_settings(settings_of(item.config) if marker is None else marker.kwargs)
        if text is None:
            explored = explore_source(source, settings)
            parted = _run_again(source, settings, explored)
        else:
            if marker is None:
                run_once(source, settings, ReplayScheduler(()))  # what is usual shows where nobody is disturbed
            explored = replay_program(source, ProgramToken.parse(text), settings=settings)
        if explored.violations and not parted and not explored.stopped.startswith("nondeterminism"):
            expected = find_expected(item, source, explored, settings, leaving.take)
    except (MisuseError, NondeterminismError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    finally:
        source.way.stop()
        fresh.undo()
        looked.executions += fresh.executions
    looked.executions += explored.executions - fresh.executions  # not those that wrote down what was found
    passes = _passes(explored, settings, replayed=text is not None)
    looked.add(explored, sampled=settings.random is not None, replayed=text is not None)
    if marker is None:
        looked.found += [] if is_expected(item) else as_data(explored)
        if explored.unsupported:
            pytest.skip(f"not explored: {explored.unsupported}")
        parted = ""
        passes = not explored.violations or are_known(item.nodeid, explored, item.config.stash[KNOWN])
    if parted or not passes:
        failed = pytest.fail.Exception(_text(explored, item, parted, replayable=example is None), pytrace=False)
        if expected is not None:
            raise expected from failed
        raise failed
    if leaving.later is not None:
        raise leaving.later


class _Leaving:
    """Hears what a test raised, and says whether it left."""

    def __init__(self, fresh: Fresh) -> None:
        self._fresh = fresh
        self.later: BaseException | None = None
        self._keeps = False  # an exception has frames, and nothing of an execution lives on in a search
        self._last: BaseException | None = None

    def take(self) -> BaseException | None:
        """Return what the test raised last since this was asked before."""
        last, self._last, self._keeps = self._last, None, True
        return last

    def __call__(self, error: BaseException) -> bool:
        self._fresh.alarm.end_search()
        _leave_at_once(error)
        self._last = error if self._keeps else None
        if not isinstance(error, _LEAVE):
            return False
        if self._fresh.executions == 1:
            raise error
        self.later = error
        return True


def _leave_at_once(error: BaseException) -> None:
    """Let what ends a run of pytest end it, and Hypothesis hear what it has raised for itself."""
    kinds: list[type[BaseException]] = [pytest.exit.Exception, KeyboardInterrupt]
    hypothesis = sys.modules.get("hypothesis.errors")
    if hypothesis is not None:
        kinds += [hypothesis.UnsatisfiedAssumption, hypothesis.StopTest]
    while isinstance(error, BaseExceptionGroup):
        found = error.subgroup(tuple(kinds))
        if found is None:
            return
        error = found.exceptions[0]
    if isinstance(error, tuple(kinds)):
        raise error


def _run_case(item: pytest.Function, looked: Looked, fresh: Fresh) -> None:
    """Heed what `unittest` writes on a method or a class."""
    places = (item.obj, item.parent.obj)  # type: ignore[union-attr]
    for each in places:
        if getattr(each, "__unittest_skip__", False):
            pytest.skip(getattr(each, "__unittest_skip_why__", ""))
    if not any(getattr(each, "__unittest_expecting_failure__", False) for each in places):
        explore(item, looked, fresh)
        return
    try:
        explore(item, looked, fresh)
    except pytest.xfail.Exception:
        raise
    except pytest.fail.Exception as error:
        pytest.xfail(str(error).partition("\n")[0])
    pytest.fail("Unexpected success", pytrace=False)


def _run_again(source: MarkedTest, settings: Settings, explored: Explored) -> str:
    """Run the first schedule again, if it was not the only execution; say where it went another way, or nothing."""
    first = source.way.stop()
    if first is None or settings.random is not None or explored.executions == 1:
        return ""
    source.way.wanted = True
    run_once(source, settings, ReplayScheduler(()))
    return differ(first, source.way.stop())


def _passes(explored: Explored, settings: Settings, *, replayed: bool) -> bool:
    if explored.violations:
        return False
    if replayed:
        return explored.verdict is Verdict.NO_VIOLATION_FOUND and explored.stopped == ONE_OF_TOKEN
    return explored.verdict is Verdict.HOLDS or did_as_told(explored, settings)


def _text(explored: Explored, item: pytest.Function, parted: str, *, replayable: bool) -> str:
    text = describe(explored, replay="\x00{token}\x00")
    node = _from_here(item)

    def command(found: re.Match[str]) -> str:
        if not replayable:
            return "run the test case that Hypothesis prints"
        options = "".join(f" {each}" for each in options_of(item.config)) * (not is_marked(item))
        return f"pytest{options} {shlex.quote(node)} {_quoted('--treadle-token=' + found[1])}"

    text = _COMMAND.sub(command, text)
    if explored.stopped and " ".join(explored.stopped.split()) not in " ".join(text.split()):
        text += f"\n\nthe search was cut off: {explored.stopped}"
    if parted:
        text += (
            "\n\nThe first schedule was run again after all others, and the test went another way: "
            f"{parted}. So these are not the schedules of one test, as something lives on from one to the next."
        )
    if parted or explored.stopped.startswith("nondeterminism"):
        text += _fixtures(item)
    return text


def _from_here(item: pytest.Function) -> str:
    """Name a test as one does on the command line, where pytest was started."""
    _, colons, rest = item.nodeid.partition("::")
    return os.path.relpath(item.path, item.config.invocation_params.dir) + colons + rest


def _quoted(text: str) -> str:
    """Quote for a shell, and always: a token looks the same whatever is in it."""
    quoted = shlex.quote(text)
    return quoted if quoted != text else f"'{text}'"


def _is_own(item: pytest.Function, name: str) -> bool:
    """Say whether a fixture is the user's own, and not pytest's or a plugin's."""
    definitions = item._fixtureinfo.name2fixturedefs.get(name)  # noqa: SLF001 - pytest has no other way to ask
    return definitions is not None and is_own(inspect.getsourcefile(inspect.unwrap(definitions[-1].func)) or "")


def _fixtures(item: pytest.Function) -> str:
    """Name the likely cause, if it is that: a fixture which the test has changed."""
    drawn = getattr(getattr(item, "callspec", None), "params", {})
    names = [name for name in item.fixturenames if name not in drawn and _is_own(item, name)]
    if not names:
        return ""
    them = f"fixture {names[0]} is" if len(names) == 1 else f"fixtures {', '.join(names)} are"
    return (
        f"\n\nA likely cause: the {them} set up once, for all schedules, so that each schedule finds what the one "
        "before has left. Make in the test what a schedule changes."
    )
