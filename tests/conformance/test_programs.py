"""Programs do on our loop what they do on stock asyncio: written ones, and random ones.

`test_stock` compares plays, gap by gap; here programs run as they are, timers and all, under `run_until_complete`.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pieces import MOST_STEPS, MOST_TASKS, NUMBERS, STEPS, Piece, both, compare_programs, draw
from programs import PROGRAMS, Log, Main, say
from pythons import compare, every_kind, every_version, sample
from runners import in_a_runner, on_ours, on_stock

from treadle.loop import Loop
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

every_program = pytest.mark.parametrize("main", PROGRAMS, ids=lambda main: main.__name__)
needs_eager_tasks = pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")

# What issue and documentation name: a program for each is among the written ones or the steps.
PARTS = (
    *("wait", "wait_for", "timeout", "TaskGroup", "gather", "shield", "as_completed", "sleep", "create_task"),
    *("Queue", "Lock", "Event", "Semaphore", "Condition", "Barrier"),
)


def on(runner: Callable[[Coroutine[Any, Any, object]], object], main: Main) -> tuple[Log, object]:
    log: Log = []
    return log, runner(main(log))


@every_program
def test_a_program_does_what_it_does_on_stock_asyncio(main: Main) -> None:
    assert on(on_ours, main) == on(on_stock, main)


@every_program
def test_a_program_does_the_same_in_a_runner(main: Main) -> None:
    assert on(in_a_runner, main) == on(on_stock, main)


@needs_eager_tasks
def test_an_eager_task_has_its_first_step_when_it_is_made() -> None:
    async def main(log: Log) -> object:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        task = asyncio.create_task(say(log, "eager"))
        log.append("made")
        return await task

    assert on(on_ours, main) == on(on_stock, main)
    assert on(on_ours, main)[0] == ["eager begins", "made", "eager ends"]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_asyncio_that_a_loop_must_run_is_in_some_program(part: str) -> None:
    used = {name for main in PROGRAMS for name in names_in(main.__code__)}
    used |= {name for step in STEPS for name in names_in(getattr(Piece, f"_{step}").__code__)}
    assert {part, f"Bounded{part}"} & used


def names_in(code: Any) -> set[str]:
    found = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            found |= names_in(constant)
    return found


PLANS = st.lists(
    st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(NUMBERS)), max_size=MOST_STEPS),
    min_size=1,
    max_size=MOST_TASKS,
)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # a child that nobody came to await
@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("eager", [False, pytest.param(True, marks=needs_eager_tasks)])
@given(plan=PLANS)
@settings(max_examples=200)
def test_a_random_program_does_what_it_does_on_stock_asyncio(
    eager: bool, kind: TaskKind, plan: list[list[tuple[str, int]]]
) -> None:
    ours, stock = both(lambda: Piece(plan).main(), kind, eager=eager)
    assert ours == stock


@every_kind
@every_version
def test_programs_do_the_same_on_every_python_with_eager_tasks_too(version: str, kind: str) -> None:
    sample(version)
    compare(version, "--task", kind, "--programs", "1000", at_least=1_000)


def test_what_is_drawn_uses_every_step_and_ends_in_every_way() -> None:
    """Programs that come to nothing would be alike on any loop."""
    logs = [on_ours(Piece(draw(seed)).main()) for seed in range(300)]
    finished = {name for log in logs for name in finished_steps(log)}
    assert set(STEPS) - finished == {"fail"}
    told = {type(entry[1]) if isinstance(entry, tuple) else entry for log in logs for entry in log}
    assert {"cancelled", "BrokenError()", "0", "closed"} <= told
    assert any(entry[0] == "cut off" for log in logs for entry in log if isinstance(entry, tuple))


def finished_steps(log: list[Any]) -> set[str]:
    """Return the names of the steps that came to their end: the log has what they returned."""
    running: dict[object, str] = {}
    finished = set()
    for entry in log:
        if isinstance(entry, tuple) and entry[0] in NUMBERS:
            if len(entry) == 3 and entry[1] in STEPS:
                running[entry[0]] = entry[1]
            elif len(entry) == 2 and not isinstance(entry[1], type):
                finished.add(running[entry[0]])
    return finished


@pytest.mark.parametrize("fault", ["last in, first out", "timers in no order", "forgets contexts"])
def test_a_loop_with_a_fault_is_told_from_stock_asyncio(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "last in, first out":
        monkeypatch.setattr(Loop, "call_soon", _in_front(Loop.call_soon))
    elif fault == "timers in no order":
        monkeypatch.setattr(Loop, "next_timer", lambda self: next(iter(self.pending_timers()[::-1]), None))
    else:
        monkeypatch.setattr(Loop, "call_soon", _in_no_context(Loop.call_soon))
    _, differences = compare_programs(TaskKind.C, 50)
    assert differences


def _in_front(plain: Callable[..., Any]) -> Callable[..., Any]:
    def call_soon(self: Loop, *args: Any, **options: Any) -> Any:
        handle = plain(self, *args, **options)
        self.ready.rotate(1)
        return handle

    return call_soon


def _in_no_context(plain: Callable[..., Any]) -> Callable[..., Any]:
    def call_soon(self: Loop, *args: Any, **options: Any) -> Any:
        return plain(self, *args, context=options.get("context") and contextvars.Context())

    return call_soon
