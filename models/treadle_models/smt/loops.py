"""Find cycles of a call whose dependency is done: the property `ends` without bounds.

A cycle without actions of the environment (only callbacks and timers), with the dependency done and a controller
inside, would be a call that never ends. Cycles with actions of the environment do not count: after its last action, no
such cycle is left. So each such shape has a rank, which every such action lowers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle_models.smt.invariant import Unfolded


def circles(unfolded: Unfolded) -> bool:
    """Say whether there is such a cycle among the shapes, for any counters."""
    following = _following(unfolded)
    return len(_ranked(following)) < len(following)


def ranks(unfolded: Unfolded) -> dict[int, int]:
    """Return the rank of each shape in which the call must end: the most actions that are left.

    A shape on a cycle has none.
    """
    return _ranked(_following(unfolded))


def _following(unfolded: Unfolded) -> dict[int, set[int]]:
    waits = {number for number in unfolded.facts if unfolded.control.inside_and_done(number)}
    return {
        number: {rule.target for rule in unfolded.rules_from(number) if rule.first and rule.target in waits}
        for number in waits
    }


def _ranked(following: dict[int, set[int]]) -> dict[int, int]:
    """Repeatedly remove shapes without successors; those that are left, if any, are on cycles or lead to them."""
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
