"""One function a bug: what was wrong once, and must not come back."""

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.check import resolve_target
from treadle.cli import main
from treadle.explorer import Ended, Execution, Limits, Scheduler, Watchdog, enumerate_schedules, visit_states
from treadle.fingerprint import Fingerprinter, entered
from treadle.loop import Loop, base_task, task_kind
from treadle.programs import ProgramProperty, find_program, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import Bounds, Kind, TaskKind
from treadle.situation import SituationWorld, Subject, parse_situation
from treadle_models.spec import ENDS, LOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from treadle.programs import ProgramSource


@pytest.mark.parametrize("target", ["osipenko-lock", "taskgroup"])
def test_third_parties_hung_a_search_in_which_the_dependency_was_not_made_yet(target: str) -> None:
    """They asked whether it was done, of nothing; the error went to the exception handler, again and again."""
    subject = resolve_target(target).subject
    for situation in ("third-party", "third-party+unstarted", "third-party+cleanup/1"):
        play = SituationWorld(subject, parse_situation(situation), Bounds(events=1, steps=1), TaskKind.C)
        exploration = enumerate_schedules(play, Limits(executions=1000))
        assert (exploration.ended is Ended.STOPPED) == (target == "osipenko-lock")


def test_a_cancelled_error_out_of_a_callback_left_the_loop() -> None:
    """As `result()` raises it in a done callback of a future that was cancelled; stock asyncio reports it."""

    async def main() -> list[str]:
        reported: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(type(context["exception"]).__name__))
        future = loop.create_future()
        future.add_done_callback(lambda _: future.result())
        future.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return reported

    assert asyncio.run(main()) == ["CancelledError"]
    assert Loop().run_until_complete(main()) == ["CancelledError"]


def test_an_error_of_the_exception_handler_left_the_loop() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    loop = Loop()
    log: list[str] = []
    loop.set_exception_handler(lambda _loop, _context: fail())
    loop.call_soon(fail)
    loop.call_soon(log.append, "goes on")
    loop.run_forever()
    assert log == ["goes on"]


def test_the_last_progress_was_not_told_after_a_round_number_of_executions() -> None:
    class Binary:
        def run(self, scheduler: Scheduler) -> Execution[int]:
            return Execution(sum(scheduler.choose(Kind.EVENT, 2) for _ in range(10)), (0,), cut=False)

    told: list[int] = []
    exploration = enumerate_schedules(Binary(), Limits(), told.append)
    assert sum(told) == exploration.executions == 1024


def test_while_tasks_in_pure_python_were_on_there_were_no_others() -> None:
    """Whoever asked for accelerated tasks meanwhile got the others, and for good: the classes made of them are kept."""
    stock = asyncio.Task
    with task_kind(TaskKind.PY):
        assert base_task(TaskKind.C) is stock
        assert base_task(TaskKind.PY) is asyncio.Task is not stock


def test_a_gap_before_a_callback_that_is_no_task_s_was_passed_over() -> None:
    """Two callbacks of no task were taken for one task that polls, so nobody could act between them."""

    async def swallow_after_the_end(future: asyncio.Future[object]) -> None:
        future.cancel()
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            if not future.done():
                raise

    play = SituationWorld(
        Subject(function=swallow_after_the_end), parse_situation("future"), Bounds(events=1, steps=1), TaskKind.C
    )
    exploration = enumerate_schedules(play, Limits())
    assert any(not LOST.holds(call.observation) for outcome in exploration.tallies for call in outcome)
    assert exploration.executions == 6


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it ignores a GeneratorExit, too
def test_a_call_with_a_bare_except_in_a_loop_spun_when_its_execution_was_over() -> None:
    """Closed outside of a running loop, its next wait raised instead of suspending; `ends` was said to be violated."""

    async def wait_whatever_comes(task: asyncio.Future[object]) -> None:
        task.cancel()
        while not task.done():
            try:
                await asyncio.wait([task])
            except:  # noqa: E722, S112 - as programs do
                continue

    subject = Subject(function=wait_whatever_comes)
    play = SituationWorld(subject, parse_situation("plain"), Bounds(events=2, steps=2), TaskKind.C)
    with Watchdog(lambda: play.engine.callbacks_ever, swallowed=lambda: pytest.fail("it spins")):
        exploration = enumerate_schedules(play, Limits())
    assert exploration.ended is Ended.BOUNDED
    assert all(ENDS.holds(call.observation) for outcome in exploration.tallies for call in outcome)


def test_a_callback_of_something_unhashable_broke_the_trace() -> None:
    """A method of a list, say: the owners of callbacks in the queue are looked up among the tasks."""

    async def program() -> None:
        numbers: list[int] = []
        asyncio.get_running_loop().call_soon(numbers.append, 1)
        await asyncio.sleep(0)
        assert not numbers

    (found,) = treadle.explore(program).violations
    assert found.property is ProgramProperty.RAISES


_kept: object = None


