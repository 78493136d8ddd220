"""An execution is cut off in time, and what a gap costs does not grow with what is over."""

from __future__ import annotations

import asyncio
import cProfile
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.explorer import Ended, EnumeratingScheduler, Limits, ReplayScheduler, enumerate_schedules
from treadle.programs import Settings, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.explore import run_once
from treadle.programs.record import RecordedProgram
from treadle.programs.world import ProgramWorld
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle import Env, Explored


async def asks_for_ever(env: Env) -> None:
    while True:
        await env.future("turn")


async def asks_and_works_for_ever(env: Env) -> None:
    """One callback takes a while, so that the number of callbacks is no limit."""
    while True:
        await env.future("turn")
        time.sleep(0.01)  # noqa: ASYNC251 - that is the point


async def asks_for_ever_if_another_is_cancelled(env: Env) -> None:
    told: list[int] = []

    async def worker() -> None:
        while not told:
            await env.future("turn")

    async def put() -> None:
        told.append(1)

    tasks = [asyncio.create_task(worker()), env.cancellable(asyncio.create_task(put()))]
    await asyncio.wait(tasks)


ENDLESS = [asks_for_ever, asks_and_works_for_ever, asks_for_ever_if_another_is_cancelled]


def was_cut_off(explored: Explored, reason: str) -> None:
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND, str(explored)
    assert explored.ended is Ended.STOPPED
    assert reason in explored.stopped


@pytest.mark.parametrize("random", [None, 3])
@pytest.mark.parametrize("program", ENDLESS)
def test_time_is_up_inside_an_execution_too(program: Any, random: int | None) -> None:
    began = time.monotonic()
    explored = treadle.explore(program, seconds=0.3, random=random)
    was_cut_off(explored, "the time limit was reached")
    assert time.monotonic() - began < 10


def test_time_is_up_where_there_is_no_watchdog() -> None:
    """Only the main thread has one."""
    found: list[Explored] = []
    thread = threading.Thread(target=lambda: found.append(treadle.explore(asks_for_ever, seconds=0.3)))
    thread.start()
    thread.join(60)
    was_cut_off(found[0], "the time limit was reached")


def test_an_execution_that_does_not_end_is_cut_off_without_a_limit_of_time() -> None:
    explored = treadle.explore(asks_for_ever, seconds=None, limit=5)
    was_cut_off(explored, "an execution did not end within 100,")


def test_a_schedule_that_was_not_run_to_its_end_does_not_count() -> None:
    explored = treadle.explore(asks_for_ever, seconds=0.2)
    assert (explored.executions, explored.schedules) == (1, 0)


def test_one_schedule_alone_is_cut_off_as_well() -> None:
    explored = run_once(make_source(asks_for_ever), Settings(), EnumeratingScheduler())
    was_cut_off(explored, "an execution did not end")
    assert not explored.violations


async def _nothing() -> None:
    pass


def gather(number: int) -> Any:
    async def program() -> None:
        await asyncio.gather(*(_nothing() for _ in range(number)))

    return program


def calls(call: Any) -> int:
    """Return how many calls of functions this makes: a measure of work on which no other program has an influence."""
    profile = cProfile.Profile(builtins=False)
    profile.runcall(call)
    return sum(each.callcount for each in profile.getstats())


def test_thousands_of_tasks_are_one_schedule() -> None:
    explored = treadle.explore(gather(6_000))
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules == 1


def test_thousands_of_tasks_take_calls_in_proportion() -> None:
    treadle.explore(gather(2))  # what is imported when it is needed
    assert calls(lambda: treadle.explore(gather(4_000))) < 2.2 * calls(lambda: treadle.explore(gather(2_000)))


def test_a_counterexample_of_thousands_of_tasks_is_written_down_by_calls_in_proportion() -> None:
    def fails(number: int) -> Any:
        async def program() -> None:
            await gather(number)()
            raise AssertionError

        def call() -> None:
            assert [each.property for each in treadle.explore(program).violations] == ["raises"]

        return call

    fails(2)()
    assert calls(fails(2_000)) < 2.2 * calls(fails(1_000))


def test_a_poller_is_endless_however_many_tasks_have_ended() -> None:
    async def program() -> None:
        await asyncio.gather(*(_nothing() for _ in range(300)))
        while True:  # noqa: ASYNC110 - it polls on purpose
            await asyncio.sleep(0)

    explored = treadle.explore(program)
    assert [each.property for each in explored.violations] == ["ends"]


async def asks(env: Env, times: int) -> None:
    for _ in range(times):
        await env.cancellable(asyncio.create_task(asyncio.wait([env.future()])))


def test_what_a_gap_costs_does_not_grow_with_what_is_over() -> None:
    def explored(times: int) -> Any:
        async def program(env: Env) -> None:
            await asks(env, times)

        run = ProgramWorld(make_source(program), ProgramBounds(events=1))
        return lambda: run.run(EnumeratingScheduler())

    assert calls(explored(4_000)) < 9 * calls(explored(500))


def test_what_is_over_is_let_go() -> None:
    kept: list[int] = []

    async def program(env: Env) -> None:
        await asks(env, 1_000)
        declared = env._declared
        kept.append(max(len(declared.names), len(declared.cancellable), len(declared.paid.open())))

    ProgramWorld(make_source(program), ProgramBounds(events=0)).run(EnumeratingScheduler())
    assert max(kept) < 100


async def declares_and_ends(env: Env) -> None:
    """What is over stands before what is not, so numbers must stay although it is let go."""
    tasks = [env.cancellable(asyncio.create_task(asyncio.wait([env.future(f"f {number}")]))) for number in range(3)]
    await tasks[0]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    env.may(lambda: None, times=2)
    if pending:
        await asyncio.wait(pending)
    assert not tasks[2].cancelled()


def test_what_is_repeated_is_found_again_by_its_number() -> None:
    """A search that repeats what it has done finds what one finds that asks for everything."""
    run = ProgramWorld(make_source(declares_and_ends), ProgramBounds(events=2))
    every = enumerate_schedules(run, Limits())
    assert every.ended is not Ended.STOPPED, every.reason
    for outcome, tally in every.tallies.items():
        recorded = RecordedProgram(make_source(declares_and_ends), ProgramBounds(events=2))
        scheduler = ReplayScheduler(tally.example)
        execution = recorded.run(scheduler)
        scheduler.check()
        assert (execution.outcome, execution.size) == (outcome, tally.size)
