"""What goes on and on by itself is not said to hold where others might still have acted."""

from __future__ import annotations

import asyncio
from time import monotonic as clock
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.check import Job, judge
from treadle.check.given import target_of
from treadle.fingerprint import why_unsupported
from treadle.schedule import Bounds
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env
    from treadle.check import CellResult

tells_states_apart = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
NOT_TRIED = "was not tried"


# Programs


async def swallows_late(env: Env, polls: int, seconds: float) -> None:
    async def poll() -> str:
        try:
            for _ in range(polls):
                await asyncio.sleep(seconds)
        finally:
            try:
                saved = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(saved.set_result, None)
                await saved
            except asyncio.CancelledError:
                pass
        return "saved"

    await asyncio.wait([env.cancellable(asyncio.create_task(poll()))])


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_program_that_goes_on_for_longer_than_it_is_disturbed_does_not_hold(seconds: float) -> None:
    polls = 25 if seconds else 150

    async def program(env: Env) -> None:
        await swallows_late(env, polls, seconds)

    short = treadle.explore(program, events=1)
    assert short.verdict is Verdict.NO_VIOLATION_FOUND
    assert NOT_TRIED in short.stopped
    assert "--patience 1000" in short.stopped
    whole = treadle.explore(program, events=1, patience=1000)
    assert whole.verdict is Verdict.VIOLATED
    assert "swallowed" in {str(each.property) for each in whole.violations}


def test_one_that_ends_before_is_tried_in_every_gap() -> None:
    async def program(env: Env) -> None:
        await swallows_late(env, 15, 1)

    assert treadle.explore(program, events=1).verdict is Verdict.VIOLATED


async def heart_beats(env: Env) -> None:
    async def beat() -> None:
        while True:  # noqa: ASYNC110 - for as long as the program runs
            await asyncio.sleep(1)

    heart = env.background(asyncio.create_task(beat()))
    worker = asyncio.ensure_future(env.future("reply"))
    await asyncio.wait([worker])
    heart.cancel()


async def polls(env: Env) -> None:
    reply = env.future("reply")
    while not reply.done():  # noqa: ASYNC110 - it polls on purpose
        await asyncio.sleep(0)


async def looks_at_the_clock(env: Env) -> None:
    pressed: list[float] = []
    began = asyncio.get_running_loop().time()
    env.may(lambda: pressed.append(asyncio.get_running_loop().time() - began), name="press")
    for _ in range(6):
        await asyncio.sleep(1)
    assert pressed < [5.0]


