"""Whether a call can go round in a circle once its dependency is done: `ends` without bounds.

A circle of actions in which nobody does anything (callbacks run, timers fire) and in which the dependency is done and
a controller inside would be a call that never ends. Circles through actions of the environment are its own doing: from
its last action on, if it has one, no circle is left. So each such shape has a rank, which every such action lowers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle_models.smt.invariant import Unfolded


def circles(unfolded: Unfolded) -> bool:
    """Say whether there is such a circle among the shapes, whatever the counters."""
    following = _following(unfolded)
    return len(_ranked(following)) < len(following)


def ranks(unfolded: Unfolded) -> dict[int, int]:
    """Return the rank of each shape in which the call has to end: how many actions are left at most.

    A shape on a circle has none.
    """
    return _ranked(_following(unfolded))


def _following(unfolded: Unfolded) -> dict[int, set[int]]:
    waits = {number for number in unfolded.facts if unfolded.control.inside_and_done(number)}
    return {
        number: {rule.target for rule in unfolded.rules_from(number) if rule.first and rule.target in waits}
        for number in waits
    }


def _ranked(following: dict[int, set[int]]) -> dict[int, int]:
    """Take away what leads nowhere, again and again; what is left, if anything, goes round and has no rank."""
    left = {number: set(targets) for number, targets in following.items()}
    found: dict[int, int] = {}
    rank = 0
    while True:
        ends = {number for number, targets in left.items() if not targets}
        if not ends:
            return found
        found.update(dict.fromkeys(ends, rank))
        rank += 1
        left = {number: targets - ends for number, targets in left.items() if number not in ends}
