"""Split a search into parts that can run anywhere, and put together what they found.

The schedules of a program are the leaves of a tree. A *subtree* is all schedules that begin with the same choices. The
tree is split level by level until there are enough subtrees, in an order that depends on the program alone; each leaf
is in exactly one of them. So the numbers of schedules add up, and the smallest example of an outcome is the smallest of
all, however the parts were spread. Executions add up, too; a state that two subtrees share is visited in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from treadle.explorer.schedulers import EnumeratingScheduler, Subtree
from treadle.explorer.search import Ended, Exploration
from treadle.explorer.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treadle.explorer.program import Program

O = TypeVar("O")  # noqa: E741 - an outcome


def split(program: Program[Any], at_least: int) -> tuple[Subtree, ...]:
    """Return at least so many subtrees that cover all schedules, or as many as there are schedules.

    The program is run once for each node above them. One that must not go on is not split: then it is one subtree.
    """
    level: tuple[Subtree, ...] = (Subtree(),)
    while len(level) < at_least:
        below: list[Subtree] = []
        for subtree in level:
            scheduler = EnumeratingScheduler(subtree)
            execution = program.run(scheduler)
            if execution.fatal or scheduler.divergence is not None:
                return (Subtree(),)
            below += scheduler.children(len(subtree.choices)) or [subtree]
        if len(below) == len(level):
            break
        level = tuple(below)
    return level


def merge(parts: Sequence[Exploration[O]]) -> Exploration[O]:
    """Put together what the subtrees of one tree have shown, in whatever order they are."""
    tallies: dict[O, Tally] = {}
    for part in parts:
        for outcome, found in part.tallies.items():
            tally = tallies.get(outcome)
            if tally is None:
                tallies[outcome] = Tally(found.schedules, found.size, found.example)
            else:
                tally.schedules += found.schedules
                tally.size, tally.example = min((tally.size, tally.example), (found.size, found.example))
    states = [part.states for part in parts if part.states is not None]
    return Exploration(
        ended=_ended(part.ended for part in parts),
        reason=next((part.reason for part in parts if part.reason), ""),
        executions=sum(part.executions for part in parts),
        schedules=sum(part.schedules for part in parts),
        states=sum(states) if states else None,
        opaque=next((part.opaque for part in sorted(parts, key=_is_trusted) if part.opaque), ""),
        sampled=sum(part.sampled for part in parts),
        doubted=any(part.doubted for part in parts),
        tallies=dict(sorted(tallies.items(), key=lambda each: (each[1].example, each[1].size))),
    )


def _is_trusted(part: Exploration[Any]) -> bool:
    return not part.doubted


def _ended(all_of_them: Iterable[Ended]) -> Ended:
    ends = set(all_of_them)
    return next(end for end in (Ended.STOPPED, Ended.BOUNDED, Ended.EXHAUSTED) if end in ends)
