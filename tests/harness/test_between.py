"""What an execution leaves behind does not reach the next one, also where it was ended at a state that was known."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from treadle import Verdict
from treadle.check import Job, judge, resolve_target
from treadle.errors import MisuseError
from treadle.explorer import Limits, enumerate_schedules, quiet, visit_states
from treadle.programs import Settings, explore, explore_source, find_program, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.problems import ProgramProperty
from treadle.programs.world import ProgramWorld
from treadle.schedule import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from treadle import Env

background: set[asyncio.Task[Any]] = set()


class Pool:
    in_use = 0
    busy = False


@pytest.fixture(autouse=True)
def _afresh() -> None:
    background.clear()
    Pool.in_use, Pool.busy = 0, False


def spawn(coroutine: Coroutine[Any, Any, None]) -> None:
    """Keep a task as long as it runs, as the documentation of asyncio says."""
    task = asyncio.create_task(coroutine)
    background.add(task)
    task.add_done_callback(background.discard)


async def close(closed: list[int]) -> None:
    await asyncio.sleep(0)
    closed.append(0)


async def makes_tasks_on_its_way_out(env: Env) -> None:
    closed: list[int] = []

    async def client(answer: asyncio.Future[None]) -> None:
        try:
            await answer
        finally:
            spawn(close(closed))

    clients = [asyncio.create_task(client(env.future(name))) for name in "ab"]
    _ = env.cancellable(clients[0])
    await asyncio.wait(clients)
    for name in "cd":
        await env.future(name)
    if background:
        await asyncio.wait(set(background))
    assert len(closed) <= len(clients)


async def waits_for_what_it_makes_on_its_way_out(env: Env) -> None:
    assert len(asyncio.all_tasks()) == 1

    async def client(answer: asyncio.Future[None]) -> None:
        try:
            await answer
        finally:
            await asyncio.shield(asyncio.create_task(close([]), name="closing"))

    clients = [asyncio.create_task(client(env.future(name))) for name in "ab"]
    _ = env.cancellable(clients[0])
    await asyncio.wait(clients)
    left = [each for each in asyncio.all_tasks() if each.get_name() == "closing"]
    if left:
        await asyncio.wait(left)
    for name in "cd":
        await env.future(name)


async def keeps_what_runs_in_a_set(env: Env) -> None:
    assert not background

    async def waits(answer: asyncio.Future[None]) -> None:
        await answer

    for name in "abc":
        spawn(waits(env.future(name)))
    while background:
        await asyncio.wait(background)


async def counts_up_and_down(env: Env) -> None:
    async def uses(answer: asyncio.Future[None]) -> None:
        Pool.in_use += 1
        await answer
        Pool.in_use -= 1

    await asyncio.gather(*(uses(env.future(name)) for name in "abc"))
    await env.future("d")
    assert not Pool.in_use


async def is_busy_for_a_while(env: Env) -> None:
    assert not Pool.busy

    async def waits(answer: asyncio.Future[None]) -> None:
        await answer

    await asyncio.gather(*(waits(env.future(name)) for name in "ab"))
    Pool.busy = True
    await asyncio.gather(*(waits(env.future(name)) for name in "cd"))
    Pool.busy = False


async def counts_what_fails_in_the_background(env: Env) -> None:
    """That is said to be left running; who has asked to hear of its end hears that it was cancelled, and no more."""

    def ended(task: asyncio.Task[None]) -> None:
        Pool.in_use += not task.cancelled() and task.exception() is not None

    assert not Pool.in_use
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    heartbeat = env.background(asyncio.create_task(waits_for(never)))
    heartbeat.add_done_callback(ended)
    del heartbeat
    await asyncio.gather(*(waits_for(env.future(name)) for name in "abc"))
    await env.future("d")


async def cleans_up_when_it_is_cancelled(env: Env) -> None:
    async def serves() -> None:
        Pool.in_use += 1
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            Pool.in_use -= 1
            raise

    assert not Pool.in_use
    _ = env.background(asyncio.create_task(serves()))
    await asyncio.gather(*(waits_for(env.future(name)) for name in "abc"))
    await env.future("d")


async def waits_for(future: asyncio.Future[None]) -> None:
    await future


PROGRAMS = (
    counts_what_fails_in_the_background,
    cleans_up_when_it_is_cancelled,
    makes_tasks_on_its_way_out,
    waits_for_what_it_makes_on_its_way_out,
    keeps_what_runs_in_a_set,
    counts_up_and_down,
    is_busy_for_a_while,
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_both_searches_find_the_same(program: Callable[[Env], Any]) -> None:
    with quiet():
        runs = [ProgramWorld(make_source(program), ProgramBounds(events=2)) for _ in range(2)]
        every = enumerate_schedules(runs[0], Limits())
        once = visit_states(runs[1], Limits(), few=0, distrust=False)
    assert once.opaque == ""
    assert once.executions < once.schedules, "no state was met twice"
    assert (once.ended, once.reason, once.schedules, once.tallies) == (
        every.ended,
        every.reason,
        every.schedules,
        every.tallies,
    )
    assert [*every.tallies] == [()]
    assert not background
    assert (Pool.in_use, Pool.busy) == (0, False)


variable: ContextVar[int] = ContextVar("variable", default=0)


async def sees_no_variable_of_others(env: Env) -> None:
    """What the environment does has the context of the execution, and the program has its own."""
    env.may(lambda: variable.set(1), name="the variable is set")
    for name in "ab":
        await env.future(name)
    assert not variable.get()


def test_a_variable_that_the_environment_sets_is_not_set_in_the_next_execution() -> None:
    explored = explore(sees_no_variable_of_others)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert not variable.get()


async def cancels_a_timer_in_a_gap(env: Env) -> None:
    """Where that was all that was ready, the program is at rest again."""
    timer = asyncio.get_running_loop().call_later(1, int)
    env.may(timer.cancel, name="the timer is cancelled")
    await asyncio.sleep(2)


def test_what_is_ready_may_be_cancelled_before_it_runs() -> None:
    explored = explore(cancels_a_timer_in_a_gap)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules == 6


lock = asyncio.Lock()


async def loses_an_update(env: Env) -> None:
    """The lock is bound to the loop on which it was waited for first, and does not guard the reading."""
    Pool.in_use = 0

    async def adds(answer: asyncio.Future[None]) -> None:
        before = Pool.in_use
        async with lock:
            await answer
            Pool.in_use = before + 1

    await asyncio.gather(*(adds(env.future(name)) for name in "ab"))
    assert Pool.in_use == 2


def test_a_lock_that_a_module_keeps_does_not_hide_a_violation() -> None:
    explored = explore(loses_an_update)
    assert explored.verdict is Verdict.VIOLATED, str(explored)
    assert [each.property for each in explored.violations] == [ProgramProperty.RAISES]


async def fails_where_others_have_been(env: Env) -> None:
    assert not Pool.busy
    for name in "ab":
        await env.future(name)
    Pool.busy = True


def test_what_earlier_executions_have_left_is_no_violation_of_one_that_is_drawn() -> None:
    explored = explore(fails_where_others_have_been, random=20)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND
    assert "a schedule that was drawn ended differently when it was the first to run" in explored.stopped


LOCK = asyncio.Lock()


async def waits_for_a_lock_of_the_module(env: Env) -> None:
    async def use(answer: asyncio.Future[None]) -> None:
        async with LOCK:
            await answer

    await asyncio.gather(*(use(env.future(name)) for name in "ab"))


def test_a_program_that_is_explored_again_has_the_loop_to_which_its_lock_is_bound() -> None:
    first, second = (explore(waits_for_a_lock_of_the_module, events=1) for _ in range(2))
    assert first.verdict is Verdict.HOLDS, str(first)
    assert second == first, str(second)


class Counted:
    def __init__(self) -> None:
        Pool.in_use += 1

    def __del__(self) -> None:
        Pool.in_use -= 1


async def drops_what_it_has_counted(env: Env) -> None:
    """Whoever might cancel a task does not keep it when it has ended."""
    Pool.in_use = 0

    async def uses(answer: asyncio.Future[None]) -> None:
        counted = Counted()
        await answer
        del counted

    tasks = [asyncio.create_task(uses(env.future(name))) for name in "ab"]
    _ = env.cancellable(tasks[0])
    await asyncio.wait(tasks)
    del tasks, _
    await env.future("c")
    assert not Pool.in_use


def test_a_task_that_has_ended_is_not_kept_because_it_could_be_cancelled() -> None:
    explored = explore(drops_what_it_has_counted, events=1)
    assert explored.verdict is Verdict.HOLDS, str(explored)


TARGET = """
import asyncio

