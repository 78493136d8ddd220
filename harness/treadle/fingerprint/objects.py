"""Instances of classes written in Python: their slots and dictionaries, if these are their whole state.

A C object may hide state beside its dictionary (`random.Random` does), so the size of an instance must be explained,
class by class, by slots, dictionary and the list of weak references.

Of an instance of a standard-library class (a logger, a lock of `threading`) only attributes whose names occur in code
that has run belong to the state, because nothing can have read the others. See `scope`.
"""

from __future__ import annotations

import gc
import types
from typing import TYPE_CHECKING, Protocol

from treadle.display import Displayed
from treadle.fingerprint.classes import class_token, write_kind
from treadle.fingerprint.containers import CONTENTS
from treadle.fingerprint.encoder import LEARNERS, rule
from treadle.fingerprint.frames import write_trace
from treadle.fingerprint.looking import (
    base_of,
    dict_getter,
    is_trusted,
    is_written,
    members_of_built_in,
    module_name,
    mro,
    namespace,
    size_of,
    slots,
)
from treadle.fingerprint.origin import is_selective

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.fingerprint.encoder import Encoder, Rule

_WORD = tuple.__itemsize__  # bytes of a reference
_is_finalized = gc.is_finalized


class Declares(Protocol):
    """An object of Treadle that declares its own state."""

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return plain values of fixed types, and objects."""


def _learn_displayed(kind: type) -> Rule | None:
    """Return the rule for results of Treadle, which never change, by identity: a notebook has them among its names."""
    return _displayed if issubclass(kind, Displayed) else None


def _displayed(encoder: Encoder, item: object) -> None:
    encoder.tokens.append("found by Treadle")
    encoder.identity(item)


def _learn_declared(kind: type) -> Rule | None:
    """Return the rule for a class of Treadle that declares its own state: plain values of fixed types, and objects."""
    if not is_trusted(kind) or not any("fingerprint_state" in namespace(each) for each in mro(kind)):
        return None

    def encode(encoder: Encoder, item: Declares) -> None:
        encoder.references[id(item)] = encoder.next_reference()
        plain, objects = item.fingerprint_state()
        encoder.tokens += (kind, plain, len(objects))
        encoder.add_all(objects)

    return encode


@rule(object)
def _sentinel(encoder: Encoder, item: object) -> None:
    """Write an object that is only compared with `is`: its class, and its identity as a number."""
    encoder.number(item)
    encoder.tokens.append(object)


def _learn_exception(kind: type) -> Rule | None:
    """Return the rule for exceptions: arguments, attributes and causes; the traceback only if code reads tracebacks."""
    if not issubclass(kind, BaseException):
        return None
    class_token(kind)  # learned permanently, or each time
    members = _getters(*members_of_built_in(kind), *slots(kind))
    if issubclass(kind, OSError):
        members += _getters(vars(OSError)["characters_written"])

    def encode(encoder: Encoder, item: BaseException) -> None:
        encoder.number(item)
        write_kind(encoder, type(item))
        encoder.add_all((_args(item), _cause(item), _context(item)))
        if encoder.scope is not None and encoder.scope.reads_tracebacks:
            write_trace(encoder, _traceback(item))
        _write_attributes(encoder, item, members, _attributes_of_exception(item))

    return encode


def _attributes_of_exception(item: BaseException) -> dict[str, object] | None:
    """Return its attributes if it has any; reading an absent dictionary would create one, which shows in its pickle."""
    has_any = any(type(each) is dict for each in gc.get_referents(item))
    return _dictionary(item) if has_any else None


_of_exception = vars(BaseException)
_args: Callable[[BaseException], object] = _of_exception["args"].__get__
_cause: Callable[[BaseException], object] = _of_exception["__cause__"].__get__
_context: Callable[[BaseException], object] = _of_exception["__context__"].__get__
_dictionary: Callable[[object], dict[str, object]] = dict_getter(BaseException)
_traceback: Callable[[BaseException], TracebackType | None] = _of_exception["__traceback__"].__get__


def _learn_instance(kind: type) -> Rule | None:
    """Return the rule for a class written in Python, derived from `object` or from a container or value."""
    base = _explained_base(kind)
    if base is None:
        return None
    class_token(kind)
    members = _getters(*slots(kind))
    dictionary = dict_getter(kind)
    content = None if base is object else CONTENTS[base]
    selective = is_selective(module_name(kind))

    def encode(encoder: Encoder, item: object) -> None:
        encoder.references[id(item)] = encoder.next_reference()
        write_kind(encoder, type(item))
        if content is not None:
            content(encoder, item)
        if _is_finalized(item):  # `__del__`, which brought it back to life, does not run a second time
            encoder.tokens.append("finalized")
        state = None if dictionary is None else dictionary(item)
        if selective and encoder.scope is not None:
            _write_attributes(encoder, item, members, state, encoder.scope.select_attributes)
        else:
            _write_attributes(encoder, item, members, state)

    return encode


def _getters(*members: types.MemberDescriptorType) -> tuple[Callable[[object], object], ...]:
    return tuple(each.__get__ for each in members)


def _write_attributes(
    encoder: Encoder,
    item: object,
    members: tuple[Callable[[object], object], ...],
    state: dict[str, object] | None,
    select: Callable[[dict[str, object] | None], dict[str, object] | None] | None = None,
) -> None:
    """Write the values in slots, and all or selected attributes; their dictionary may be shared with others."""
    missing = 0  # a bit for each unset member
    for value_of in members:
        missing <<= 1
        try:
            encoder.add(value_of(item))
        except AttributeError:
            missing += 1
    encoder.tokens.append(missing)
    if state is not None and encoder.is_known(state):
        return
    if select is not None:
        state = select(state)
    if not state:
        encoder.tokens.append(0)
        return
    encoder.add_pairs(list(dict.items(state)))


def _explained_base(kind: type) -> type | None:
    """Return the nearest built-in base class, if the classes above only add slots, dictionaries and weak references."""
    while kind is not object and not any(kind is each for each in CONTENTS):
        base = base_of(kind)
        if base is None or not is_written(kind):
            return None
        held = namespace(kind)
        declared = sum(type(value) is types.MemberDescriptorType for value in held.values())
        extra = sum(name in held for name in ("__dict__", "__weakref__"))
        words = (size_of(kind) - size_of(base)) // _WORD
        if not declared <= words <= declared + extra:
            return None
        kind = base
    return kind


LEARNERS += [_learn_displayed, _learn_declared, _learn_exception, _learn_instance]
