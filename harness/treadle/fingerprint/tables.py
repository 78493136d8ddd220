"""What a set or a dictionary keeps of items that it no longer contains.

A removed item leaves its place in the table used up. In a set this affects the order of iteration, and `pop` goes on
from its last place. In a dictionary it affects when the table is rebuilt, and what a running iterator finds then.
Nothing in Python shows this, so it is read from memory, if the layout there is what it has been for many versions.
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
_HEADER = struct.Struct("=qqqQqq")  # places used, items, places minus one, their address, a hash, where `pop` goes on


def history_of(item: object, held: Sequence[object]) -> tuple[object, ...] | None:
    """Return the traces of former items in a set that holds these items; None if there are none, or unreadable."""
    if not _is_known():
        return None
    used, items, mask, table, _, finger = _HEADER.unpack_from(all_memory(), id(item) + _BEHIND)
    if used == items:
        return (finger & mask,) if finger else None
    return finger & mask, _used_up(table, mask, held)


def _used_up(table: int, mask: int, held: Sequence[object]) -> tuple[int, ...]:
    """Return the places in a table that are empty but were used before."""
    keys = struct.unpack_from(f"={2 * (mask + 1)}{A_WORD}", all_memory(), table)[::2]
    alive = {id(each) for each in held}
    return tuple(place for place, key in enumerate(keys) if key and key not in alive)


@functools.cache
def _is_known() -> bool:
    """Say whether a set has the expected layout, by a test with a known set."""
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


_KEYS = struct.Struct(
    "=qBBBxIqq"
)  # references, logarithms of places and of bytes of indices, kind, version, free, used
_OF_TEXTS = 1  # the kind of a table whose keys are all strings: its entries have no hash


def holes_of(dictionary: dict[object, object]) -> tuple[int, ...] | None:
    """Return how many entries there is room for, how many are used, and which of these are empty now.

    A dictionary that shares its keys with other instances has no used-up entries: the result is empty. None if it
    cannot be read.
    """
    return _holes(dictionary) if _is_dictionary_known() else None


def _holes(dictionary: dict[object, object]) -> tuple[int, ...]:
    memory = all_memory()
    _, _, keys, values = struct.unpack_from(f"=4{A_WORD}", memory, id(dictionary) + _BEHIND)
    if values:
        return ()
    _, _, bytes_of_indices, kind, _, free, used = _KEYS.unpack_from(memory, keys)
    words = 2 if kind == _OF_TEXTS else 3
    held = struct.unpack_from(f"={words * used}{A_WORD}", memory, keys + _KEYS.size + (1 << bytes_of_indices))
    return free, used, *(place for place, value in enumerate(held[words - 1 :: words]) if not value)


@functools.cache
def _is_dictionary_known() -> bool:
    """Say whether a dictionary has the expected layout, by a test with two known ones."""
    if WORD * 8 != 64 or {}.__sizeof__() < _BEHIND + 4 * WORD:  # noqa: PLR2004 - bits
        return False
    try:
        all_memory()
    except UnreadableError:
        return False
    texts: dict[object, object] = {"a": 1, "b": 2, "c": 3}
    numbers: dict[object, object] = dict.fromkeys(range(12))
    before = _holes(texts), _holes(numbers)
    del texts["c"], numbers[0], numbers[7]
    after = _holes(texts), _holes(numbers)
    return (before, after) == (((2, 3), (9, 12)), ((2, 3, 2), (9, 12, 0, 7)))
