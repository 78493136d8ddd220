"""Tasks, futures, contexts and callbacks of the loop, read through private names of asyncio.

C tasks and pure-Python tasks have the same names except for two things: the context, and the error that a cancelled
future raises.
"""

from __future__ import annotations

import asyncio
import decimal
import functools
import gc
import struct
from contextvars import Context, ContextVar, Token
from operator import attrgetter
from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, getweakrefs, ref

from treadle.fingerprint.attributes import MAY_STAND_INSIDE, attributes_inside
from treadle.fingerprint.classes import class_token, write_kind
from treadle.fingerprint.containers import CONTENTS
from treadle.fingerprint.encoder import LEARNERS, OpaqueError, plain, rule
from treadle.fingerprint.layout import all_memory
from treadle.fingerprint.looking import (
    attributes_of,
    describe_type,
    dict_getter,
    is_kind_of,
    is_trusted,
    is_written,
    module_name,
    mro,
    name_of,
    namespace,
    slot_values,
    slots,
)
from treadle.fingerprint.origin import Origin, origin
from treadle.fingerprint.stack import WORD
from treadle.loop.handles import DebugHandle, Handle, TimerHandle, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import MemberDescriptorType

    from treadle.fingerprint.encoder import Encoder, Rule

_PY_FUTURE: type = asyncio.futures._PyFuture  # type: ignore[attr-defined]
_PY_TASK: type = asyncio.tasks._PyTask  # type: ignore[attr-defined]
_C_FUTURE: type = asyncio.Future
_C_TASK: type = asyncio.Task
_FUTURES: tuple[type, ...] = (_C_FUTURE, _PY_FUTURE)
_TASKS: tuple[type[object], ...] = (_C_TASK, _PY_TASK)

_PENDING, _CANCELLED = "PENDING", "CANCELLED"

_OF_FUTURE = ("_state", "_log_traceback", "_asyncio_future_blocking", "_callbacks")
_OF_ENDED = ("_result", "_exception", "_cancel_message")
_OF_TASK = ("_must_cancel", "_cancel_message", "_fut_waiter", "_coro")


def _getters(kind: type, names: tuple[str, ...]) -> Callable[[object], Any]:
    """Return a function that reads these attributes: directly, or bypassing a subclass that may hide them."""
    if all(not is_written(each) or is_trusted(each) for each in mro(kind)):
        return attrgetter(*names)
    if issubclass(kind, _PY_FUTURE):
        return lambda item: tuple(_pure_attribute(item, name) for name in names)
    base = _C_TASK if issubclass(kind, _C_TASK) else _C_FUTURE
    getters = [_found(base, name).__get__ for name in names]
    return lambda item: tuple(getter(item) for getter in getters)


def _found(kind: type, name: str) -> Any:
    return next(namespace(each)[name] for each in mro(kind) if name in namespace(each))


def _pure_attribute(item: object, name: str) -> Any:
    own = _dict_of_pure(item)
    if name == "_log_traceback":
        return own.get("_Future__log_traceback", False)
    if name in own:
        return own[name]
    return _found(_PY_TASK, name)


_dict_of_pure = dict_getter(_PY_TASK) or dict_getter(_PY_FUTURE)


def _way_to_count(kind: type) -> Any:
    """Return how a class of Treadle counts requests, which may leave an unread number out of the state; or None."""
    own_ways = (namespace(each).get("fingerprint_requests") for each in mro(kind) if is_trusted(each))
    return next(filter(None, own_ways), None)


def _learn_future(kind: type) -> Rule | None:
    if not issubclass(kind, _FUTURES):
        return None
    is_pure, is_task = issubclass(kind, _PY_FUTURE), issubclass(kind, _TASKS)
    of_future, of_ended = _getters(kind, _OF_FUTURE), _getters(kind, _OF_ENDED)
    of_task = _getters(kind, _OF_TASK) if is_task else of_future
    base: Any = (_PY_TASK if is_pure else _C_TASK) if is_task else kind
    named: Any = base.get_name if is_task else None
    # Treadle names the tasks of an execution, so these names are meaningful; asyncio's numbers go on counting across
    # executions.
    is_named = module_name(kind).startswith("treadle.") or hasattr(type(kind), "stands_for")
    token_of_name = _any_name if is_named or "stands_for" in namespace(kind) else _given_name
    requests: Callable[[Any], int | None] = _way_to_count(kind) or (base.cancelling if is_task else int)
    token = class_token(kind)
    own_slots = [each for each in slots(kind) if not is_trusted(each.__objclass__)]
    own_attribute = namespace(kind).get("fingerprint_ignores") if is_trusted(kind) else None
    trusted = is_trusted(kind)  # its own class attributes are Treadle's or asyncio's

    def encode(encoder: Encoder, item: asyncio.Future[object]) -> None:  # everything that a future holds, in one place
        encoder.references[id(item)] = encoder.next_reference()
        tokens = encoder.tokens
        if trusted:
            tokens.append(token)
        else:
            write_kind(encoder, type(item))
        state, reported, blocking, callbacks = of_future(item)
        items = [part for pair in callbacks for part in pair] if callbacks else []  # the callback and its context
        result = message = None
        if reported:
            encoder.unheard.append(ref(item))
        if state != _PENDING:
            result, error, message = of_ended(item)
            items += (result, error, message)
        if is_task:
            must_cancel, message, waits_for, coroutine = of_task(item)
            name = named(item)
            tokens += (must_cancel, requests(item), token_of_name(name))
            items += (name if type(name) is not str else None, message, waits_for, coroutine)
        hidden: list[object]
        attributes: dict[str, object] | None
        if is_pure:
            hidden, attributes = _hidden_of_pure(item)
        else:
            hidden, attributes = _hidden_of_c(item, result, message, is_task=is_task, cancelled=state == _CANCELLED)
            attributes = _without(own_attribute, attributes)
        items += hidden
        if attributes or own_slots:
            items += _of_the_program(item, attributes, own_slots)
        tokens += (state, reported, blocking, len(callbacks) if callbacks else 0, len(items))
        encoder.add_all(items)

    return encode