inside = 0
background = set()


async def {name}(task):
    global inside
    inside += 1
    task.cancel()
    if inside == 1:
        await asyncio.wait([task])
    inside -= 1


async def closes(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    finally:
        left = asyncio.create_task(asyncio.sleep(0))
        background.add(left)
        left.add_done_callback(background.discard)
"""


def test_what_a_call_that_did_not_end_has_left_behind_is_no_counterexample(tmp_path: Path) -> None:
    file = tmp_path / "counting.py"
    file.write_text(TARGET.format(name="counts"), encoding="utf-8")
    name = f"{file}:counts"
    cell = judge(Job(target=name, situation="plain", bounds=Bounds(events=1, steps=1)), target=resolve_target(name))
    assert cell.stopped.startswith("nondeterminism: ")
    assert {each.verdict for each in cell.findings} <= {Verdict.NO_VIOLATION_FOUND, Verdict.NOT_EXERCISED}


def test_a_target_that_makes_a_task_on_its_way_out_is_judged_like_one_that_does_not(tmp_path: Path) -> None:
    file = tmp_path / "closing.py"
    file.write_text(TARGET.format(name="counts"), encoding="utf-8")
    found = []
    for name in (f"{file}:closes", "rrevans-wait"):
        job = Job(target=name, situation="third-party", bounds=Bounds(events=1, steps=2))
        cell = judge(job, target=resolve_target(name))
        assert cell.stopped == ""
        found.append([(each.property, each.verdict) for each in cell.findings])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("env.future('f', 1)", "env.future() takes from 1 to 2 positional arguments but 3 were given"),
        ("env.future(nam='f')", "env.future() got an unexpected keyword argument 'nam'"),
    ],
)
def test_an_environment_that_is_called_wrongly_is_misuse(call: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "misuses.py"
    file.write_text(f"async def program(env):\n    await {call}\n", encoding="utf-8")
    with pytest.raises(MisuseError) as raised:
        explore_source(find_program(f"{file}:program"), Settings())
    assert told in str(raised.value)
