"""Iterators of C code: their containers, and their positions.

Most show this by how they would be pickled. The iterators of dictionaries and sets do, too, but raise an error if their
container has changed. Those of `itertools` do not from 3.14 on, and warn before. The few words of these are read from
memory, like those of a frame: each word of the object must be a number, or zero, or the address of an object that the
garbage collector returns. If one is not, the layout is not the known one and the object is opaque.

All others (`tee`, `groupby`, `memoryview`) have no rule, and are opaque.
"""

from __future__ import annotations

import gc
import itertools
import struct
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from treadle.fingerprint.encoder import OpaqueError, rule
from treadle.fingerprint.layout import all_memory
from treadle.fingerprint.looking import namespace
from treadle.fingerprint.stack import A_WORD, WORD
from treadle.fingerprint.tables import holes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Reversible, Sequence

    from treadle.fingerprint.encoder import Encoder

_HEADER = object.__basicsize__


def words_of(item: object, count: int) -> tuple[int, ...]:
    """Return the first `count` words of an object after the header that every object has."""
    return struct.unpack_from(f"={count}{A_WORD}", all_memory(), id(item) + _HEADER)


def _opaque(item: object) -> OpaqueError:
    return OpaqueError(f"an object of type {type(item).__qualname__}, whose place cannot be read on this interpreter")


# Iterators that show their position


class _Sequence:
    """A sequence without `__iter__`, so that it is iterated over by index."""

    def __len__(self) -> int:
        return 0

    def __getitem__(self, index: int) -> None:
        raise IndexError(index)


_BY_INDEX: tuple[Sequence[object] | _Sequence, ...] = (
    (),
    [],
    "",
    "\u0394",
    b"",
    bytearray(),
    range(0),
    range(2**70),
    _Sequence(),
)


@rule(
    *map(type, map(iter, _BY_INDEX)),
    *map(type, map(reversed, _BY_INDEX)),
    type(iter(int, 0)),
    enumerate,
    zip,
    map,
    filter,
)
def _telling(encoder: Encoder, item: object) -> None:
    """Write an iterator by how it would be pickled."""
    encoder.number(item)
    encoder.tokens.append(type(item))
    encoder.add_some(item.__reduce__()[1:])


# Iterators of containers that may change meanwhile

_SIZES: dict[type, tuple[Callable[..., int], Callable[..., int]]] = {
    each: (namespace(each)["__len__"], namespace(each)["__sizeof__"]) for each in (dict, set, frozenset)
}
# Their words: the container, its size at the beginning, the place in its table, ..., the number of items left.
_OF_DICT, _OF_SET = 5, 4


_EMPTY: dict[object, object] = {}
_VIEWS: tuple[Reversible[object], ...] = (_EMPTY.keys(), _EMPTY.values(), _EMPTY.items())


@rule(type(iter(set())), *map(type, map(iter, _VIEWS)), *map(type, map(reversed, _VIEWS)))
def _changing(encoder: Encoder, item: object) -> None:
    """Write the container, and the items left, or the position of the iterator when the container changed."""
    encoder.number(item)
    kind, tokens = type(item), encoder.tokens
    count = _OF_SET if kind is type(iter(set())) else _OF_DICT
    if kind.__basicsize__ != _HEADER + count * WORD:
        raise _opaque(item)
    container_at, size, place, *_, left_of_size = words_of(item, count)
    if not container_at:
        tokens += (kind, None)  # it is exhausted
        return
    container = _referent(item, container_at)
    tokens.append(kind)
    encoder.add(container)
    if count == _OF_DICT:
        holes = holes_of(container)  # type: ignore[arg-type]  # it is one
        if holes is None:
            raise _opaque(item)
        tokens += holes
    size_of, room_of = next(sizes for each, sizes in _SIZES.items() if issubclass(type(container), each))
    if size == size_of(container):
        try:
            left = item.__reduce__()[1][0]
        except RuntimeError:  # it has other keys, but as many
            pass
        else:
            tokens += (place, room_of(container))  # a table that is rebuilt loses its holes
            encoder.add_some(left)
            return
    tokens += ("changed", size, place, left_of_size)


