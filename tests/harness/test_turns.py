"""A timer that is due when it is set fires at the end of the turn, as on a stock loop, and not when time may pass."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from exploring import Asked

from treadle.explorer import Limits, enumerate_schedules, quiet, visit_states
from treadle.explorer.search import search_under
from treadle.loop import Loop
from treadle.programs import explore, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle import Env
    from treadle.explorer import Exploration
    from treadle.programs.problems import ProgramOutcome

    Logs = Callable[[list[object]], Coroutine[object, object, None]]


async def gives_way(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def polls(log: list[object]) -> None:
    task = asyncio.create_task(gives_way(5))
    while not (await asyncio.wait([task], timeout=0))[0]:
        log.append("not yet")


async def looks_once(log: list[object]) -> None:
    task = asyncio.create_task(gives_way(50))
    _, pending = await asyncio.wait([task], timeout=0)
    for each in pending:
        each.cancel()
    await asyncio.gather(task, return_exceptions=True)
    log.append(task.cancelled())


async def sets_timers_between_callbacks(log: list[object]) -> None:
    loop = asyncio.get_running_loop()

    def later() -> None:
        log.append("later")
        loop.call_later(0, log.append, "a timer of another")

    loop.call_soon(later)
    loop.call_later(0, log.append, "a timer")
    loop.call_at(loop.time() - 1, loop.call_soon, log.append, "what a late timer has called")
    loop.call_soon(log.append, "last")
    for turn in range(4):
        log.append(turn)
        await asyncio.sleep(0)


async def sleeps_in_a_callback(log: list[object]) -> None:
    loop = asyncio.get_running_loop()

    def blocks(name: str) -> None:
        loop.call_later(0.001, log.append, f"a timer of {name}")
        loop.call_soon(log.append, f"before {name} sleeps")
        time.sleep(0.002)
        loop.call_soon(log.append, f"after {name} slept")

    loop.call_soon(blocks, "one")
    loop.call_soon(log.append, "between")
    loop.call_soon(blocks, "two")
    for turn in range(5):
        log.append(turn)
        await asyncio.sleep(0)


async def sleeps_over_a_cancelled_timer(log: list[object]) -> None:
    loop = asyncio.get_running_loop()
    loop.call_later(0.001, log.append, "never").cancel()
    loop.call_soon(log.append, "before it sleeps")
    time.sleep(0.002)  # noqa: ASYNC251 - that is the point
    await asyncio.sleep(0)
    log.append("slept")


async def cancels_the_rest_of_its_turn(log: list[object]) -> None:
    loop = asyncio.get_running_loop()

    def cancels() -> None:
        last.cancel()
        loop.call_soon(log.append, "next")
        loop.call_later(0, log.append, "a timer")

    loop.call_soon(cancels)
    last = loop.call_soon(log.append, "cancelled")
    for turn in range(4):
        log.append(turn)
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "logs",
    [
        polls,
        looks_once,
        sets_timers_between_callbacks,
        sleeps_in_a_callback,
        sleeps_over_a_cancelled_timer,
        cancels_the_rest_of_its_turn,
    ],
)
def test_all_is_in_the_order_of_a_stock_loop(logs: Logs) -> None:
    stock: list[object] = []
    asyncio.run(logs(stock))
    assert stock

    async def program() -> None:
        log: list[object] = []
        await logs(log)
        assert log == stock

    found = explore(program, events=2)
    assert (found.verdict, found.schedules) == (Verdict.HOLDS, 1), "time need not pass, and so nobody may choose"


class OneTurn:
    """A turn of two callbacks, the second of which may be cancelled; in the next there is one that calls another."""

    def __init__(self, *, cancels: bool = False) -> None:
        self.loop = asyncio.get_running_loop()
        self.log: list[str] = []
        self.over = self.loop.create_future()
        self.loop.call_soon(self.first)
        if cancels:
            self.loop.call_soon(self.cancel)
        self.last = self.loop.call_soon(self.log.append, "last")

    def cancel(self) -> None:
        self.last.cancel()

    def first(self) -> None:
        self.loop.call_later(0, self.log.append, "timer")
        self.loop.call_soon(self.second)

    def second(self) -> None:
        self.log.append("second")
        self.loop.call_soon(self.third)

    def third(self) -> None:
        self.log.append("third")
        self.loop.call_soon(self.over.set_result, None)


def test_whoever_cancels_the_rest_of_a_turn_in_a_gap_ends_it() -> None:
    ends: set[tuple[str, ...]] = set()

    async def program(env: Env) -> None:
        turn = OneTurn()
        env.may(turn.last.cancel)
        await turn.over
        ends.add(tuple(turn.log))

    async def stock(*, cancels: bool) -> tuple[str, ...]:
        turn = OneTurn(cancels=cancels)
        await turn.over
        return tuple(turn.log)

    on_stock = {asyncio.run(stock(cancels=cancels)) for cancels in (False, True)}
    assert len(on_stock) == len((False, True))
    assert explore(program).verdict is Verdict.HOLDS
    assert ends == on_stock


def test_a_timer_that_is_due_waits_for_no_turn_of_what_arrives() -> None:
    """Both are at the beginning of a turn, as when a selector hands over what has arrived; what it calls is not."""
    ends: set[tuple[str, ...]] = set()

    async def program(env: Env) -> None:
        log: list[str] = []
        loop = asyncio.get_running_loop()
        arrives = env.future()

        def hears(_: object) -> None:
            log.append("arrives")
            loop.call_soon(log.append, "calls")

        arrives.add_done_callback(hears)
        loop.call_later(0, log.append, "timer")
        await arrives
        await asyncio.sleep(1)
        ends.add(tuple(log))

    assert explore(program, events=2).verdict is Verdict.HOLDS
    assert ("arrives", "timer", "calls") in ends
    assert ("arrives", "calls", "timer") not in ends


async def meets_two_timers(env: Env) -> None:
    """Whether what is ready is of this turn decides what comes first, and two ways lead there."""
    loop = asyncio.get_running_loop()
    said: list[str] = []

    async def looks() -> None:
        await asyncio.wait([loop.create_future()], timeout=0)
        await asyncio.sleep(0)
        loop.call_later(0, said.append, "timer")
        await env.future()

    async def looks_late() -> None:
        await asyncio.sleep(0)
        await env.future()
        await asyncio.wait([loop.create_future()], timeout=0)
        said.append("late")

    async def sleeps() -> None:
        await asyncio.sleep(1)
        await asyncio.wait([loop.create_future()], timeout=0)
        await asyncio.sleep(0)
        said.append("slept")

    await asyncio.gather(looks(), looks_late(), sleeps())
    assert said != ["timer", "slept", "late"]


def world(*, any_order: bool = False) -> ProgramWorld:
    return ProgramWorld(make_source(meets_two_timers), ProgramBounds(events=2, any_order=any_order))


def by_every_schedule(*, any_order: bool = False) -> tuple[Exploration[ProgramOutcome], Exploration[ProgramOutcome]]:
    """Run every schedule twice: what is repeated once without asking, and once all is asked for."""
    limits = Limits(executions=1_500)
    with quiet():
        return (
            enumerate_schedules(world(any_order=any_order), limits),
            search_under(Asked(), world(any_order=any_order), limits, lambda _: None),
        )


def by_states() -> Exploration[ProgramOutcome]:
    with quiet():
        return visit_states(world(), Limits(), few=0, distrust=False)


def told(found: Exploration[ProgramOutcome]) -> tuple[object, ...]:
    return found.ended, found.schedules, found.tallies


def test_each_state_once_finds_what_every_schedule_finds() -> None:
    every, asked = by_every_schedule()
    once = by_states()
    assert len(every.tallies) > 1
    assert once.executions < every.executions
    assert told(every) == told(asked) == told(once)


def test_in_any_order_what_is_repeated_is_what_was_asked_for() -> None:
    every, asked = by_every_schedule(any_order=True)
    assert told(every) == told(asked)


def test_a_state_without_the_end_of_the_turn_is_too_little(monkeypatch: pytest.MonkeyPatch) -> None:
    every, _ = by_every_schedule()
    monkeypatch.setattr(Loop, "turn", None)
    assert told(every) != told(by_states())
