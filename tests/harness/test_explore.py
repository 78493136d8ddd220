"""What is found in any program without being asked, and what is not: each property with a program that violates it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.explorer import Ended, Limits, Watchdog, enumerate_schedules, visit_states
from treadle.fingerprint import why_unsupported
from treadle.programs import ProgramProperty, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env, Explored


def properties(explored: Explored) -> set[str]:
    return {str(each.property) for each in explored.violations}


# One program a property, and what to change so that it holds.


async def raises(env: Env, good: bool) -> None:
    number = env.choose((1, 2, 3))
    assert good or number != 2


async def deadlock(env: Env, good: bool) -> None:
    first, second = asyncio.Lock(), asyncio.Lock()

    async def both(one: asyncio.Lock, other: asyncio.Lock) -> None:
        async with one:
            await env.future()
            async with other:
                pass

    async with asyncio.TaskGroup() as group:
        group.create_task(both(first, second))
        group.create_task(both(first, second) if good else both(second, first))


async def lost_wakeup(env: Env, good: bool) -> None:
    """A queue whose getter is told once, by a callback that may come before it waits."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    getter = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    if good or env.branch():
        queue.put_nowait(1)
    else:
        queue._queue.append(1)  # type: ignore[attr-defined]
    await getter


async def endless(env: Env, good: bool) -> None:
    flag = env.future("flag")
    if not good:
        flag = asyncio.get_running_loop().create_future()
    while not flag.done():  # noqa: ASYNC110 - it polls on purpose
        await asyncio.sleep(0)


async def swallowed(env: Env, good: bool) -> None:
    async def worker() -> None:
        try:
            await env.future("reply")
        except asyncio.CancelledError:
            if good:
                raise

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


async def left_running(env: Env, good: bool) -> None:
    task = asyncio.create_task(asyncio.Event().wait())
    await asyncio.wait([task, env.future("reply")], return_when=asyncio.FIRST_COMPLETED)
    if good or env.branch():
        task.cancel()


async def unretrieved(env: Env, good: bool) -> None:
    async def worker() -> None:
        await env.future("reply", error=OSError)

    task = asyncio.create_task(worker())
    await asyncio.wait([task])
    if good:
        task.exception()


async def reported(env: Env, good: bool) -> None:
    def callback() -> None:
        if not good and env.branch():
            raise ValueError

    asyncio.get_running_loop().call_soon(callback)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def always(env: Env, good: bool) -> None:
    held: list[int] = []
    env.always(lambda: len(held) < 2, "at most one holds it")

    async def hold(number: int) -> None:
        if not held:
            await env.future()
            if good and held:
                return
            held.append(number)
            await asyncio.sleep(0)
            held.remove(number)

    await asyncio.gather(hold(1), hold(2))


PROGRAMS = {
    ProgramProperty.RAISES: raises,
    ProgramProperty.DEADLOCK: deadlock,
    ProgramProperty.LOST_WAKEUP: lost_wakeup,
    ProgramProperty.ENDS: endless,
    ProgramProperty.SWALLOWED: swallowed,
    ProgramProperty.LEFT_RUNNING: left_running,
    ProgramProperty.UNRETRIEVED: unretrieved,
    ProgramProperty.REPORTED: reported,
    ProgramProperty.ALWAYS: always,
}
each_program = pytest.mark.parametrize("violated", PROGRAMS, ids=str)


@each_program
def test_a_program_that_violates_a_property_is_found_out(violated: ProgramProperty) -> None:
    explored = treadle.explore(functools.partial(PROGRAMS[violated], good=False), events=1)
    assert explored.verdict is Verdict.VIOLATED
    assert properties(explored) == {str(violated)}
    assert all(each.minimal for each in explored.violations)


@each_program
def test_the_same_program_repaired_holds(violated: ProgramProperty) -> None:
    explored = treadle.explore(functools.partial(PROGRAMS[violated], good=True), events=2)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.ended is not Ended.STOPPED


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
@pytest.mark.parametrize("any_order", [False, True])
@each_program
def test_each_state_once_and_every_schedule_find_the_same(violated: ProgramProperty, any_order: bool) -> None:
    source = make_source(functools.partial(PROGRAMS[violated], good=False))
    for events in (0, 1, 2):
        bounds = ProgramBounds(events=events, callbacks=150, any_order=any_order)
        every = enumerate_schedules(ProgramWorld(source, bounds), Limits(executions=20_000))
        if every.ended is Ended.STOPPED:
            break
        once = visit_states(ProgramWorld(source, bounds), Limits(), few=1)
        assert once.opaque == ""
        assert (once.ended, once.schedules, once.tallies) == (every.ended, every.schedules, every.tallies)


async def every_deed(env: Env) -> None:
    told: list[str] = []
    reply = env.future("reply", error=LookupError, never=True)
    env.may(lambda: told.append("may"), times=2)

    async def work() -> None:
        try:
            await asyncio.wait_for(reply, 1)
        except (LookupError, TimeoutError, asyncio.CancelledError) as error:
            told.append(type(error).__name__)

    await asyncio.wait([env.cancellable(asyncio.create_task(work()), may_swallow=True)])
    raise AssertionError(told)


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
@pytest.mark.parametrize("events", [1, 2, 3])
def test_whatever_takes_an_event_or_none_is_counted_once(events: int) -> None:
    run = ProgramWorld(make_source(every_deed), ProgramBounds(events=events))
    every, once = enumerate_schedules(run, Limits()), visit_states(run, Limits(), few=0)
    assert once.opaque == ""
    assert (once.ended, once.schedules, once.tallies) == (every.ended, every.schedules, every.tallies)


