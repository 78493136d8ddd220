"""Instances of classes that were written in Python: their slots and dictionaries, if that is all that they are.

An object of C code may hide state behind a dictionary (`random.Random` does), so the size of an instance must be
explained, class by class, by slots, dictionary and the list of weak references. An object without any state stands for
itself: it is there to be compared with `is`.
"""

from __future__ import annotations

import enum
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any

from treadle.display import Displayed
from treadle.fingerprint.encoder import LEARNERS, RULES, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.fingerprint.encoder import Encoder, Rule

_WORD = tuple.__itemsize__  # bytes of a reference
_CONTAINERS: tuple[type, ...] = (list, dict, set, frozenset, tuple, deque, OrderedDict, defaultdict)
_VALUES: tuple[type, ...] = (int, float, str, bytes)
_MISSING = "unset"


def _learn_displayed(kind: type) -> Rule | None:
    """Take what Treadle found, which is never changed, for itself: a notebook has it among its names."""
    return _displayed if issubclass(kind, Displayed) else None


def _displayed(encoder: Encoder, item: object) -> None:
    encoder.tokens += (type(item), _ByIdentity(item))


def _learn_enum(kind: type) -> Rule | None:
    return _itself if issubclass(kind, enum.Enum) else None


def _learn_class(kind: type) -> Rule | None:
    return _itself if issubclass(kind, type) else None


def _itself(encoder: Encoder, item: object) -> None:
    encoder.tokens += (type(item), item)


def _learn_declared(kind: type) -> Rule | None:
    """Learn a class that says itself what its state is: plain values of fixed types, and objects."""
    if not hasattr(kind, "fingerprint_state"):
        return None

    def encode(encoder: Encoder, item: Any) -> None:
        encoder.number(item)
        plain, objects = item.fingerprint_state()
        encoder.tokens += (kind, plain)
        encoder.add_all(objects)

    return encode


@rule(object)
def _sentinel(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    encoder.tokens += (object, _ByIdentity(item))


class _ByIdentity:
    """A token that is equal to none but that of the same object."""

    __slots__ = ("item",)

    def __init__(self, item: object) -> None:
        self.item = item

    def __hash__(self) -> int:
        return id(self.item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.item is other.item


def _learn_exception(kind: type) -> Rule | None:
    """Learn an exception: its arguments, attributes and what it came from, but not its traceback."""
    if not issubclass(kind, BaseException):
        return None
    slots = tuple(_slots(kind))

    def encode(encoder: Encoder, item: BaseException) -> None:
        encoder.number(item)
        encoder.tokens += (kind, item.__suppress_context__)
        encoder.add_all((item.args, item.__cause__, item.__context__))
        _attributes(encoder, item, slots, item.__dict__)

    return encode


def _learn_instance(kind: type) -> Rule | None:
    """Learn a class written in Python, on top of `object` or of a container or value."""
    base = _explained_base(kind)
    if base is None:
        return None
    slots = tuple(_slots(kind))
    content = None if base is object else _CONTENTS[base]

    def encode(encoder: Encoder, item: Any) -> None:
        encoder.number(item)
        tokens = encoder.tokens
        tokens.append(kind)
        state = getattr(item, "__dict__", None)
        if content is not None:
            content(encoder, item)
        elif not slots and not state:
            tokens.append(_ByIdentity(item))
        _attributes(encoder, item, slots, state)

    return encode


def _attributes(encoder: Encoder, item: object, slots: tuple[Any, ...], state: dict[str, Any] | None) -> None:
    for slot in slots:
        try:
            value = slot.__get__(item)
        except AttributeError:
            encoder.tokens.append(_MISSING)
            continue
        encoder.add(value)
    encoder.tokens.append(len(state) if state else 0)
    if state:
        for name, value in state.items():
            encoder.tokens.append(name)
            encoder.add(value)


def _slots(kind: type) -> Iterator[Any]:
    """Give the descriptors of all slots, the base class first."""
    for each in reversed(kind.__mro__):
        if each.__flags__ & _WRITTEN:
            for value in vars(each).values():
                if type(value) is types.MemberDescriptorType:
                    yield value


_WRITTEN = 1 << 9  # Py_TPFLAGS_HEAPTYPE: every class statement makes such a type, and so do some modules in C


def _explained_base(kind: type) -> type | None:
    """Return the built-in class below, if all that is above it are slots, dictionaries and weak references."""
    while kind not in _CONTENTS and kind is not object:
        base = kind.__base__
        if base is None or not kind.__flags__ & _WRITTEN:
            return None
        slots = sum(type(value) is types.MemberDescriptorType for value in vars(kind).values())
        extra = sum(name in vars(kind) for name in ("__dict__", "__weakref__"))
        words = (kind.__basicsize__ - base.__basicsize__) // _WORD
        if not slots <= words <= slots + extra:
            return None
        kind = base
    return kind


def _plain_value(base: type) -> Rule:
    def encode(encoder: Encoder, item: Any) -> None:
        encoder.tokens += (base, base(item))

    return encode


def _as_container(base: type) -> Rule:
    """Write what a container holds; the object has its number already."""
    if base is OrderedDict or base is defaultdict:
        base = dict

    def encode(encoder: Encoder, item: Any) -> None:
        plain = base(item) if base is not deque else list(item)
        encoder.kept.append(plain)
        RULES[type(plain)](encoder, plain)

    return encode


_CONTENTS: dict[type, Rule] = {
    **{base: _as_container(base) for base in _CONTAINERS},
    **{base: _plain_value(base) for base in _VALUES},
}


@rule(OrderedDict)
def _ordered(encoder: Encoder, item: OrderedDict[Any, Any]) -> None:
    encoder.number(item)
    encoder.tokens.append(OrderedDict)
    _CONTENTS[OrderedDict](encoder, item)


@rule(defaultdict)
def _default(encoder: Encoder, item: defaultdict[Any, Any]) -> None:
    encoder.number(item)
    encoder.tokens.append(defaultdict)
    encoder.add(item.default_factory)
    _CONTENTS[defaultdict](encoder, item)


LEARNERS += [_learn_displayed, _learn_declared, _learn_enum, _learn_class, _learn_exception, _learn_instance]
