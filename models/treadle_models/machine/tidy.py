"""Without bounds, forget what makes no difference any more, so that there are fewer states.

Each rule here merges states from which the same can happen and be judged, or, where it says so, a state into one from
which at least as much can happen: what is proved of the merged state holds for both. Within bounds nothing is
forgotten, because there paths are counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.freeze import reachable
from treadle_models.machine.things import Bound, Callback, Future, Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.machine.world import Call, World


def tidy(world: World) -> Iterator[Call]:
    """Forget what makes no difference; yield each call that is over before it is blanked, to be judged now."""
    actor = world.actor
    if actor.task is not None and actor.task.done:
        actor.wait_cancelled = actor.selfish = False
        actor.wait = None
    for call in world.calls:
        if call.exit and not call.over and call.task is not None and call.task.done:
            yield call
            _blank(call)
    _forget_leaked_shields(world)


def _blank(call: Call) -> None:
    """Blank a call that is over, except what may still matter: whether it has raised the failure, or dropped it."""
    raised, owes = call.failure_raised, call.failed and call.cleared and not call.failure_raised
    vars(call).update(vars(type(call)(0)))
    call.entered, call.failure_raised, call.over = True, raised, "owes" if owes else "over"


def _forget_leaked_shields(world: World) -> None:
    """Keep one of the abandoned shields of each task that may be shielded.

    `asyncio.shield` in a loop leaves callbacks on the inner future for each abandoned shield. When the inner one ends,
    each callback retrieves its exception, or completes an outer future that nothing awaits, or does nothing, depending
    on its kind and the outer future. A second one of a kind has no further effect, so one of each kind is kept, which
    only removes gaps between callbacks that do nothing.
    """
    inner = {id(each): each for each in (*(call.dependency for call in world.calls), world.actor.task)}
    for future in inner.values():
        if future is not None:
            _forget(world, future)


def _forget(world: World, future: Future) -> None:
    if len(future.callbacks) <= 1:
        return
    shields = [each for each in future.callbacks if _outer(each) is not None]
    if len(shields) <= 1:
        return
    kept = future.callbacks
    future.callbacks = [each for each in kept if each not in shields]
    held = reachable(world)
    known: set[object] = set()
    dropped: list[Callback] = []
    for each in shields:
        outer = _outer(each)
        if outer is None or id(outer) in held:
            continue
        kind = each.target.code, outer.state
        if kind in known:
            dropped.append(each)
        known.add(kind)
    future.callbacks = [each for each in kept if each not in dropped]


def _outer(callback: Callback) -> Future | None:
    target = callback.target
    if isinstance(target, Bound) and isinstance(target.owner, Instance):
        kind = target.owner.kind
        if kind.name == "Shielding" and kind.public is not None:
            outer: Future = target.owner.attributes["outer"]
            return outer
    return None
