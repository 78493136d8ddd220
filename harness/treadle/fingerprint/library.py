"""Objects that the standard library makes in C: values that never change, and objects with state.

C objects hide their contents, so each type has its own rule: by how it would be pickled, by what the garbage collector
sees of it, or by its own methods.
"""

from __future__ import annotations

import _random
import _thread
import builtins
import contextlib
import datetime as dt
import decimal
import gc
import io
import re
import struct
import sys
import types
import typing
from typing import TYPE_CHECKING, Any

from treadle.fingerprint.attributes import MAY_STAND_INSIDE, attributes_inside
from treadle.fingerprint.constant import VARIABLES
from treadle.fingerprint.containers import CONTENTS, write_tuple
from treadle.fingerprint.encoder import LEARNERS, OpaqueError, plain, rule
from treadle.fingerprint.looking import attributes_of, base_of, name_of, namespace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.fingerprint.encoder import Encoder, Rule


# Values: equal if they have equal parts


@rule(dt.date, dt.datetime, dt.time, dt.timedelta, dt.timezone, decimal.Decimal)
def _value(encoder: Encoder, item: object) -> None:
    if type(item) is decimal.Decimal and item.is_nan():
        encoder.number(item)  # its identity matters: it equals only itself, and `in` finds it
    encoder.tokens.append(type(item))
    encoder.add(item.__reduce_ex__(4)[1:])  # earlier protocols do not distinguish two equal times


def _write_value(exact: Callable[..., str | tuple[object, ...]]) -> Rule:
    """Return a rule for an instance of a subclass, bypassing its own pickling methods."""

    def write(encoder: Encoder, item: object) -> None:
        parts = exact(item)[1:]
        encoder.kept.append(parts)
        encoder.add(parts)

    return write


CONTENTS.update({kind: _write_value(kind.__reduce__) for kind in (dt.date, dt.timedelta, decimal.Decimal)})
CONTENTS[dt.datetime] = _write_value(lambda item: dt.datetime.__reduce_ex__(item, 4))
CONTENTS[dt.time] = _write_value(lambda item: dt.time.__reduce_ex__(item, 4))
CONTENTS[dt.tzinfo] = lambda encoder, _: encoder.tokens.append(dt.tzinfo)


@rule(re.Pattern)
def _pattern(encoder: Encoder, item: re.Pattern[str] | re.Pattern[bytes]) -> None:
    encoder.tokens += (re.Pattern, item.pattern, item.flags)


@rule(re.Match)
def _match(encoder: Encoder, item: re.Match[str] | re.Match[bytes]) -> None:
    encoder.number(item)
    encoder.tokens += (re.Match, item.regs, item.pos, item.endpos)
    encoder.add_all((item.re, item.string))


@rule(struct.Struct)
def _struct(encoder: Encoder, item: struct.Struct) -> None:
    encoder.number(item)
    encoder.tokens += (struct.Struct, item.format)


def _learn_record(kind: type) -> Rule | None:
    """Return the rule for C records such as `sys.flags` and `os.stat_result`: tuples, some with hidden fields."""
    if base_of(kind) is not tuple or "n_unnamed_fields" not in namespace(kind):
        return None
    hidden = [each for each in namespace(kind).values() if type(each) is types.MemberDescriptorType]

    def encode(encoder: Encoder, item: tuple[object, ...]) -> None:
        encoder.number(item)
        encoder.tokens.append(name_of(kind))
        write_tuple(encoder, item)
        encoder.add_all(each.__get__(item) for each in hidden)

    return encode


LEARNERS.append(_learn_record)


# Types in annotations. A type variable has an identity, bounds, and attributes. A sentinel (3.15) has only an identity.

_origin: Callable[[object], object] = vars(types.GenericAlias)["__origin__"].__get__
_args: Callable[[object], object] = vars(types.GenericAlias)["__args__"].__get__
_unpacked: Callable[[object], object] = vars(types.GenericAlias)["__unpacked__"].__get__


@rule(types.GenericAlias)
def _generic(encoder: Encoder, item: types.GenericAlias) -> None:
    encoder.tokens += (types.GenericAlias, _unpacked(item))
    encoder.add_all((_origin(item), _args(item)))


CONTENTS[types.GenericAlias] = _generic


@rule(types.UnionType)
def _union(encoder: Encoder, item: types.UnionType) -> None:
    encoder.tokens.append(types.UnionType)
    encoder.add(item.__args__)


_type_variables = [*VARIABLES, typing.ParamSpecArgs, typing.ParamSpecKwargs, getattr(typing, "TypeAliasType", None)]