@tells_states_apart
@pytest.mark.parametrize("program", [polls, heart_beats])
def test_what_stands_where_it_stood_may_hold(program: Callable[[Env], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.programs.environment._TIMERS_LIMIT", 50)  # a heart that beats is slow else
    assert treadle.explore(program, events=1).verdict is Verdict.HOLDS


def test_where_somebody_looks_at_the_clock_it_does_not() -> None:
    assert treadle.explore(looks_at_the_clock, events=1, patience=20).verdict is Verdict.NO_VIOLATION_FOUND
    assert treadle.explore(looks_at_the_clock, events=1).verdict is Verdict.VIOLATED


# Targets


async def swallows_in_the_end(task: Any) -> None:
    task.cancel()
    await asyncio.wait([task])
    for _ in range(12):
        await asyncio.sleep(0)
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        return


async def tidies_for_long(task: Any) -> None:
    task.cancel()
    await asyncio.wait([task])
    for _ in range(50):
        await asyncio.sleep(0)


async def sleeps_for_long(task: Any) -> None:
    task.cancel()
    await asyncio.wait([task])
    for _ in range(50):
        await asyncio.sleep(1)


async def gives_up_in_the_end(task: Any) -> None:
    task.cancel()
    for _ in range(10):
        done, _ = await asyncio.wait([task], timeout=1)
        if done:
            return


async def polls_at_once(task: Any) -> None:
    task.cancel()
    while not task.done():  # noqa: ASYNC110 - it polls on purpose
        await asyncio.sleep(0)


async def polls_with_time_between(task: Any) -> None:
    task.cancel()
    while not task.done():  # noqa: ASYNC110 - it polls on purpose
        await asyncio.sleep(0.1)


async def waits_again_and_again(task: Any) -> None:
    task.cancel()
    while True:
        done, _ = await asyncio.wait([task], timeout=0.5)
        if done:
            return


async def asks_again_after_a_second(task: Any) -> None:
    """Ask until it ends, as many do: no limit to how often."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)


async def polls_under_a_limit(task: Any) -> None:
    task.cancel()
    while not task.done():
        try:
            async with asyncio.timeout(1):
                await asyncio.wait([task])
        except TimeoutError:
            continue


async def leaves_after_twenty_seconds(task: Any) -> None:
    """Whoever cancels it that late is not heard."""
    began = clock()
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task], timeout=1)
        except asyncio.CancelledError:
            if clock() - began > 20:
                return
            raise


async def leaves_by_its_timer(task: Any) -> None:
    timer: Any = asyncio.get_running_loop().call_later(1, int)
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task], timeout=1)
        except asyncio.CancelledError:
            now: Any = asyncio.get_running_loop().call_later(0, int)
            if now._when - timer._when > 20:
                return
            raise


def judged(target: Callable[[Any], Any]) -> CellResult:
    job = Job(target=target.__name__, situation="plain", bounds=Bounds(events=2, steps=2))
    return judge(job, target=target_of(target))


def verdicts(cell: CellResult) -> dict[str, str]:
    return {each.property: str(each.verdict) for each in cell.findings}


def test_a_fault_long_after_the_dependency_has_ended_is_found() -> None:
    assert verdicts(judged(swallows_in_the_end))["lost"] == "violated"


@pytest.mark.parametrize("target", [tidies_for_long, sleeps_for_long, gives_up_in_the_end])
def test_a_call_that_goes_on_for_longer_than_others_act_does_not_hold(target: Callable[[Any], Any]) -> None:
    cell = judged(target)
    assert NOT_TRIED in cell.stopped
    assert "holds" not in verdicts(cell).values()
    assert verdicts(cell)["ends"] == "no violation found", "it comes to its end"


@tells_states_apart
@pytest.mark.parametrize("target", [leaves_after_twenty_seconds, leaves_by_its_timer])
def test_a_clock_is_one_by_whatever_name(target: Callable[[Any], Any]) -> None:
    assert NOT_TRIED in judged(target).stopped


@pytest.mark.parametrize(
    "target",
    [
        *(polls_at_once, polls_with_time_between, waits_again_and_again),
        *(asks_again_after_a_second, polls_under_a_limit),
    ],
)
def test_a_call_that_polls_holds_since_it_stands_where_it_stood(target: Callable[[Any], Any]) -> None:
    cell = judged(target)
    assert cell.stopped == ""
    assert verdicts(cell)["joined"] == "holds"


# Locks of a module


SEMAPHORE = asyncio.Semaphore(1)


async def goes_through_a_semaphore(task: Any) -> None:
    task.cancel()
    async with SEMAPHORE:
        await asyncio.wait([task])


async def cancels_inside_of_a_semaphore(task: Any) -> None:
    async with SEMAPHORE:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize("target", [goes_through_a_semaphore, cancels_inside_of_a_semaphore])
def test_what_a_call_has_taken_it_gives_back_at_the_end_of_an_execution(target: Callable[[Any], Any]) -> None:
    """`Semaphore.acquire` gives back what it was handed where it is cancelled, and not where it is closed."""
    for _ in range(2):
        job = Job(target=target.__name__, situation="shared", bounds=Bounds(events=1, steps=1))
        cell = judge(job, target=target_of(target))
        assert cell.stopped == ""
        assert verdicts(cell)["ends"] == "holds"
    assert SEMAPHORE._value == 1


CALLS: list[int] = []


async def leaves_the_first_time(task: Any) -> None:
    CALLS.append(1)
    task.cancel()
    if len(CALLS) > 1:
        await asyncio.wait([task])


def test_what_only_the_first_execution_does_is_noticed() -> None:
    CALLS.clear()
    cell = judged(leaves_the_first_time)
    assert cell.stopped.startswith("nondeterminism")
    assert not {"holds", "violated"} & set(verdicts(cell).values())