def _gathered() -> asyncio.Future[Any]:
    return asyncio.gather(asyncio.get_running_loop().create_future())


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "make",
    [lambda: asyncio.get_running_loop().create_future(), asyncio.Future, asyncio.futures._PyFuture, _gathered],  # type: ignore[attr-defined]
    ids=["by the loop", "by the class", "by the class in Python", "by gather"],
)
def test_a_failure_that_a_program_kept_was_a_report_of_the_next_execution(
    make: Callable[[], asyncio.Future[Any]], debug: bool
) -> None:
    """A global holds the future until the next execution binds it anew; then it goes, and nobody has retrieved it."""

    async def main(env: treadle.Env) -> None:
        global _kept  # noqa: PLW0603 - that it is one is the point
        asyncio.get_running_loop().set_debug(debug)
        _kept = future = make()
        if env.choose((False, True)):
            future.set_exception(ValueError("kept"))
        del future
        await asyncio.sleep(0)
        env.choose((1, 2))

    found = treadle.explore(main)
    assert str(found.verdict) == "holds"
    assert found.schedules == 4


def _find_the_same(source: ProgramSource) -> None:
    """See that a search by states, which does not distrust itself, finds what every schedule shows."""
    run = ProgramWorld(source, ProgramBounds(events=0))
    every = enumerate_schedules(run, Limits())
    once = visit_states(run, Limits(), few=0, distrust=False)
    assert (once.schedules, once.tallies) == (every.schedules, every.tallies)


_ACCOUNT: Any = entered._Monitor if sys.version_info >= (3, 12) else entered._Profiler


class _Holds:
    def get(self, *, held: str = "") -> str:
        return held


def _begin() -> None:
    _Holds.get.__kwdefaults__ = {"held": ""}


def _store(name: str) -> None:
    table: Any = _Holds.get.__kwdefaults__
    table["held"] = name


@pytest.mark.parametrize("backwards", [False, True])
def test_code_that_only_reads_the_table_of_keyword_defaults_can_change_them(
    backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was noticed where code had been seen before that binds them. In which order code is seen is an accident."""
    fresh = _ACCOUNT.fresh
    if backwards:
        monkeypatch.setattr(_ACCOUNT, "fresh", lambda self: fresh(self)[::-1])

    async def program(env: treadle.Env) -> None:
        _begin()
        _store(env.choose(("a", "b")))
        await asyncio.gather(env.future(), env.future())
        assert _Holds().get() == "a"

    _find_the_same(make_source(program))


def test_a_file_that_was_loaded_again_had_the_names_of_before(tmp_path: Path) -> None:
    """Its old module was taken for the one whose code runs."""
    file = tmp_path / "loaded_twice.py"
    file.write_text(_KEEPS, encoding="utf-8")
    for _ in range(2):
        sys.modules.pop("loaded_twice", None)
        _find_the_same(find_program(f"{file}:program"))


_KEEPS = """\
import asyncio
import functools
import itertools

held = None

async def program(env):
    global held
    held = env.choose("ab")
    await asyncio.gather(env.future(), env.future())
    assert held == "a"
"""


_numbers = itertools.count()


async def _counts_its_executions(env: treadle.Env) -> None:
    assert next(_numbers) == 0
    await asyncio.wait([env.cancellable(asyncio.create_task(asyncio.sleep(1)))])


def test_what_an_execution_left_behind_was_a_counterexample_of_the_next() -> None:
    explored = treadle.explore(_counts_its_executions)
    assert "nondeterminism" in explored.stopped
    assert not explored.violations


async def _has_many_schedules(env: treadle.Env) -> None:
    await asyncio.wait([env.cancellable(asyncio.create_task(asyncio.sleep(1))) for _ in range(6)])


def test_time_that_was_over_was_called_nondeterminism() -> None:
    """The execution that is cut off ends where the one before had a choice."""
    explored = treadle.explore(_has_many_schedules, events=6, seconds=0.3)
    assert explored.stopped == "the time limit was reached"


def test_each_part_of_a_search_had_all_of_the_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["explore", f"{__file__}:_has_many_schedules", "--events", "6", "--seconds", "1", "--jobs", "2"]
    began = time.monotonic()
    assert main([*command, "--journal", str(tmp_path / "journal")]) == 1
    assert time.monotonic() - began < 25, "of more than forty parts"
    assert "the time limit was reached" in " ".join(capsys.readouterr().out.split())


def test_a_look_at_a_state_that_took_long_was_a_step_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one in a process finds out how frames are laid out, which may take seconds on a busy machine."""
    take, slow = Fingerprinter.take, [True]

    def take_long(self: Fingerprinter, *arguments: Any) -> Any:
        until = time.process_time() + slow.pop() if slow else 0.0
        while time.process_time() < until:
            pass
        return take(self, *arguments)

    monkeypatch.setattr(Fingerprinter, "take", take_long)
    monkeypatch.setattr("treadle.execution.watch.Watchdog", functools.partial(Watchdog, tick=0.15))
    explored = treadle.explore(_has_many_schedules, events=2)
    assert not slow
    assert str(explored.verdict) == "holds", explored.stopped
