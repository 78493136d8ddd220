"""Explore one test, and let it pass, fail or skip.

A test passes if nothing is wrong, and either nothing was left to try, or as many schedules were drawn as it asked for.
One schedule is enough if there are no more, or if a token names it. Anything else that ends a search fails the test: a
limit, a time-out, a call that a deterministic loop cannot serve, a program that does not do the same again.

A test that skips itself (`pytest.skip`, `pytest.importorskip`, `unittest.SkipTest`, and `pytest.xfail`, which works the
same way) under the first schedule is skipped at once. If it does so under a later schedule, the search goes on without
that one, and the test is skipped at the end, unless something is wrong under another schedule.

A test that another plugin times, and that has used up its time, fails with that plugin's exception (see `alarm`).
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
    """Run a test under every schedule, in place of its usual `runtest`."""
    looked = Looked()
    alarm = Alarm()
    fresh = Fresh(item, alarm)
    try:
        with alarm, primitives_of(item.config):
            if hasattr(item.obj, "hypothesis"):
                from treadle.pytest_plugin.given import run_examples  # noqa: PLC0415 - Hypothesis may not be installed

                run_examples(item, lambda example: explore(item, looked, fresh, example))
            elif is_case(item):
                _run_case(item, looked, fresh)
            else:
                explore(item, looked, fresh)
    finally:
        fresh.end()
        looked.note(item)


def explore(item: pytest.Function, looked: Looked, fresh: Fresh, example: Example | None = None) -> None:
    """Explore a test, or one example of it; return if it passes, and raise what pytest expects if not."""
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
    looked.executions += explored.executions - fresh.executions  # without those that recorded traces
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
    """Leave what the test keeps as its first execution would have left it, unless there was only that one."""
    if settings is not None and (explored is None or explored.executions != 1 or explored.stopped):
        executions = fresh.executions
        leave_as_after_one(source, settings)
        fresh.executions = executions
    fresh.undo()


def _unless_set_up_elsewhere(item: pytest.Function, explored: Explored) -> Explored:
    """If fixtures were set up on another loop, call the test unsupported in place of its violations."""
    reason = set_up_elsewhere(item) if explored.violations else ""
    return dataclasses.replace(explored, violations=(), unsupported=reason) if reason else explored


def _try_what_is_named(
    item: pytest.Function, source: MarkedTest, settings: Settings, example: Example | None
) -> tuple[Explored | None, str]:
    """Run the schedule of the given token, or those that failed last time; return None if a search is needed."""
    text = item.config.getoption("--treadle-token")
    source.way.wanted = False
    if text is not None:
        if not is_marked(item):
            run_once(source, settings, ReplayScheduler(()))  # the undisturbed execution shows which problems are usual
        return replay_program(source, ProgramToken.parse(text), settings=settings), REPLAYED
    tokens = item.config.stash.get(EARLIER, {}).get(item.nodeid, ()) if example is None else ()
    if tokens:
        explored = try_earlier(source, settings, tokens)
        if explored.violations and not are_known(item, explored):
            return explored, str(explored.search)
    return None, ""


class _Leaving:
    """Takes the exception of a test, and says whether the test has skipped itself."""

    def __init__(self, fresh: Fresh) -> None:
        self._fresh = fresh
        self.later: BaseException | None = None
        self._keeps = False  # exceptions hold frames, so in a search none may be kept
        self._last: BaseException | None = None

    def take(self) -> BaseException | None:
        """Return the last exception of the test since the last call."""
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
    """Raise exceptions that end the run of pytest, and those by which Hypothesis controls its examples."""
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
    """Run a method of a `unittest.TestCase`, and respect its decorators for skips and expected failures."""
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
    """Run the first schedule again, unless there was only one execution; say where it ran other lines, or nothing."""
    first = source.way.stop()
    if first is None or settings.random is not None or explored.executions == 1:
        return ""
    source.way.wanted = True
    run_once(source, settings, ReplayScheduler(()))
    return differ(first, source.way.stop())


def _passes(explored: Explored, settings: Settings, item: pytest.Function, how: str) -> bool:
    """Say whether a test passes: all findings are in the baseline; and with the marker, the search was complete."""
    if explored.violations:
        cut_off = explored.stopped and (settings.draw is None or explored.stopped != settings.draw.done)
        return are_known(item, explored) and not (cut_off and is_marked(item))
    if not is_marked(item):
        return True
    if how == REPLAYED:
        return explored.verdict is Verdict.NO_VIOLATION_FOUND and explored.stopped == ONE_OF_TOKEN
    return explored.verdict is Verdict.HOLDS or did_as_told(explored, settings)
