"""What the tests of situations and plays share: explore a call, and list what came out."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from treadle.explorer import Ended, EnumeratingScheduler, Exploration, Limits, enumerate_schedules
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS, CallOutcome, Outcome, SituationWorld, Subject, parse_situation

if TYPE_CHECKING:
    from treadle_models.spec import Observation

ASPECTS = [name for name in ALL_SITUATIONS if "+" not in name]
needs_eager = pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")

Target = Callable[[Any], Any]


def explore(
    target: Target, situation: str = "plain", *, events: int = 1, steps: int = 2, owner: bool = False
) -> Exploration[Outcome]:
    bounds = Bounds(events=events, steps=steps)
    play = SituationWorld(Subject(function=target, owner=owner), parse_situation(situation), bounds, TaskKind.C)
    exploration = enumerate_schedules(play, Limits())
    assert exploration.ended is not Ended.STOPPED, exploration.reason
    return exploration


class Asked(EnumeratingScheduler):
    """Enumerates, and never says that anything is repeated: so a program asks for everything."""

    def advance(self) -> bool:
        more = super().advance()
        self.repeated = 0
        return more


def calls_of(target: Target, situation: str = "plain", **options: Any) -> list[CallOutcome]:
    """List the distinct outcomes of a call of the target."""
    return [call for outcome in explore(target, situation, **options).tallies for call in outcome]


def observations(target: Target, situation: str = "plain", **options: Any) -> list[Observation]:
    return [call.observation for call in calls_of(target, situation, **options)]


async def cancel_and_wait(task: Any) -> None:
    task.cancel()
    await asyncio.wait([task])


async def only_wait(task: Any) -> None:
    if not task.done():
        await asyncio.wait([task])


def seen_at_entry(situation: str, look: Callable[[Any], object], **options: Any) -> set[object]:
    """Collect what a look at the dependency, at the first line of the call, shows in all schedules."""
    seen: set[object] = set()

    async def peek(task: Any) -> None:
        seen.add(look(task))
        await cancel_and_wait(task)

    explore(peek, situation, **options)
    return seen