LEARNERS.append(_learn_future)


def _of_the_program(
    item: object, attributes: dict[str, object] | None, own_slots: Iterable[MemberDescriptorType]
) -> Iterator[object]:
    """Yield the attributes that the program has set on a future, and the values in slots of its class."""
    for attribute in attributes or ():
        if attribute not in _OF_PURE:
            yield attribute
            yield attributes[attribute]  # type: ignore[index]
    yield from slot_values(own_slots, item)


def _any_name(name: object) -> str | None:
    """Return the name of a task, or None if it is of a class of the program's own."""
    return name if type(name) is str else None


def _given_name(name: object) -> str | None:
    """Do the same, but return None also for asyncio's numbered names, which go on counting across executions."""
    return None if type(name) is not str or (name[:5] == "Task-" and name[5:].isdecimal()) else name


# The attributes of pure-Python tasks and futures that are written separately, or have no effect on what follows.
_OF_PURE = frozenset(
    (
        *("_state", "_result", "_exception", "_loop", "_exception_tb", "_source_traceback"),
        *("_cancel_message", "_cancelled_exc"),
        *("_asyncio_future_blocking", "_log_destroy_pending", "_callbacks", "_Future__log_traceback"),
        *("_name", "_num_cancels_requested", "_must_cancel", "_fut_waiter", "_coro", "_context"),
    )
)


def _hidden_of_pure(item: object) -> tuple[list[object], dict[str, object]]:
    attributes = _dict_of_pure(item)
    return [attributes.get("_context"), attributes.get("_cancelled_exc")], attributes


def _without(own: str | None, attributes: dict[str, object] | None) -> dict[str, object] | None:
    """Return attributes, or None if there is only Treadle's own; comparing names could call methods of the program."""
    only_own = own and attributes and len(attributes) == 1 and next(iter(attributes)) is own
    return None if only_own else attributes


def _hidden_of_c(
    item: object, result: object, message: object, *, is_task: bool, cancelled: bool
) -> tuple[list[object], Any]:
    """Return what C code shows only to the collector: a task's context, a future's cancelled error, its dictionary."""
    held = gc.get_referents(item)
    hidden: list[object] = []
    attributes: Any = None
    for each in held:
        kind = type(each)
        if kind is dict:
            if each is not result and each is not message:
                attributes = each  # the last one
        elif kind is Context and is_task and not hidden:  # a task's own comes before those of its callbacks
            hidden.append(each)
    if cancelled:
        hidden.append(_error_among(held, result))
    if attributes is None and MAY_STAND_INSIDE:
        attributes = attributes_inside(item)
    return hidden, attributes


def _error_among(held: list[object], result: object) -> object:
    """Return the error that a cancelled future raises, or None; it comes last."""
    errors = [each for each in held if issubclass(type(each), asyncio.CancelledError) and each is not result]
    return errors[-1] if errors else None


_UNSET = object()
_AFTERWARDS = "afterwards"


@rule(Context)
def _values(encoder: Encoder, item: Context) -> None:
    ambient = encoder.ambient
    own = [pair for pair in item.items() if ambient.get(pair[0], _UNSET) is not pair[1] or can_change(pair[1])]
    if len(own) > 1:
        own.sort(key=lambda pair: pair[0].name)  # contexts iterate in the order of addresses
        if len({variable.name for variable, _ in own}) < len(own):
            references = encoder.references
            if any(id(variable) not in references for variable, _ in own):
                _wait_for_numbers(encoder, item, own)
                return
            own.sort(key=lambda pair: (pair[0].name, references[id(pair[0])].number))
    encoder.references[id(item)] = encoder.next_reference()
    encoder.tokens += (Context, len(own))
    for pair in own:
        encoder.add_all(pair)


def can_change(value: object) -> bool:
    """Say whether a value that existed before the start is written, because it can change without naming a variable."""
    return type(value) is decimal.Context


