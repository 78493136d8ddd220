"""Read and fill containers by the methods of Python's own types, not by those of their classes.

A subclass of `dict` may have its own `__iter__`, which is code of the program. So `dict.items` reads it, and
`dict.update` fills it. An object that is no plain value is not kept alive: its identity stands for it, and it is looked
up among what the container holds later.
"""

from __future__ import annotations

import marshal
import os
from array import array
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from treadle.fingerprint.looking import mro, namespace
from treadle.inspecting import Kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAIN = Kinds(int, float, complex, str, bytes, bool, type(None))

_BASES = (OrderedDict, dict, list, set, deque, bytearray, array)
_WITHOUT_IDENTITIES = 2  # the version of `marshal` whose output does not depend on which values are the same object
_IN_TUPLES = 4  # how many levels of tuples a plain value may have
_ADDRESS = namespace(object)["__hash__"]


class Same(NamedTuple):
    """Stands for an object: its identity, and whether it can be a key without a call of its own `__hash__`."""

    identity: int
    can_be_key: bool


def base_of(value: object) -> Any:
    """Return the container type of Python that a value is an instance of, or None."""
    kind = type(value)
    if issubclass(kind, _BASES):
        return next(each for each in _BASES if issubclass(kind, each))
    return kind if kind is os._Environ else None  # `issubclass` with this class may run foreign code


def is_plain(value: object, deep: int = _IN_TUPLES) -> bool:
    """Say whether a value is plain, or a class without a metaclass, or a tuple of these."""
    kind = type(value)
    if kind is tuple:
        return bool(deep) and all(is_plain(each, deep - 1) for each in value)  # type: ignore[attr-defined]
    return kind in PLAIN or kind is type


def written(value: object) -> str:
    """Return a plain value as text."""
    try:
        return repr(value)
    except ValueError:  # Python limits the length of numbers in text
        return "of too many digits"


def is_same(one: Any, other: Any) -> bool:
    """Say whether two plain values, or tuples of them, are the same: `1`, `1.0` and `True` are not."""
    kind = type(one)
    if one is other or kind is not type(other):
        return one is other
    if issubclass(kind, tuple):
        try:
            return marshal.dumps(one, _WITHOUT_IDENTITIES) == marshal.dumps(other, _WITHOUT_IDENTITIES)
        except ValueError:  # not all values in them are plain
            pairs = zip(one, other, strict=False)
            return len(one) == len(other) and all(is_same(*pair) for pair in pairs)
    if kind is float or kind is complex:
        return repr(one) == repr(other)  # NaN equals nothing, itself included
    return (kind in PLAIN or kind is range) and bool(one == other)


def hashes_to_address(kind: type) -> bool:
    """Say whether objects of a class hash to their addresses."""
    return next(namespace(each)["__hash__"] for each in mro(kind) if "__hash__" in namespace(each)) is _ADDRESS


def size_of(container: Any) -> int:
    """Return how many entries a container has."""
    base = base_of(container)
    return len(container._data) if base is os._Environ else base.__len__(container)


def entries_of(container: Any) -> tuple[Any, ...]:
    """Return what a container holds; of a dictionary, its pairs of key and value."""
    base = base_of(container)
    if base is os._Environ:
        return tuple((container.decodekey(key), container.decodevalue(each)) for key, each in container._data.items())
    if base is OrderedDict and all(_frozen(each) for each in dict.keys(container)):
        return tuple(OrderedDict.items(container))
    return tuple(dict.items(container) if issubclass(base, dict) else base.__iter__(container))


def freeze(container: Any) -> tuple[Any, ...]:
    """Return what a container holds, with stand-ins for objects that are not plain."""
    base, entries = base_of(container), entries_of(container)
    if base is set:
        return tuple(sorted(map(_stand_in, entries), key=written))  # a set may iterate in any order
    if not _has_keys(base):
        return entries if _are_plain(entries) else tuple(map(_stand_in, entries))
    if all(_are_plain(part) for part in zip(*entries, strict=True)):
        return entries
    return tuple((_stand_in(key), _stand_in(each)) for key, each in entries)


def _are_plain(values: Iterable[object]) -> bool:
    return {*map(id, map(type, values))} <= PLAIN.identities


def _frozen(value: object) -> bool:
    return is_plain(value) or hashes_to_address(type(value))


def _stand_in(value: object) -> object:
    return value if is_plain(value) else Same(id(value), hashes_to_address(type(value)))


def _has_keys(base: type) -> bool:
    return base is os._Environ or issubclass(base, dict)


def thaw(held: tuple[Any, ...], container: Any) -> list[Any] | None:
    """Return frozen entries with their objects; None if one is gone, or if its own `__hash__` would be called."""
    base = base_of(container)
    keys = (each[0] for each in held) if _has_keys(base) else held if base is set else ()
    if any(type(each) is Same and not each.can_be_key for each in keys):
        return None
    if not any(type(part) is Same for each in held for part in (each if _has_keys(base) else (each,))):
        return list(held)
    there = {id(part): part for each in entries_of(container) for part in (each if _has_keys(base) else (each,))}
    try:
        if _has_keys(base):
            return [(_found_again(key, there), _found_again(each, there)) for key, each in held]
        return [_found_again(each, there) for each in held]
    except KeyError:
        return None


def _found_again(each: Any, there: dict[int, Any]) -> Any:
    return there[each.identity] if type(each) is Same else each


def plain_part(held: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the plain values among the frozen entries of a container."""
    return tuple(each for each in held if is_plain(each))


def copy_of(container: Any) -> Any:
    """Return what `fill` needs to restore a container as it is now; for plain ones no `__hash__` is called."""
    base = base_of(container)
    if type(container) is dict:
        return dict.copy(container)
    return set().union(container) if base is set else entries_of(container)


def fill(container: Any, entries: Any) -> None:
    """Make a container hold exactly these entries. One with an exported buffer keeps its length."""
    base = base_of(container)
    if base is os._Environ:
        _fill_environment(container, dict(entries))
    elif base in (dict, set):
        base.clear(container)
        base.update(container, entries)
    elif base is OrderedDict:
        OrderedDict.clear(container)
        for key, each in entries:
            OrderedDict.__setitem__(container, key, each)
    elif base is deque:
        deque.clear(container)
        deque.extend(container, entries)
    else:
        _fill_sequence(base, container, entries)


def _fill_sequence(base: Any, container: Any, entries: Any) -> None:
    new = array(array.typecode.__get__(container), entries) if base is array else entries
    try:
        base.__setitem__(container, slice(None), bytes(new) if base is bytearray else new)
    except BufferError:
        return


def _fill_environment(environment: Any, entries: dict[str, str]) -> None:
    now = dict(entries_of(environment))
    for key in now.keys() - entries.keys():
        del environment[key]
    for key, each in entries.items():
        if now.get(key) != each:
            environment[key] = each
