"""Tasks, futures, contexts and callbacks of the loop, by the names that asyncio keeps private.

C tasks and those in pure Python have the same names for all but two things: the context, and the error that a
cancelled future hands out.
"""

from __future__ import annotations

import asyncio
import gc
from contextvars import Context, ContextVar, Token
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType

from treadle.fingerprint.encoder import LEARNERS, OpaqueError, rule
from treadle.loop.handles import FixedHandle, Handle

if TYPE_CHECKING:
    from treadle.fingerprint.encoder import Encoder, Rule

_PY_FUTURE: type = asyncio.futures._PyFuture  # type: ignore[attr-defined]
_PY_TASK: type = asyncio.tasks._PyTask  # type: ignore[attr-defined]
_FUTURES: tuple[type, ...] = (asyncio.Future, _PY_FUTURE)
_TASKS: tuple[type, ...] = (asyncio.Task, _PY_TASK)

_PENDING, _FINISHED = "PENDING", "FINISHED"
_DEFAULT_NAME = "Task-"

_of_future = attrgetter("_state", "_log_traceback", "_asyncio_future_blocking", "_callbacks")
_of_task = attrgetter("_must_cancel", "_cancel_message", "_fut_waiter", "_coro")


def _learn_future(kind: type) -> Rule | None:
    if not issubclass(kind, _FUTURES):
        return None
    hidden = _hidden_of_pure if issubclass(kind, _PY_FUTURE) else _hidden_of_c
    is_task = issubclass(kind, _TASKS)
    requests = getattr(kind, "fingerprint_requests", getattr(kind, "cancelling", int))  # a class may have its own way

    def encode(encoder: Encoder, item: Any) -> None:
        encoder.number(item)
        tokens = encoder.tokens
        state, reported, blocking, callbacks = _of_future(item)
        context, error, attributes = hidden(item)
        tokens += (kind, state, reported, blocking, len(callbacks) if callbacks else 0)
        if callbacks:
            for each in callbacks:  # the callback and its context
                encoder.add_all(each)
        if state != _PENDING:
            encoder.add_all((item._result, item._exception, error, item._cancel_message))
        if is_task:
            must_cancel, message, waits_for, coroutine = _of_task(item)
            name = item.get_name()
            tokens += (must_cancel, requests(item), None if name.startswith(_DEFAULT_NAME) else name)
            encoder.add_all((message, waits_for, coroutine, context))
        if attributes:
            for attribute, value in attributes.items():
                if attribute not in _OF_PURE:
                    tokens.append(attribute)
                    encoder.add(value)

    return encode


LEARNERS.append(_learn_future)

# The attributes of tasks and futures in pure Python that are written by name, or say nothing about what comes.
_OF_PURE = frozenset(
    (
        *("_state", "_result", "_exception", "_loop", "_exception_tb", "_source_traceback"),
        *("_cancel_message", "_cancelled_exc"),
        *("_asyncio_future_blocking", "_log_destroy_pending", "_callbacks", "_Future__log_traceback"),
        *("_name", "_num_cancels_requested", "_must_cancel", "_fut_waiter", "_coro", "_context"),
    )
)


def _hidden_of_pure(item: Any) -> tuple[Any, Any, dict[str, Any]]:
    attributes = vars(item)
    return attributes.get("_context"), item._cancelled_exc, attributes


def _hidden_of_c(item: Any) -> tuple[Any, Any, Any]:
    """Return what C code shows to the collector only: the task's context, a future's cancelled error, its dictionary.

    A task has its own context before any of its callbacks'; the dictionary comes last.
    """
    context = error = attributes = None
    result = item._result if item._state == _FINISHED and item._exception is None else None
    for each in gc.get_referents(item):
        kind = type(each)
        if kind is Context:
            if context is None:
                context = each
        elif kind is dict:
            if each is not result:
                attributes = each
        elif isinstance(each, asyncio.CancelledError):
            error = each
    return context, error, attributes


_UNSET = object()

_variables: dict[ContextVar[Any], int] = {}
"""Numbers for context variables, in the order in which they were met: contexts hand them out by their addresses."""


def _number_of(variable: ContextVar[Any]) -> int:
    return _variables.setdefault(variable, len(_variables))


@rule(Context)
def _values(encoder: Encoder, item: Context) -> None:
    encoder.number(item)
    if not item:
        encoder.tokens += (Context, 0)
        return
    ambient = encoder.ambient
    own = [(variable, value) for variable, value in item.items() if ambient.get(variable, _UNSET) is not value]
    if len(own) > 1:
        own.sort(key=lambda pair: _number_of(pair[0]))
    encoder.tokens += (Context, len(own))
    for variable, value in own:
        encoder.tokens.append(variable)
        encoder.add(value)


@rule(ContextVar)
def _variable(encoder: Encoder, item: ContextVar[Any]) -> None:
    encoder.tokens.append(item)


@rule(Token)
def _token(encoder: Encoder, item: Token[Any]) -> None:
    encoder.number(item)
    encoder.tokens += (Token, item.var)
    encoder.add(item.old_value if item.old_value is not Token.MISSING else Ellipsis)


@rule(Handle, FixedHandle)
def _handle(encoder: Encoder, item: Handle) -> None:
    """Write a callback that the program has kept: all that matters is which one in the queue it is."""
    place = next((index for index, each in enumerate(item[3] or ()) if each is item), None)
    encoder.tokens += (Handle, place)


@rule(ReferenceType)
def _weak_reference(encoder: Encoder, item: ReferenceType[Any]) -> None:
    encoder.tokens.append(ReferenceType)
    encoder.add(item())


def _learn_step(kind: type) -> Rule | None:
    """Learn the callback of a C task's next step, which holds the task and what the step is given."""
    return _step if kind.__name__ == "TaskStepMethWrapper" else None


def _step(encoder: Encoder, item: Any) -> None:
    held = [each for each in gc.get_referents(item) if each is not type(item)]
    if not 1 <= len(held) <= 2 or not isinstance(held[0], _TASKS):  # noqa: PLR2004 - the task, and an exception
        message = f"a step of a task that holds {held!r}"
        raise OpaqueError(message)
    encoder.tokens += ("step", len(held))
    encoder.add_all(held)


LEARNERS.append(_learn_step)
