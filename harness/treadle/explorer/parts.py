"""A search in parts that can run anywhere, and the merge of their results.

There are two places to cut a search. At states (see `frontier`), the parts share few states, so little work is done
twice. At choices (see `subtrees`), they share states, but no states need be identified; and if a program ends its
process under some schedules, only the parts with those are lost. Numbers of schedules and smallest examples are those
of an undivided search; executions and states are more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from treadle.explorer.frontier import find_frontier
from treadle.explorer.search import Ended, Exploration
from treadle.explorer.subtrees import split
from treadle.explorer.tally import Tallies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from treadle.explorer.program import Program
    from treadle.explorer.roots import Root
    from treadle.explorer.search import Limits, Progress

O = TypeVar("O")  # noqa: E741 - an outcome

PARTS = 16
"""The most parts of a cut at states: a few for each of several processes, and each visits some states anew.

A cut at choices makes at least twice as many, because those differ more in size.
"""

# After this many callbacks there are many states, and little follows from each. Measured in `shared`: at 4 the parts
# are too unequal; at 8 the first search, which is undivided, takes half the time.
_DEEP = 6


class Cut(StrEnum):
    """The places where a search is split."""

    AT_STATES = "at states"
    AT_CHOICES = "at choices"


@dataclass(frozen=True, slots=True)
class Parts(Generic[O]):
    """The beginning of each part, the kind of cut, and the results of the search up to there.

    No groups: an undivided search is better; or, if the exploration is doubted, states turned out to be wrong.
    """

    cut: Cut
    exploration: Exploration[O]
    groups: tuple[tuple[Root, ...], ...] = ()


def find_parts(
    program: Program[O], cut: Cut, limits: Limits, progress: Progress = lambda _: None, *, opaque: str = ""
) -> Parts[O]:
    """Split a search; the parts are the same each time. If states are opaque, it is cut at choices."""
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
    """Divide roots into at most this many groups. Neighbours, which share most states, stay together."""
    size = max(1, -(-len(roots) // groups))
    return tuple(tuple(roots[start : start + size]) for start in range(0, len(roots), size))


def nothing_found(why: str = "") -> Exploration[O]:
    """Return the result of a search that has run nothing: complete, or, if a reason is given, cut off."""
    ended = Ended.STOPPED if why else Ended.EXHAUSTED
    return Exploration(ended=ended, reason=why, executions=0, schedules=0, states=None)


def merge(parts: Sequence[Exploration[O]], *, first: str = "") -> Exploration[O]:
    """Merge the results of the parts of one search, in any order.

    The reason is that of a part whose reason begins with `first`; if there is none, that of any part.
    """
    tallies: Tallies[O] = Tallies()
    for part in parts:
        for outcome, found in part.tallies.items():
            number = tallies.outcomes.number(outcome)
            tallies.add_to(number, found.schedules, found.size, partial(tuple, found.example), later=False)
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
        tallies=tallies.in_order_of_examples(),
    )


def _is_trusted(part: Exploration[O]) -> bool:
    return not part.doubted


def _ended(all_of_them: Iterable[Ended]) -> Ended:
    ends = set(all_of_them)
    return next(end for end in (Ended.STOPPED, Ended.BOUNDED, Ended.EXHAUSTED) if end in ends)
