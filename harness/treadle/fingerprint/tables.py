"""What a set remembers of what it does not hold any more: it decides the order in which it gives what it holds.

An item that was taken out leaves its place in the table used up, and `pop` goes on where it was before. Nothing in
Python shows either, so it is read from memory, where that is laid out as it has been for many versions.
"""

from __future__ import annotations

import functools
import struct
from typing import TYPE_CHECKING

from treadle.fingerprint.layout import all_memory
from treadle.fingerprint.stack import A_WORD, WORD, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEHIND = object.__basicsize__
_HEADER = struct.Struct("=qqqQqq")  # places used, items, places but one, where they are, a hash, where `pop` goes on


def history_of(item: object, held: Sequence[object]) -> tuple[object, ...] | None:
    """Return what a set that holds these items has left of others; None where that cannot be read, or is nothing."""
    if not _is_known():
        return None
    used, items, mask, table, _, finger = _HEADER.unpack_from(all_memory(), id(item) + _BEHIND)
    if used == items:
        return (finger & mask,) if finger else None
    return finger & mask, _used_up(table, mask, held)


def _used_up(table: int, mask: int, held: Sequence[object]) -> tuple[int, ...]:
    """Return the places in a table that nothing stands in, and something stood in before."""
    keys = struct.unpack_from(f"={2 * (mask + 1)}{A_WORD}", all_memory(), table)[::2]
    alive = {id(each) for each in held}
    return tuple(place for place, key in enumerate(keys) if key and key not in alive)


@functools.cache
def _is_known() -> bool:
    """Say whether a set is laid out as is expected here, tried on one of which all is known."""
    if WORD * 8 != 64 or set().__sizeof__() < _BEHIND + _HEADER.size:  # noqa: PLR2004 - bits
        return False
    try:
        memory = all_memory()
    except UnreadableError:
        return False
    probe = {1, 2, 3}

    def words() -> tuple[int, ...]:
        return _HEADER.unpack_from(memory, id(probe) + _BEHIND)

    def told() -> tuple[int, ...]:
        used, items, mask, _, _, finger = words()
        return used, items, mask, finger

    before = told()
    probe.discard(2)
    if (before, told()) != ((3, 3, 7, 0), (3, 2, 7, 0)) or _used_up(words()[3], 7, [1, 3]) != (2,):
        return False
    probe.pop()
    return told() == (3, 1, 7, 2)
