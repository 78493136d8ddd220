"""Whether a call can go round in a circle once its dependency is done: `ends` without bounds.

A circle of actions in which nobody does anything (callbacks run, timers fire) and in which the dependency is done and
a controller inside would be a call that never ends. Circles through actions of the environment are its own doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.freeze import thaw

if TYPE_CHECKING:
    from treadle_models.machine.world import World
    from treadle_models.smt.control import Control
    from treadle_models.smt.invariant import Facts


def circles(control: Control, facts: list[Facts | None]) -> bool:
    """Say whether there is such a circle among the shapes, whatever the counters."""
    waits = {
        number
        for number, shape in enumerate(control.shapes)
        if facts[number] is not None and _inside_and_done(thaw(shape, [0] * len(control.counters[number])))
    }
    following: dict[int, set[int]] = {number: set() for number in waits}
    for rule in control.rules:
        if rule.source in waits and rule.target in waits and not any(rule.choices):
            following[rule.source].add(rule.target)
    return _has_circle(following)


def _inside_and_done(world: World) -> bool:
    return any(call.inside and call.dependency is not None and call.dependency.done for call in world.calls)


def _has_circle(following: dict[int, set[int]]) -> bool:
    """Take away what leads nowhere, again and again; what is left, if anything, goes round."""
    left = {number: set(targets) for number, targets in following.items()}
    while True:
        ends = {number for number, targets in left.items() if not targets}
        if not ends:
            return bool(left)
        left = {number: targets - ends for number, targets in left.items() if number not in ends}
