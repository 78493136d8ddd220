"""Whether a task that yields again and again gets anywhere: it does not if it yields where it did, with what it had."""

from __future__ import annotations

import functools
from types import CoroutineType
from typing import Any

from treadle.fingerprint import standing, why_unsupported

_PLAIN = (int, float, str, bytes)


@functools.cache
def _readable() -> bool:
    """Say whether frames can be read: found out when it is asked for first, and not at start-up."""
    return not why_unsupported()


def place_of(task: Any) -> list[object]:
    """Return where a task has yielded, and what its frames hold."""
    place: list[object] = [task]
    coroutine = task.get_coro()
    while type(coroutine) is CoroutineType:
        found = standing(coroutine) if _readable() else _shown(coroutine)
        if found is None:
            break
        place += found
        coroutine = coroutine.cr_await
    return place


def _shown(coroutine: CoroutineType[Any, Any, Any]) -> list[object] | None:
    """Return what a frame shows itself, where it cannot be read: then no states are identified, so it may change."""
    frame = coroutine.cr_frame
    return frame and [frame.f_lasti, *(part for item in frame.f_locals.items() for part in item)]


def same_place(before: list[object] | None, after: list[object] | None) -> bool:
    """Say whether two places are one: numbers and texts are compared by value, all else by identity.

    Both hold what they name, so that nothing new can have the address of what was there before.
    """
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(one is other or (type(one) is type(other) in _PLAIN and one == other) for one, other in pairs)