@rule(*map(type, map(iter, (OrderedDict(), OrderedDict().values(), OrderedDict().items()))))
def _ordered(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    try:
        left = item.__reduce__()[1][0]
    except RuntimeError:
        message = f"an object of type {type(item).__qualname__}, whose dictionary has changed since it began"
        raise OpaqueError(message) from None
    encoder.tokens.append(type(item))
    encoder.add_some(each for each in gc.get_referents(item) if issubclass(type(each), OrderedDict))
    encoder.add_some(left)


def _referent(item: object, address: int) -> object:
    for each in gc.get_referents(item):
        if id(each) == address:
            return each
    raise _opaque(item)


_DEQUE_WORDS = 5  # a block, the index in it, the deque, how often that had been changed, and the number of items left
_CHANGES_OF_DEQUE = 5  # the word of a deque that counts its changes; its size is the first


@rule(*map(type, (iter(deque()), reversed(deque()))))
def _deque(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    if not _knows_deques():
        raise _opaque(item)
    encoder.tokens += (type(item), *_deque_place(item))
    encoder.add(_referent(item, words_of(item, _DEQUE_WORDS)[2]))


def _deque_place(item: object) -> tuple[bool, int]:
    """Return whether the deque is unchanged, and how many items are left."""
    _block, _index, deque_at, changes, left = words_of(item, _DEQUE_WORDS)
    owner = _referent(item, deque_at)
    return words_of(owner, _CHANGES_OF_DEQUE + 1)[_CHANGES_OF_DEQUE] == changes, left


def _knows_deques() -> bool:
    sample = deque([1, 2])
    iterator = iter(sample)
    if type(iterator).__basicsize__ != _HEADER + _DEQUE_WORDS * WORD:
        return False
    next(iterator)
    before = _deque_place(iterator)
    sample.append(3)
    return (before, _deque_place(iterator)) == ((True, 1), (False, 1))


# itertools. A letter for each word: an object or zero (o), a number (n), or a word to ignore (-). A word may also be
# the address of indices: as many as the first object has items (i), or as the number two words later says (j). A tuple
# may have holes (t), which only C code may see: Python would read them as objects.

_WORDS = {
    "accumulate": ("oooo", "oooo-"),
    "batched": ("on", "onn"),
    "chain": ("oo",),
    "combinations": ("ojonn",),
    "combinations_with_replacement": ("ojonn",),
    "compress": ("oo",),
    "count": ("noo",),
    "cycle": ("oon", "oonn"),
    "dropwhile": ("oon",),
    "filterfalse": ("oo",),
    "islice": ("onnnn",),
    "pairwise": ("oo", "ooo"),
    "permutations": ("oijonn",),
    "product": ("oion",),
    "repeat": ("on",),
    "starmap": ("oo",),
    "takewhile": ("oon",),
    "zip_longest": ("nntoo",),
}


def _of_itertools(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    kind = type(item)
    count = (kind.__basicsize__ - _HEADER) // WORD
    form = next((each for each in _WORDS[kind.__name__] if len(each) == count), "")
    words = words_of(item, len(form))
    held = {id(each): each for each in gc.get_referents(item)}
    addresses = [word for word, letter in zip(words, form, strict=True) if letter in "ot"]
    if not form or not held.keys() >= set(filter(None, addresses)):
        raise _opaque(item)
    encoder.tokens += (kind, *map(bool, addresses))
    for index, letter in enumerate(form):
        word = words[index]
        if letter == "n":
            encoder.tokens.append(word)
        elif letter in "ij":
            many = len(held[words[0]]) if letter == "i" else words[index + 2]
            encoder.tokens += struct.unpack_from(f"={many}{A_WORD}", all_memory(), word)
        elif letter == "t" and word:
            many = len(held[word])
            places = struct.unpack_from(f"={many}{A_WORD}", all_memory(), word + tuple.__basicsize__)
            encoder.tokens += map(bool, places)
            encoder.add_all(gc.get_referents(held[word]))
        elif letter == "o" and word:
            encoder.add(held[word])


rule(*(vars(itertools)[name] for name in _WORDS if name in vars(itertools)))(_of_itertools)
