"""The engine runs whatever is a world: here a third one, which knows nothing of situations nor of programs."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from exploring import Asked

from treadle.execution import Action, Engine, World
from treadle.explorer import Ended, EnumeratingScheduler, Limits, ReplayScheduler, enumerate_schedules, visit_states
from treadle.explorer.search import search_under
from treadle.fingerprint import Fingerprinter, Scope, why_unsupported
from treadle.loop import Loop, abandon

if TYPE_CHECKING:
    from treadle.execution import State


class Sleep(World[str]):
    """Somebody sleeps until a bell rings, for which nothing is paid, or until somebody else shakes them."""

    keeps = disturbed = False
    patience = 10

    def __init__(self, *, events: int, times: int = 1) -> None:
        self.loop = Loop()
        self.times = times
        self.rings, self.shakes = (Action(name, partial(self._wake, name)) for name in ("rings", "shakes"))
        self.engine = Engine(self, events=events)

    def begin(self) -> None:
        self.loop.reset()
        self.woken: list[str] = []
        self.sleeper = self.loop.create_task(self._sleep())

    async def _sleep(self) -> None:
        for _ in range(self.times):
            self.bell = self.loop.create_future()
            await asyncio.sleep(0)
            self.woken.append(await self.bell)

    def _wake(self, name: str) -> None:
        self.bell.set_result(name)

    def offers(self) -> list[Action]:
        return [self.shakes] if self._sleeps() else []

    def at_rest(self) -> tuple[list[Action | None], int]:
        return ([self.rings, self.shakes], 1) if self._sleeps() and self.engine.events_left else ([None], 0)

    def _sleeps(self) -> bool:
        return hasattr(self, "bell") and not self.bell.done()

    def outcome(self) -> str:
        return ", ".join(self.woken)

    def clear(self) -> None:
        abandon([self.sleeper], self.loop)
        self.__dict__.pop("bell", None)

    def conclude(self, outcome: str | None) -> tuple[str, str]:
        return outcome or "", ""

    def fingerprinter(self) -> Fingerprinter:
        return Fingerprinter(self.loop, Scope(self._sleep), self, self.engine)

    def state(self) -> State:
        return (self.engine.idle, *self.woken), (self.sleeper, *([self.bell] if hasattr(self, "bell") else []))


def test_every_schedule_is_run_once() -> None:
    """The first gap comes before the bell hangs; in the second and at rest there is a choice."""
    found = enumerate_schedules(Sleep(events=1), Limits())
    assert {outcome: (tally.schedules, tally.size) for outcome, tally in found.tallies.items()} == {
        "rings": (1, (0, 0, 3)),
        "shakes": (2, (0, 1, 2)),
    }
    assert found.ended is Ended.BOUNDED


def test_without_events_nothing_is_paid_for() -> None:
    found = enumerate_schedules(Sleep(events=0), Limits())
    assert set(found.tallies) == {""}


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_each_state_finds_the_same() -> None:
    found = visit_states(Sleep(events=1), Limits(), few=0)
    assert found.tallies == enumerate_schedules(Sleep(events=1), Limits()).tallies
    assert not found.opaque


def test_what_is_repeated_is_done_again() -> None:
    repeating: Any = search_under(EnumeratingScheduler(), Sleep(events=2, times=3), Limits(), str)
    assert repeating == search_under(Asked(), Sleep(events=2, times=3), Limits(), str)
    assert len(repeating.tallies) > 5


def test_an_execution_is_told_by_its_choices() -> None:
    world = Sleep(events=1)
    assert world.run(ReplayScheduler((0, 1))).outcome == "shakes"
    assert world.run(ReplayScheduler((0, 0))).outcome == "rings"


def test_an_action_that_cannot_be_done_again_ends_the_execution() -> None:
    world = Sleep(events=1, times=2)
    world.again = lambda _: None  # type: ignore[assignment, method-assign]
    found: Any = search_under(EnumeratingScheduler(), world, Limits(), str)
    assert found.reason.startswith("nondeterminism: ")
