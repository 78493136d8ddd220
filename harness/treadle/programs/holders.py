"""The objects that hold values under names (dictionaries, classes, slots, cells), and how to set such a value.

No method of the program is called for that, such as those of a metaclass, or a `__setattr__`.
"""

from __future__ import annotations

import threading
from types import CellType, FunctionType, GetSetDescriptorType, MemberDescriptorType, SimpleNamespace
from typing import Any, NamedTuple

from treadle.fingerprint.looking import dict_getter, namespace
from treadle.inspecting import Kinds

Key = tuple[str, str]
"""The file of a value, or the module of the library, and its name there."""

Found = tuple[str, Any, tuple[Any, ...]]
"""What a value is (a word), a number or the value, and what it holds."""

ABSENT: Found = ("absent", None, ())
UNKNOWN: Found = ("unknown", None, ())

_DESCRIPTORS = Kinds(GetSetDescriptorType, MemberDescriptorType)


class Inner(NamedTuple):
    """A value that can be reached from another one: its name, the value, and its holder and key if it can be set.

    `before` stands for it while it does not exist. If it is not `is_looked_at`, only its existence counts.
    """

    name: str
    value: Any
    holder: Any = None
    key: Any = None
    before: Found = ABSENT
    is_looked_at: bool = True


class Place(NamedTuple):
    """What was found under a name: its summary, the value, its holder as in `Inner`, and the name of that."""

    found: Found
    value: Any
    holder: Any
    key: Any
    before: Found
    within: Key


def names_of(value: Any) -> dict[str, object]:
    """Return the real `__dict__` of an instance, whatever its class says; an empty one if it has none."""
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
    """Return the holder in which an attribute of a value can be set by such a key, or None."""
    if key is None or issubclass(type(value), FunctionType):
        return None
    if type(key) in _DESCRIPTORS or type(value) is dict or issubclass(type(value), type):
        return value
    return names_of(value)


def put(holder: Any, key: Any, value: object) -> None:
    """Set a value in a holder."""
    if type(key) in _DESCRIPTORS:
        key.__set__(holder, value)
    elif type(holder) is dict:
        holder[key] = value
    elif type(holder) is CellType:
        holder.cell_contents = value
    elif holder is not None:
        type.__setattr__(holder, key, value)


def take_away(holder: Any, key: Any) -> None:
    """Remove a value from a holder."""
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