async def _turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def runs_behind(env: Env) -> None:
    _ = env.background(asyncio.create_task(_turns(7)))
    _ = env.background(asyncio.create_task(_turns(0)))
    await asyncio.sleep(0)


async def cancels_itself(env: Env) -> None:
    for _ in range(2):
        _ = env.background(asyncio.create_task(_turns(2)))
    if env.branch():
        asyncio.current_task().cancel()  # type: ignore[union-attr]
    await asyncio.sleep(0)


async def leaves_a_second_one_behind(env: Env) -> None:
    """What is left behind has a number if another task with its name has ended."""

    async def one(waits: bool) -> None:
        if waits:
            await asyncio.Event().wait()

    async def other(_waits: bool) -> None:
        pass

    await asyncio.create_task((one if env.branch() else other)(False))
    await env.future(never=True)
    _ = asyncio.create_task(one(True))  # noqa: RUF006 - that is the fault
    await asyncio.sleep(0)


async def is_cut_off_while_it_gathers(env: Env) -> None:
    """What an execution leaves behind when it ends early must not be reported in the next one."""

    async def works() -> None:
        env.may(list)
        with contextlib.suppress(asyncio.CancelledError):
            await env.future(cancels=True)
        _ = env.background(asyncio.create_task(asyncio.sleep(0)))

    env.cancellable(asyncio.current_task())
    task = asyncio.create_task(works())
    await asyncio.sleep(0)
    asyncio.current_task().cancel()  # type: ignore[union-attr]
    with contextlib.suppress(asyncio.CancelledError):
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_what_an_execution_leaves_behind_is_not_reported_in_the_next() -> None:
    run = ProgramWorld(make_source(is_cut_off_while_it_gathers), ProgramBounds(events=1, any_order=True))
    every, once = enumerate_schedules(run, Limits()), visit_states(run, Limits(), few=0)
    assert once.opaque == ""
    assert (once.ended, once.schedules, once.tallies) == (every.ended, every.schedules, every.tallies)


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
@pytest.mark.parametrize("any_order", [False, True])
@pytest.mark.parametrize("program", [runs_behind, cancels_itself, leaves_a_second_one_behind])
def test_what_has_ended_belongs_to_the_state_as_far_as_it_tells(
    program: Any, any_order: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treadle.programs.ending._RUN_DOWN", 6)
    run = ProgramWorld(make_source(program), ProgramBounds(events=0, any_order=any_order))
    every, once = enumerate_schedules(run, Limits()), visit_states(run, Limits(), few=0)
    assert once.opaque == ""
    assert (once.ended, once.schedules, once.tallies) == (every.ended, every.schedules, every.tallies)


def test_a_step_that_does_not_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.execution.watch.Watchdog", functools.partial(Watchdog, tick=0.2))

    async def program() -> None:
        while True:
            pass

    explored = treadle.explore(program)
    assert properties(explored) == {"step-ends"}
    assert explored.ended is Ended.STOPPED


def test_sys_exit_is_an_exception_that_leaves_the_program() -> None:
    async def program() -> None:
        sys.exit(3)

    assert properties(treadle.explore(program)) == {"raises"}


# What is no problem


async def swallows(env: Env) -> None:
    async def worker() -> str:
        try:
            await env.future("reply")
        except asyncio.CancelledError:
            return "cleaned up"
        return "reply"

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()), may_swallow=True)])


async def takes_back(env: Env) -> None:
    async def worker() -> None:
        try:
            await env.future("reply")
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()  # type: ignore[union-attr]

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


async def fails_instead(env: Env) -> None:
    async def worker() -> None:
        try:
            await env.future("reply")
        except asyncio.CancelledError:
            raise OSError from None

    await asyncio.gather(env.cancellable(asyncio.create_task(worker())), return_exceptions=True)


async def is_cancelled_itself(env: Env) -> None:
    env.cancellable(asyncio.current_task())
    await env.future("reply")


async def has_a_background_task(env: Env) -> None:
    task = asyncio.create_task(asyncio.Event().wait())
    assert env.background(task) is task
    await env.future("reply")


async def does_not_wait_for_a_task_that_ends_by_itself() -> None:
    task = asyncio.create_task(asyncio.Event().wait())
    await asyncio.sleep(0)
    task.cancel()


async def has_a_timeout(env: Env) -> None:
    try:
        async with asyncio.timeout(1):
            await env.future("reply", never=True)
    except TimeoutError:
        pass


@pytest.mark.parametrize(
    "program",
    [
        swallows,
        takes_back,
        fails_instead,
        is_cancelled_itself,
        has_a_background_task,
        does_not_wait_for_a_task_that_ends_by_itself,
        has_a_timeout,
    ],
)
def test_what_is_as_it_should_be_is_no_violation(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=2)
    assert explored.verdict is Verdict.HOLDS, str(explored)


def test_a_future_that_may_never_complete_can_leave_a_program_stuck() -> None:
    async def program(env: Env) -> None:
        await env.future("reply", never=True)

    explored = treadle.explore(program)
    assert properties(explored) == {"deadlock"}
    assert "waits for reply" in explored.violations[0].text


def test_a_program_that_is_cancelled_by_nobody_has_raised() -> None:
    async def program(env: Env) -> None:
        await env.future("reply", cancels=True)

    explored = treadle.explore(program)
    assert [each.text for each in explored.violations] == [
        "the program ended with CancelledError, and the environment had not cancelled it"
    ]
