"""Whether a task that yields again and again gets anywhere: it does not if it yields where it did, with what it had."""

from __future__ import annotations

from typing import Any

_PLAIN = (int, float, str)


def place_of(task: Any) -> list[object]:
    """Return where a task has yielded, and what its frames hold."""
    place: list[object] = [task]
    coroutine = task.get_coro()
    while getattr(coroutine, "cr_frame", None) is not None:
        frame = coroutine.cr_frame
        place.append(frame.f_lasti)
        for item in frame.f_locals.items():
            place += item
        coroutine = coroutine.cr_await
    return place


def same_place(before: list[object] | None, after: list[object] | None) -> bool:
    """Say whether two places are one: numbers and texts are compared by value, all else by identity.

    Both hold what they name, so that nothing new can have the address of what was there before.
    """
    if before is None or after is None or len(before) != len(after):
        return False
    pairs = zip(before, after, strict=True)
    return all(one is other or (type(one) is type(other) in _PLAIN and one == other) for one, other in pairs)
