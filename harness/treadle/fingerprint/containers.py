"""Containers and values of the language, of exactly these types, and the contents of their subclasses."""

from __future__ import annotations

import builtins
import gc
import struct
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.fingerprint.encoder import rule
from treadle.fingerprint.looking import attributes_of, text
from treadle.fingerprint.tables import history_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from treadle.fingerprint.encoder import Encoder, Rule

K = TypeVar("K")
V = TypeVar("V")


# Negative zero equals zero, but differs in its digits. NaN has no digits, but a sign, and bits of its own.
_bits_of = struct.Struct("d").pack


@rule(float)
def _float(encoder: Encoder, item: float) -> None:
    if item != item:  # noqa: PLR0124 - only NaN; containers find it by its identity
        encoder.number(item)
        encoder.tokens += (float, _bits_of(item))
    else:
        encoder.tokens += (float, item.hex())


@rule(complex)
def _complex(encoder: Encoder, item: complex) -> None:
    if item != item:  # noqa: PLR0124 - see `_float`
        encoder.number(item)
    encoder.tokens += (complex, _bits_of(item.real), _bits_of(item.imag))


@rule(range, slice)
def _range(encoder: Encoder, item: range | slice) -> None:
    encoder.tokens.append(type(item))  # equal ranges may differ in their parts
    encoder.add_all((item.start, item.stop, item.step))


@rule(tuple)
def _tuple(encoder: Encoder, item: tuple[object, ...]) -> None:
    encoder.tokens += (tuple, len(item))  # no number: it is treated as equal to any other with the same contents
    if item:
        encoder.add_all(item)


@rule(list)
def _list(encoder: Encoder, item: list[object]) -> None:
    encoder.number(item)
    write_list(encoder, item)


@rule(deque)
def _deque(encoder: Encoder, item: deque[object]) -> None:
    encoder.number(item)
    write_deque(encoder, item)


@rule(dict)
def _dict(encoder: Encoder, item: dict[object, object]) -> None:
    encoder.number(item)
    write_dict(encoder, item)


_EMPTY: dict[object, object] = {}


@rule(types.MappingProxyType, type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items()))
def _view(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    encoder.tokens.append(type(item))
    encoder.add_some(gc.get_referents(item))


@rule(OrderedDict)
def _ordered(encoder: Encoder, item: OrderedDict[object, object]) -> None:
    encoder.number(item)
    encoder.tokens.append(OrderedDict)
    encoder.add(attributes_of(item) or None)
    _write_ordered(encoder, item)


@rule(defaultdict)
def _default(encoder: Encoder, item: defaultdict[object, object]) -> None:
    encoder.number(item)
    encoder.tokens.append(defaultdict)
    encoder.add(_default_factory(item))
    write_dict(encoder, item)


_default_factory: Callable[[object], object] = vars(defaultdict)["default_factory"].__get__


@rule(set, frozenset)
def _set(encoder: Encoder, item: set[object]) -> None:
    encoder.number(item)
    write_set(encoder, item, type(item))


@rule(bytearray)
def _bytearray(encoder: Encoder, item: bytearray) -> None:
    encoder.number(item)
    encoder.tokens += (bytearray, bytes(item))


# The contents of a container, without calling methods of a subclass; the object already has its number.


def write_list(encoder: Encoder, item: list[object]) -> None:
    """Write the contents of a list or of a subclass."""
    held = item if type(item) is list else list.__getitem__(item, slice(None))
    encoder.tokens += (list, len(held))
    encoder.add_all(held)


def write_tuple(encoder: Encoder, item: tuple[object, ...]) -> None:
    """Write the contents of a subclass of a tuple."""
    held = tuple.__getitem__(item, slice(None))
    encoder.tokens += (tuple, tuple.__len__(item))
    encoder.add_all(held)


def write_deque(encoder: Encoder, item: deque[object]) -> None:
    """Write the contents of a deque or of a subclass."""
    held = list(deque.__iter__(item))
    encoder.tokens += (deque, len(held), _maxlen(item))
    encoder.add_all(held)


_maxlen: Callable[[object], int | None] = vars(deque)["maxlen"].__get__


def write_dict(encoder: Encoder, item: dict[K, V], items: Iterable[tuple[K, V]] | None = None) -> None:
    """Write the contents of a dictionary or of a subclass, in its order."""
    encoder.tokens.append(dict)
    encoder.add_pairs(list(dict.items(item) if items is None else items))


def write_set(encoder: Encoder, item: Any, kind: type = set) -> None:
    """Write the contents of a set or of a subclass; its table decides the order of what is added and removed later."""
    base = frozenset if kind is frozenset else set
    held = list(base.__iter__(item))
    encoder.tokens += (base, len(held), base.__sizeof__(item), history_of(item, held))
    encoder.add_all(held)


def _write_frozen(encoder: Encoder, item: Any) -> None:
    encoder.tokens.append(_FROZEN_DICT)
    write_dict(encoder, item, _FROZEN_DICT.items(item))


def _write_ordered(encoder: Encoder, item: OrderedDict[object, object]) -> None:
    """Write the contents in order; the underlying dictionary has another order if items were moved to an end."""
    write_dict(encoder, item, OrderedDict.items(item))
    own, below = list(map(id, OrderedDict.__iter__(item))), list(map(id, dict.__iter__(item)))
    if own != below:
        places = {each: place for place, each in enumerate(own)}
        encoder.tokens.append(tuple(map(places.get, below)))


def _write_default(encoder: Encoder, item: defaultdict[object, object]) -> None:
    encoder.add(_default_factory(item))
    write_dict(encoder, item)


def _write_frozen_set(encoder: Encoder, item: frozenset[object]) -> None:
    write_set(encoder, item, frozenset)


def _write_bytearray(encoder: Encoder, item: bytearray) -> None:
    encoder.tokens.append(bytearray.__getitem__(item, slice(None)).hex())


def _write_value(exact: Callable[[Any], object]) -> Rule:
    def write(encoder: Encoder, item: object) -> None:
        encoder.add(exact(item))

    return write


CONTENTS: dict[type, Rule] = {
    list: write_list,
    tuple: write_tuple,
    deque: write_deque,
    dict: write_dict,
    set: write_set,
    frozenset: _write_frozen_set,
    OrderedDict: _write_ordered,
    defaultdict: _write_default,
    bytearray: _write_bytearray,
    int: _write_value(int.__int__),
    float: _write_value(float.__float__),
    complex: _write_value(complex.__complex__),
    str: _write_value(text),
    bytes: _write_value(lambda item: bytes.__getitem__(item, slice(None))),
}
"""How to write the contents of an instance of a subclass of one of these, besides its attributes."""

_FROZEN_DICT: Any = getattr(builtins, "frozendict", None)

if _FROZEN_DICT is not None:  # from 3.15 on
    CONTENTS[_FROZEN_DICT] = _write_frozen

    @rule(_FROZEN_DICT)
    def _frozen(encoder: Encoder, item: Any) -> None:
        encoder.number(item)
        _write_frozen(encoder, item)
