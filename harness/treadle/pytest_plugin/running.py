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

import dataclasses
import sys
import unittest
from typing import TYPE_CHECKING

import pytest

from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import NONDETERMINISM, ReplayScheduler
from treadle.programs import ProgramToken, replay_program
from treadle.programs.explore import did_as_told, explore_source, leave_as_after_one, run_once
from treadle.programs.replay import ONE_OF_TOKEN
from treadle.programs.settings import make_settings
from treadle.pytest_plugin.alarm import Alarm
from treadle.pytest_plugin.earlier import try_earlier
from treadle.pytest_plugin.expected import find_expected, is_expected
from treadle.pytest_plugin.findings import are_known
from treadle.pytest_plugin.fixtures import set_up_elsewhere
from treadle.pytest_plugin.fresh import Fresh
from treadle.pytest_plugin.marked import MARKER, is_case, is_marked
from treadle.pytest_plugin.options import settings_of, wants_page
from treadle.pytest_plugin.pools import primitives_of
from treadle.pytest_plugin.program import make_program
from treadle.pytest_plugin.remembered import EARLIER
from treadle.pytest_plugin.summary import DRAWN, REPLAYED, Looked
from treadle.pytest_plugin.told import tell, to_show
from treadle.pytest_plugin.way import differ
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle.programs import Explored, Settings
    from treadle.pytest_plugin.program import Example, MarkedTest

_LEAVE = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)


def run(item: pytest.Function) -> None:
    """Run a test under every schedule, in place of what would run it once."""
    looked = Looked()
    alarm = Alarm()
    fresh = Fresh(item, alarm)
    try:
        with alarm, primitives_of(item.config):
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
    marker = item.get_closest_marker(MARKER)
    parted, expected, settings, explored = "", None, None, None
    try:
        settings = make_settings(settings_of(item.config) if marker is None else marker.kwargs)
        explored, how = _try_what_is_named(item, source, settings, example)
        if explored is None:
            looked.executions += fresh.executions
            fresh.executions, leaving.later = 0, None
            source.way.wanted = True
            explored = explore_source(source, settings)
            how = DRAWN if settings.random is not None else str(explored.ended)
            parted = _run_again(source, settings, explored)
        if explored.violations and not parted and not explored.stopped.startswith(NONDETERMINISM):
            expected = find_expected(item, source, explored, settings, leaving.take)
    except (MisuseError, NondeterminismError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    finally:
        source.way.stop()
        looked.executions += fresh.executions
        _leave_as_after_one(source, settings, explored, fresh)
    looked.executions += explored.executions - fresh.executions  # not those that wrote down what was found
    if marker is None:
        explored, parted = _unless_set_up_elsewhere(item, explored), ""
    passes = not parted and _passes(explored, settings, item, how)
    counted = dataclasses.replace(explored, violations=()) if marker is None and is_expected(item) else explored
    looked.add(counted, how, fails=not passes, replayable=example is None)
    if marker is None and explored.unsupported:
        pytest.skip(f"not explored: {explored.unsupported}")
    if explored.violations and wants_page(item.config):
        looked.shown = to_show(explored, item, replayable=example is None)
    if not passes:
        failed = pytest.fail.Exception(tell(explored, item, parted, replayable=example is None), pytrace=False)
        if expected is not None:
            raise expected from failed
        raise failed
    if leaving.later is not None:
        raise leaving.later


def _leave_as_after_one(source: MarkedTest, settings: Settings | None, explored: Explored | None, fresh: Fresh) -> None:
    """Leave what the test keeps as one execution would; where there was no other that is done already."""
    if settings is not None and (explored is None or explored.executions != 1 or explored.stopped):
        executions = fresh.executions
        leave_as_after_one(source, settings)
        fresh.executions = executions
    fresh.undo()


def _unless_set_up_elsewhere(item: pytest.Function, explored: Explored) -> Explored:
    """Take what was found for no finding, but for what could not be explored, if fixtures are of another loop."""
    reason = set_up_elsewhere(item) if explored.violations else ""
    return dataclasses.replace(explored, violations=(), unsupported=reason) if reason else explored


def _try_what_is_named(
    item: pytest.Function, source: MarkedTest, settings: Settings, example: Example | None
) -> tuple[Explored | None, str]:
    """Run the schedule of the command line's token, or those that failed last time; None where a search must tell."""
    text = item.config.getoption("--treadle-token")
    source.way.wanted = False
    if text is not None:
        if not is_marked(item):
            run_once(source, settings, ReplayScheduler(()))  # what is usual shows where nobody is disturbed
        return replay_program(source, ProgramToken.parse(text), settings=settings), REPLAYED
    tokens = item.config.stash.get(EARLIER, {}).get(item.nodeid, ()) if example is None else ()
    if tokens:
        explored = try_earlier(source, settings, tokens)
        if explored.violations and not are_known(item, explored):
            return explored, str(explored.search)
    return None, ""


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


def _passes(explored: Explored, settings: Settings, item: pytest.Function, how: str) -> bool:
    """Say whether all is well, or all that is not is known to the baseline; and with the marker, that all was tried."""
    if explored.violations:
        cut_off = explored.stopped and (settings.draw is None or explored.stopped != settings.draw.done)
        return are_known(item, explored) and not (cut_off and is_marked(item))
    if not is_marked(item):
        return True
    if how == REPLAYED:
        return explored.verdict is Verdict.NO_VIOLATION_FOUND and explored.stopped == ONE_OF_TOKEN
    return explored.verdict is Verdict.HOLDS or did_as_told(explored, settings)