@rule(*(each for each in _type_variables if each is not None))
def _type_variable(encoder: Encoder, item: object) -> None:
    """Write a type variable with all that the collector sees; the program may evaluate a bound later."""
    encoder.tokens.append(type(item))
    encoder.identity(item)
    held = [each for each in gc.get_referents(item) if each is not type(item)]
    names = attributes_inside(item) if MAY_STAND_INSIDE else None
    encoder.add_some(held)
    encoder.add_some(names or ())


if hasattr(typing, "NoDefault"):  # from 3.13 on
    rule(type(typing.NoDefault))(plain)

_SENTINEL: Any = getattr(builtins, "sentinel", None)

if _SENTINEL is not None:  # from 3.15 on

    @rule(_SENTINEL)
    def _sentinel(encoder: Encoder, item: Any) -> None:
        encoder.tokens += (_SENTINEL, item.__name__)
        encoder.identity(item)


# Namespaces

_names_of: Callable[[types.SimpleNamespace], dict[str, object]] = vars(types.SimpleNamespace)["__dict__"].__get__


@rule(types.SimpleNamespace)
def _attributes(encoder: Encoder, item: types.SimpleNamespace) -> None:
    encoder.number(item)
    _write_attributes(encoder, item)


def _write_attributes(encoder: Encoder, item: types.SimpleNamespace) -> None:
    encoder.tokens.append(types.SimpleNamespace)
    encoder.add(_names_of(item))


CONTENTS[types.SimpleNamespace] = _write_attributes


# Random numbers


@rule(_random.Random)
def _chance(encoder: Encoder, item: _random.Random) -> None:
    encoder.number(item)
    _write_chance(encoder, item)


def _write_chance(encoder: Encoder, item: _random.Random) -> None:
    encoder.tokens += (_random.Random, _random.Random.getstate(item))


CONTENTS[_random.Random] = _write_chance


# Locks of one thread, texts in memory, and the standard streams

_LOCK = type(_thread.allocate_lock())
_RLOCK = type(_thread.RLock())


@rule(_LOCK)
def _lock(encoder: Encoder, item: _thread.LockType) -> None:
    encoder.number(item)
    encoder.tokens += (_LOCK, item.locked())


@rule(_RLOCK)
def _reentrant_lock(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    encoder.tokens += (_RLOCK, re.findall(r"owner=\d+ count=\d+", _RLOCK.__repr__(item))[0])


@rule(io.StringIO, io.BytesIO)
def _memory(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    encoder.add(attributes_of(item) or None)
    _write_memory(encoder, item)


_text_state: Any = io.StringIO.__getstate__


def _write_memory(encoder: Encoder, item: object) -> None:
    kind: Any = io.StringIO if issubclass(type(item), io.StringIO) else io.BytesIO
    held = vars(kind)
    encoder.tokens.append(kind)
    if held["closed"].__get__(item):
        encoder.tokens.append(None)
        return
    encoder.tokens += (kind.getvalue(item), kind.tell(item))
    if kind is io.StringIO:
        encoder.add(_text_state(item)[1])  # its line endings
        encoder.add(held["newlines"].__get__(item))


CONTENTS.update({io.StringIO: _write_memory, io.BytesIO: _write_memory})


@rule(io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.FileIO)
def _stream(encoder: Encoder, item: object) -> None:
    if not any(item is each for each in _standard_streams()):
        message = "a file, whose state cannot be seen from outside"
        raise OpaqueError(message)
    encoder.number(item)
    encoder.tokens.append(type(item))


def _standard_streams() -> Iterator[object]:
    """Yield the standard streams, and the buffers below them."""
    for each in (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__):
        yield each
        if type(each) is io.TextIOWrapper:
            with contextlib.suppress(ValueError):  # it was detached from its buffer
                yield each.buffer


@rule(decimal.Context)
def _decimal_context(encoder: Encoder, item: decimal.Context) -> None:
    encoder.number(item)
    encoder.tokens.append(decimal.Context)
    encoder.add_all((item.prec, item.rounding, item.Emin, item.Emax, item.capitals, item.clamp))
    for kinds in (item.flags, item.traps):
        encoder.tokens.append(tuple((kind.__name__, on) for kind, on in kinds.items()))


_super_parts = ("__thisclass__", "__self__")


@rule(super)
def _super(encoder: Encoder, item: super) -> None:
    encoder.number(item)
    encoder.tokens.append(super)
    encoder.add_all(object.__getattribute__(item, name) for name in _super_parts)
