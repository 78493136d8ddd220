"""What has a value under a name, a dictionary, a class, a slot or a cell, and how to put another there.

No method of the program's is called for that: a class may have a metaclass, and an instance a `__setattr__`.
"""

from __future__ import annotations

import threading
from types import CellType, FunctionType, GetSetDescriptorType, MemberDescriptorType, SimpleNamespace
from typing import Any, NamedTuple

from treadle.fingerprint.looking import dict_getter, namespace
from treadle.inspecting import Kinds

Key = tuple[str, str]
"""The file that something is in, or the module of the library; and its name there."""

Found = tuple[str, Any, tuple[Any, ...]]
"""What something is, a number or value, and what it holds."""

ABSENT: Found = ("absent", None, ())
UNKNOWN: Found = ("unknown", None, ())

_DESCRIPTORS = Kinds(GetSetDescriptorType, MemberDescriptorType)


class Inner(NamedTuple):
    """What can be reached from something else: its name, itself, and what has it under which key if it can be set.

    `before` is what it was when it was not there. Where it is not looked at, only that it is there counts.
    """

    name: str
    value: Any
    holder: Any = None
    key: Any = None
    before: Found = ABSENT
    is_looked_at: bool = True


class Place(NamedTuple):
    """What stands under a name: in words, itself, what has it, as in `Inner`, and under which name that is found."""

    found: Found
    value: Any
    holder: Any
    key: Any
    before: Found
    within: Key


def names_of(value: Any) -> dict[str, object]:
    """Return the dictionary of an instance itself, whatever its class says; an empty one where it has none."""
    kind = type(value)
    if issubclass(kind, SimpleNamespace):
        getter = namespace(SimpleNamespace)["__dict__"].__get__
    elif kind is threading.local:
        return threading.local.__getattribute__(value, "__dict__")  # type: ignore[no-any-return]
    else:
        getter = dict_getter(kind)
    found = None if getter is None else getter(value)
    return found if type(found) is dict else {}


def holder_of(value: object, key: Any) -> Any:
    """Return what has the attributes of something that can be put back by such a key, or None."""
    if key is None or issubclass(type(value), FunctionType):
        return None
    if type(key) in _DESCRIPTORS or type(value) is dict or issubclass(type(value), type):
        return value
    return names_of(value)


def put(holder: Any, key: Any, value: object) -> None:
    """Put a value there."""
    if type(key) in _DESCRIPTORS:
        key.__set__(holder, value)
    elif type(holder) is dict:
        holder[key] = value
    elif type(holder) is CellType:
        holder.cell_contents = value
    elif holder is not None:
        type.__setattr__(holder, key, value)


def take_away(holder: Any, key: Any) -> None:
    """Leave nothing there."""
    try:
        if type(key) in _DESCRIPTORS:
            key.__delete__(holder)
        elif type(holder) is dict:
            holder.pop(key, None)
        elif type(holder) is CellType:
            del holder.cell_contents
        elif holder is not None:
            type.__delattr__(holder, key)
    except AttributeError:  # there was nothing
        return