def _wait_for_numbers(encoder: Encoder, item: Context, own: list[tuple[ContextVar[object], object]]) -> None:
    """Write a context after everything added so far, which may number variables that have the same name."""
    if encoder.waiting.get(id(item)) == len(encoder.references):  # and nothing was numbered since
        names = [variable.name for variable, _ in own if id(variable) not in encoder.references]
        message = f"a context with two variables that are both called {names[0]!r}, in an order of their addresses"
        raise OpaqueError(message)
    encoder.waiting[id(item)] = len(encoder.references)
    encoder.tokens.append(_AFTERWARDS)
    encoder.add(item)


@rule(ContextVar)
def _variable(encoder: Encoder, item: ContextVar[object]) -> None:
    """Write a variable with its default, and its value when the program was started, which may be mutable."""
    encoder.number(item)
    encoder.tokens += (ContextVar, item.name)
    encoder.add(encoder.ambient.get(item, None))
    encoder.add_some(each for each in gc.get_referents(item) if each is not item.name)


@rule(Token)
def _token(encoder: Encoder, item: Token[object]) -> None:
    """Write the variable, the value before, the context, and whether the token was used."""
    if not _can_read_tokens():
        message = f"an object of type {type(item).__qualname__}, whose use cannot be read on this interpreter"
        raise OpaqueError(message)
    encoder.number(item)
    encoder.tokens += (Token, _is_used(item))
    encoder.add_some((item.var, item.old_value, *(each for each in gc.get_referents(item) if type(each) is Context)))


rule(type(Token.MISSING))(plain)


def _is_used(item: object) -> int:
    """Read whether a token was used, from the number behind three objects; any other way calls code of the program."""
    found: int = struct.unpack_from("=i", all_memory(), id(item) + object.__basicsize__ + 3 * WORD)[0]
    return found


@functools.cache
def _can_read_tokens() -> bool:
    variable: ContextVar[int] = ContextVar("variable")

    def told() -> tuple[int, int]:
        token = variable.set(1)
        before = _is_used(token)
        variable.reset(token)
        return before, _is_used(token)

    return Token.__basicsize__ == object.__basicsize__ + 4 * WORD and Context().run(told) == (0, 1)


@rule(Handle, DebugHandle)
def _handle(encoder: Encoder, item: Handle) -> None:
    """Write a handle that the program has kept: its place in the queue, or that it has run or was cancelled."""
    encoder.number(item)
    encoder.tokens += (Handle, item._cancelled, None if item._cancelled else place_of(item._loop.ready, item))


@rule(TimerHandle)
def _timer(encoder: Encoder, item: TimerHandle) -> None:
    """Write a timer: its callback if it has not run, and where it waits."""
    encoder.number(item)
    place = place_of(item._loop.ready, item) if item.was_due else None
    when = None if item._cancelled and encoder.since is not None else encoder.told(item._when)
    encoder.tokens += (TimerHandle, item._cancelled, when, item._scheduled, place)
    encoder.add_all(item[:3])


@rule(asyncio.Timeout)
def _timeout(encoder: Encoder, item: asyncio.Timeout) -> None:
    """Write a timeout, with its deadline like that of its timer."""
    encoder.number(item)
    attributes = attributes_of(item).copy()
    when = attributes.get("_when")
    if type(when) is float:
        attributes["_when"] = encoder.told(when)
    encoder.tokens += (asyncio.Timeout, len(attributes))
    for pair in attributes.items():
        encoder.add_all(pair)


@rule(ReferenceType)
def _numbered_reference(encoder: Encoder, item: ReferenceType[object]) -> None:
    encoder.number(item)  # two references whose objects are gone are not equal
    _weak_reference(encoder, item)


def _weak_reference(encoder: Encoder, item: ReferenceType[object]) -> None:
    referent, callback = ReferenceType.__call__(item), _callback_of(item)
    encoder.tokens.append(ReferenceType)
    place = None
    if callback is not None and referent is not None and _is_own(callback):
        asked = [each for each in getweakrefs(referent) if _callback_of(each) is not None]
        place = next(place for place, each in enumerate(asked) if each is item)  # in the order of calls
    encoder.tokens.append(place)
    encoder.add_all((referent, callback))


def _is_own(callback: object) -> bool:
    """Say whether the callback of a weak reference may belong to the program."""
    return type(callback) is not FunctionType or origin(callback.__code__.co_filename) is Origin.OWN


_callback_of: Callable[[ReferenceType[object]], Any] = vars(ReferenceType)["__callback__"].__get__
CONTENTS[ReferenceType] = _weak_reference


def _learn_step(kind: type) -> Rule | None:
    """Return the rule for the callback of a C task's next step, which holds the task and the argument of the step."""
    return _step if not is_written(kind) and name_of(kind) == "TaskStepMethWrapper" else None


def _step(encoder: Encoder, item: object) -> None:
    held = [each for each in gc.get_referents(item) if each is not type(item)]
    if not 1 <= len(held) <= 2 or not is_kind_of(held[0], *_TASKS):  # noqa: PLR2004 - the task, and an exception
        message = f"a step of a task that holds {[describe_type(type(each)) for each in held]}"
        raise OpaqueError(message)
    encoder.tokens += ("step", len(held))
    encoder.add_all(held)


LEARNERS.append(_learn_step)
