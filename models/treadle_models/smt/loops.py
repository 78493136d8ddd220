"""Whether a call can go round in a circle once its dependency is done: `ends` without bounds.

A circle of actions in which nobody does anything (callbacks run, timers fire) and in which the dependency is done and
a controller inside would be a call that never ends. Circles through actions of the environment are its own doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle_models.smt.invariant import Unfolded


def circles(unfolded: Unfolded) -> bool:
    """Say whether there is such a circle among the shapes, whatever the counters."""
    waits = {number for number in unfolded.facts if unfolded.control.inside_and_done(number)}
    return _has_circle(
        {
            number: {rule.target for rule in unfolded.rules_from(number) if rule.first and rule.target in waits}
            for number in waits
        }
    )


def _has_circle(following: dict[int, set[int]]) -> bool:
    """Take away what leads nowhere, again and again; what is left, if anything, goes round."""
    left = {number: set(targets) for number, targets in following.items()}
    while True:
        ends = {number for number, targets in left.items() if not targets}
        if not ends:
            return bool(left)
        left = {number: targets - ends for number, targets in left.items() if number not in ends}
