"""A search in parts that can run anywhere, and what they found together.

There are two places to cut a search. Where states are (see `frontier`) the parts share little, so each does little that
another does, too. Where choices are (see `subtrees`) they share states, but none need be known; and of a program that
ends its process under some schedules only the parts with those are lost. Numbers of schedules and smallest examples are
those of a search in one piece; executions and states are more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from treadle.explorer.frontier import find_frontier
from treadle.explorer.search import Ended, Exploration
from treadle.explorer.subtrees import split
from treadle.explorer.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treadle.explorer.program import Program
    from treadle.explorer.roots import Root
    from treadle.explorer.search import Limits, Progress

O = TypeVar("O")  # noqa: E741 - an outcome

PARTS = 16
"""Into so many parts at most where states are: a few for each of several processes, and each visits some states anew.

Where choices are there are at least twice as many, as they differ more in size.
"""

# After so many callbacks states are many and what follows from each is little. Measured in `shared`: at 4 the parts are
# too unequal, at 8 the first search, which is in one piece, takes half the time.
_DEEP = 6


class Cut(StrEnum):
    """Where a search is split."""

    AT_STATES = "at states"
    AT_CHOICES = "at choices"


@dataclass(frozen=True, slots=True)
class Parts(Generic[O]):
    """Where each part begins, where it was cut, and what was found on the way there.

    No groups: it is better searched in one piece; or, where the exploration is doubted, states turned out to be wrong.
    """

    cut: Cut
    exploration: Exploration[O]
    groups: tuple[tuple[Root, ...], ...] = ()


def find_parts(
    program: Program[O], cut: Cut, limits: Limits, progress: Progress = lambda _: None, *, opaque: str = ""
) -> Parts[O]:
    """Split a search: the same parts each time. Where states are opaque it is cut at choices."""
    if cut is Cut.AT_STATES and not opaque:
        frontier = find_frontier(program, limits, _is_deep, progress)
        if not frontier.exploration.opaque or frontier.exploration.doubted:
            roots = frontier.roots if len(frontier.roots) >= PARTS else ()
            return Parts(cut, frontier.exploration, in_groups(roots, PARTS))
    subtrees = split(program, 2 * PARTS)
    nothing: Exploration[O] = nothing_found()
    return Parts(Cut.AT_CHOICES, nothing, tuple((root,) for root in subtrees) if len(subtrees) >= PARTS else ())


def _is_deep(size: tuple[int, ...]) -> bool:
    return size[1] >= _DEEP


def in_groups(roots: Sequence[Root], groups: int) -> tuple[tuple[Root, ...], ...]:
    """Deal roots out to at most so many groups. Neighbours, which share most states, stay together."""
    size = max(1, -(-len(roots) // groups))
    return tuple(tuple(roots[start : start + size]) for start in range(0, len(roots), size))


def nothing_found(why: str = "") -> Exploration[O]:
    """Return what a search has found that has run nothing: all there was, or, if there is a reason, not."""
    ended = Ended.STOPPED if why else Ended.EXHAUSTED
    return Exploration(ended=ended, reason=why, executions=0, schedules=0, states=None)


def merge(parts: Sequence[Exploration[O]], *, first: str = "") -> Exploration[O]:
    """Put together what the parts of one search have shown, in whatever order they are.

    A reason that begins with `first` counts for all; if there is none, any.
    """
    tallies: dict[O, Tally] = {}
    for part in parts:
        for outcome, found in part.tallies.items():
            tally = tallies.get(outcome)
            if tally is None:
                tallies[outcome] = Tally(found.schedules, found.size, found.example)
            else:
                tally.schedules += found.schedules
                tally.size, tally.example = min((tally.size, tally.example), (found.size, found.example))
    reasons = [part.reason for part in parts if part.reason]
    states = [part.states for part in parts if part.states is not None]
    return Exploration(
        ended=_ended(part.ended for part in parts),
        reason=next(iter(sorted(reasons, key=lambda reason: not reason.startswith(first))), ""),
        executions=sum(part.executions for part in parts),
        schedules=sum(part.schedules for part in parts),
        states=sum(states) if states else None,
        opaque=next((part.opaque for part in sorted(parts, key=_is_trusted) if part.opaque), ""),
        sampled=sum(part.sampled for part in parts),
        doubted=any(part.doubted for part in parts),
        full=any(part.full for part in parts),
        tallies=dict(sorted(tallies.items(), key=lambda each: (each[1].example, each[1].size))),
    )


def _is_trusted(part: Exploration[O]) -> bool:
    return not part.doubted


def _ended(all_of_them: Iterable[Ended]) -> Ended:
    ends = set(all_of_them)
    return next(end for end in (Ended.STOPPED, Ended.BOUNDED, Ended.EXHAUSTED) if end in ends)
