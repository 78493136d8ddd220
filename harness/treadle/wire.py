"""Convert values of declared types to plain JSON and back, to send them to other processes or keep them in files.

The declarations of data classes and named tuples are enough: a value is read as the type declares. A type has one
writer and one reader, each made once. Strings, numbers and None stay as they are.
"""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Mapping, MutableMapping
from typing import TypeVar

Json = typing.Any
Code = Callable[[typing.Any], typing.Any]
T = TypeVar("T")


def _unchanged(value: Json) -> Json:
    return value


class Wire:
    """Writes and reads values.

    `names` are types by name, for declarations with names that are imported only for type checkers.
    `codes` are pairs of a writer and a reader, for types with their own text form.
    """

    def __init__(
        self, names: Mapping[str, object] | None = None, codes: Mapping[object, tuple[Code, Code]] | None = None
    ) -> None:
        """Make no writers and readers yet."""
        self._names = dict(names or {})
        self._codes: dict[object, tuple[Code, Code]] = {**(codes or {})}

    def write(self, kind: object, value: object) -> Json:
        """Return a value of this type as dictionaries, lists, strings and numbers."""
        return self._code(kind, {})[0](value)

    def read(self, kind: type[T], told: Json) -> T:
        """Return the value that `write` was given."""
        return typing.cast("T", self._code(kind, {})[1](told))

    def _code(self, kind: object, meant: Mapping[object, object]) -> tuple[Code, Code]:
        """Return the writer and the reader of a type; `meant` maps its type variables to types."""
        kind = meant.get(kind, kind)
        key = (kind, tuple(meant.values()))
        known = self._codes.get(kind) or self._codes.get(key)
        if known is None:
            known = self._codes[key] = self._make(kind, meant)
        return known

    def _make(self, kind: object, meant: Mapping[object, object]) -> tuple[Code, Code]:
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin in {typing.Union, types.UnionType}:
            (one,) = (each for each in inner if each is not types.NoneType)
            return _or_none(*self._code(one, meant))
        if origin is list or (origin is tuple and inner[1:] == (...,)):
            return _all(origin, *self._code(inner[0], meant))
        if origin in {dict, MutableMapping}:
            return _pairs(self._code(inner[0], meant), self._code(inner[1], meant), named=inner[0] is str)
        declared = origin or kind
        if not dataclasses.is_dataclass(declared) and not hasattr(declared, "_fields"):
            is_named = isinstance(declared, type) and issubclass(declared, enum.Enum)
            return (str, typing.cast("type", declared)) if is_named else (_unchanged, _unchanged)
        if origin is not None:
            meant = dict(zip(origin.__parameters__, (meant.get(each, each) for each in inner), strict=True))
        return self._of_fields(typing.cast("type", declared), meant)

    def _of_fields(self, declared: type, meant: Mapping[object, object]) -> tuple[Code, Code]:
        meant = {**_meant_by_bases(declared), **meant}
        hints = typing.get_type_hints(declared, localns=self._names)
        if not dataclasses.is_dataclass(declared):
            return _in_a_row(declared, [self._code(each, meant) for each in hints.values()])
        fields = [each.name for each in dataclasses.fields(declared) if each.init]
        return _by_name(declared, {each: self._code(hints[each], meant) for each in fields})


def _meant_by_bases(declared: type) -> dict[object, object]:
    """Return the types that the type variables of its generic bases stand for."""
    meant: dict[object, object] = {}
    for base in getattr(declared, "__orig_bases__", ()):
        origin = typing.get_origin(base)
        if origin is not None and origin is not typing.Generic:
            meant |= zip(origin.__parameters__, typing.get_args(base), strict=True)
    return meant


def _or_none(write: Code, read: Code) -> tuple[Code, Code]:
    if write is read is _unchanged:
        return write, read
    return (
        lambda value: None if value is None else write(value),
        lambda told: None if told is None else read(told),
    )


def _all(kind: type, write: Code, read: Code) -> tuple[Code, Code]:
    if write is read is _unchanged:
        return list, kind
    return lambda value: [write(each) for each in value], lambda told: kind([read(each) for each in told])


def _in_a_row(kind: type, codes: list[tuple[Code, Code]]) -> tuple[Code, Code]:
    writers, readers = [write for write, _ in codes], [read for _, read in codes]
    return (
        lambda value: [write(each) for write, each in zip(writers, value, strict=True)],
        lambda told: kind(*(read(each) for read, each in zip(readers, told, strict=True))),
    )


def _pairs(key: tuple[Code, Code], value: tuple[Code, Code], *, named: bool) -> tuple[Code, Code]:
    """Write dictionaries with strings as keys as objects, others as lists of pairs."""
    (write, read), (write_value, read_value) = key, value
    if named:
        return (
            lambda value: {key: write_value(each) for key, each in value.items()},
            lambda told: {key: read_value(each) for key, each in told.items()},
        )
    return (
        lambda value: [[write(key), write_value(each)] for key, each in value.items()],
        lambda told: {read(key): read_value(each) for key, each in told},
    )


def _by_name(kind: type, codes: dict[str, tuple[Code, Code]]) -> tuple[Code, Code]:
    """Write data classes as dictionaries; when one is read, missing fields get their defaults."""

    def write_fields(value: object) -> Json:
        return {name: write(getattr(value, name)) for name, (write, _) in codes.items()}

    def read_fields(told: Json) -> object:
        return kind(**{name: read(told[name]) for name, (_, read) in codes.items() if name in told})

    return write_fields, read_fields
