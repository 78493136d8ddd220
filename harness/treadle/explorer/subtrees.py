"""Split a search at choices: each part is a *subtree*, all schedules that begin with the same choices.

The schedules of a program are the leaves of a tree. It is split level by level until there are enough subtrees, in an
order that depends only on the program; each leaf is in exactly one of them. A state that two subtrees share is visited
in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.explorer.roots import Root, RootsScheduler

if TYPE_CHECKING:
    from treadle.explorer.program import Program


def split(program: Program[object], at_least: int) -> tuple[Root, ...]:
    """Return at least this many subtrees that cover all schedules, or as many as there are schedules.

    The program is run once for each node above them. If a run is fatal or diverges, there is no split, but one subtree.
    """
    level: tuple[Root, ...] = (Root(),)
    while len(level) < at_least:
        below: list[Root] = []
        for root in level:
            scheduler = RootsScheduler([root], 0, "nothing is searched")
            execution = program.run(scheduler)
            scheduler.record(execution)
            if execution.fatal or scheduler.divergence is not None:
                return (Root(),)
            below += _children(root, scheduler.offered()) or [root]
        if len(below) == len(level):
            break
        level = tuple(below)
    return level


def _children(root: Root, offered: tuple[int, ...]) -> list[Root]:
    """Split a subtree at its first choice point, by the number of its options; empty if it is a leaf."""
    depth = len(root.choices)
    if len(offered) == depth:
        return []
    return [Root((*root.choices, each), options=offered[: depth + 1]) for each in range(offered[depth])]
