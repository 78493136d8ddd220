"""What piles up without making a difference: shields that nobody holds any more.

`asyncio.shield` in a loop leaves a callback on the inner future for each shield that was given up. When the inner one
ends, each of them looks at its exception and completes an outer future on which nobody waits. The second does nothing
that the first has not done, so without bounds one is kept: states that differ in the number of such callbacks become
one, which only takes away gaps between callbacks that do nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.freeze import reachable
from treadle_models.machine.things import Bound, Callback, Future, Instance

if TYPE_CHECKING:
    from treadle_models.machine.world import World


def forget_leaked_shields(world: World) -> None:
    """Keep one of the given-up shields of each task that may be shielded."""
    inner = {id(each): each for each in (*(call.dependency for call in world.calls), world.actor.task)}
    for future in inner.values():
        if future is not None:
            _forget(world, future)


def _forget(world: World, future: Future) -> None:
    shields = [each for each in future.callbacks if _outer(each) is not None]
    if len(shields) <= 1:
        return
    kept = future.callbacks
    future.callbacks = [each for each in kept if each not in shields]
    held = reachable(world)
    leaked = [each for each in shields if id(_outer(each)) not in held]
    future.callbacks = [each for each in kept if each not in leaked[1:]]


def _outer(callback: Callback) -> Future | None:
    target = callback.target
    if isinstance(target, Bound) and isinstance(target.owner, Instance) and target.owner.kind.name == "Shielding":
        outer: Future = target.owner.attributes["outer"]
        return outer
    return None
