"""Methods and attributes of the objects of the modelled program.

An attribute that asyncio's objects have and the machine does not is no `AttributeError`, but outside of the subset:
modelling it as an error would prove something about another program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.automaton.values import callable_code, is_same_key, outside, told
from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.code import LOGGER, LOOP, Builtin, ClassCode, ErrorClass, Opaque, Value
from treadle_models.machine.things import (
    CANCELLED,
    CLOSED,
    EXCEPTION,
    FRESH,
    RESULT,
    Bound,
    Callback,
    Error,
    Frame,
    Future,
    Instance,
    Sequence,
    Table,
    Task,
    Thrown,
    Timer,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle_models.machine.interpreter import Interpreter

    Method = Callable[..., Value]


# Methods


def _set_result(machine: Interpreter, future: Future, value: Value, /) -> None:
    _is_set_by_hand(machine, future)
    machine.end(future, RESULT, value)


def _set_exception(machine: Interpreter, future: Future, error: Value, /) -> None:
    _is_set_by_hand(machine, future)
    if isinstance(error, ErrorClass) and not error.plain:
        what = f"an exception of the class {error.name}"
        raise outside(what)
    if not isinstance(error, (Error, ErrorClass)):
        what = f"set_exception() with {told(error)}"
        raise outside(what)
    machine.end(future, EXCEPTION, machine.as_error(error))


def _is_set_by_hand(machine: Interpreter, future: Future) -> None:
    if isinstance(future, Task):
        raise Thrown(machine.error("RuntimeError"))  # a task has these methods, and refuses


def _add_done_callback(machine: Interpreter, future: Future, target: Value, /) -> None:
    if not isinstance(target, Bound) and not callable_code(target):
        what = f"{told(target)} as a callback"
        raise outside(what)
    machine.add_callback(future, Callback("call", target, (), machine.running_cause()))


def _close(_machine: Interpreter, coroutine: Frame | ActorFrame | EndedFrame, /) -> None:
    """Close a coroutine that has not started; closing one that has is not modelled."""
    if isinstance(coroutine, Frame):
        if coroutine.place not in (FRESH, CLOSED):
            what = "close() of a coroutine that has started"
            raise outside(what)
        coroutine.place = CLOSED
    elif isinstance(coroutine, ActorFrame) and coroutine.act:
        what = "close() of the dependency's coroutine after its start"
        raise outside(what)


FUTURE_METHODS: dict[str, Method] = {
    "cancel": lambda m, f, msg=None: m.cancel(f),  # noqa: ARG005 - no property depends on the message
    "cancelled": lambda _m, f, /: f.state == CANCELLED,
    "done": lambda _m, f, /: f.done,
    "result": lambda m, f, /: m.result(f),
    "exception": lambda m, f, /: m.exception(f),
    "set_result": _set_result,
    "set_exception": _set_exception,
    "add_done_callback": _add_done_callback,
    "remove_done_callback": lambda m, f, target, /: m.remove_callback(f, target),
    "get_loop": lambda _m, _f, /: LOOP,
}
_NAME = Opaque("the name of a task", truth=True)
TASK_METHODS: dict[str, Method] = FUTURE_METHODS | {
    "cancelling": lambda _m, t, /: t.count,
    "uncancel": lambda m, t, /: m.uncancel(t),
    "get_name": lambda _m, _t, /: _NAME,
    "set_name": lambda _m, _t, _name, /: None,
}
_OF_TASKS_ALONE = frozenset({"cancelling", "uncancel", "get_name", "set_name", "get_coro", "get_stack", "get_context"})


def _get(_machine: Interpreter, table: Table, key: Value, default: Value = None, /) -> Value:
    return next((value for known, value in table.pairs if is_same_key(known, key)), default)


def _append(_machine: Interpreter, things: Sequence, one: Value, /) -> None:
    things.items.append(one)


def _add(_machine: Interpreter, things: Sequence, one: Value, /) -> None:
    is_same_key(one, one)  # refuses what may not be a member
    if not any(is_same_key(each, one) for each in things.items):
        things.items.append(one)


def _discard(_machine: Interpreter, things: Sequence, one: Value, /) -> None:
    things.items = [each for each in things.items if not is_same_key(each, one)]


def _clear(_machine: Interpreter, things: Sequence, /) -> None:
    things.items = []


_METHODS: dict[str, dict[str, Method]] = {
    "list": {"append": _append, "clear": _clear},
    "set": {"add": _add, "discard": _discard, "clear": _clear},
}


_TIMER_METHODS: dict[str, Method] = {"cancel": lambda m, timer, /: m.cancel_timer(timer)}
_COROUTINE_METHODS: dict[str, Method] = {"close": _close}
_TABLE_METHODS: dict[str, Method] = {
    "get": _get,
    "items": lambda _m, table, /: View(table, "items"),
    "keys": lambda _m, table, /: View(table, "keys"),
    "values": lambda _m, table, /: View(table, "values"),
}
_LOOP_METHODS: dict[str, Method] = {
    "create_future": lambda _m, _loop, /: Future(),  # noqa: PLW0108 - a method without arguments
    "create_task": lambda m, _loop, coro, *, name=None: m.create_task(coro),  # noqa: ARG005 - names make no difference
}
_LOGGER_METHODS: dict[str, Method] = {
    name: lambda _m, _logger, _text, /, *_values, exc_info=None, stack_info=False, stacklevel=1: None  # noqa: ARG005
    for name in ("debug", "info", "warning", "error", "exception", "critical")
}
_TEXT_METHODS: dict[str, Method] = {
    name: lambda _m, text, /, name=name: getattr(text, name)()
    for name in ("capitalize", "casefold", "lower", "strip", "swapcase", "title", "upper")
}
_builtins: dict[Method, Builtin] = {}


def _builtin(name: str, method: Method) -> Builtin:
    """Return a method as a function of its object, always the same one, so that two references are equal."""
    return _builtins.setdefault(method, Builtin(name, method))


_BY_CLASS: dict[type, dict[str, Method]] = {
    Task: TASK_METHODS,
    Future: FUTURE_METHODS,
    Timer: _TIMER_METHODS,
    Frame: _COROUTINE_METHODS,
    ActorFrame: _COROUTINE_METHODS,
    EndedFrame: _COROUTINE_METHODS,
    Table: _TABLE_METHODS,
    str: _TEXT_METHODS,
}


def _methods(owner: Value) -> dict[str, Method]:
    if isinstance(owner, Opaque):
        return _OF_OPAQUE.get(owner, {})
    return _METHODS[owner.kind] if isinstance(owner, Sequence) else _BY_CLASS.get(type(owner), {})


_OF_OPAQUE: dict[Opaque, dict[str, Method]] = {LOOP: _LOOP_METHODS, LOGGER: _LOGGER_METHODS}

# Attributes


def call_method(
    machine: Interpreter, owner: Value, name: str, arguments: tuple[Value, ...], named: dict[str, Value] | None = None
) -> Value:
    """Call a method of an object of the modelled program."""
    method = _methods(owner).get(name)
    if method is not None:
        return method(machine, owner, *arguments, **(named or {}))
    return machine.call(get_attribute(machine, owner, name), arguments, named)


def get_attribute(machine: Interpreter, owner: Value, name: str) -> Value:
    """Read an attribute; raise `AttributeError` in the modelled program if its object has none of that name."""
    if isinstance(owner, Instance):
        return _of_instance(machine, owner, name)
    if isinstance(owner, ClassCode) and name in owner.static:
        return owner.methods[name]
    if isinstance(owner, ClassCode) and name in owner.values:
        return owner.values[name]
    if name in _methods(owner):
        return Bound(owner, _builtin(name, _methods(owner)[name]))
    if isinstance(owner, Future) and not isinstance(owner, Task) and name in _OF_TASKS_ALONE:
        raise Thrown(machine.error("AttributeError"))  # a plain future has no `cancelling`
    what = f"the attribute {name!r} of {told(owner)}"
    raise outside(what)


def _of_instance(machine: Interpreter, owner: Instance, name: str) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name in owner.kind.static:
        return owner.kind.methods[name]
    if name in owner.kind.methods:
        return Bound(owner, owner.kind.methods[name])
    if name in owner.kind.values:
        return owner.kind.values[name]
    if owner.kind.public is not None or hasattr(object, name):
        what = f"the attribute {name!r} of {told(owner)}"
        raise outside(what)
    raise Thrown(machine.error("AttributeError"))


def is_public(owner: Value, name: str) -> bool:
    """Say whether the program may use a name: of an object of the modelled library, only asyncio's own names."""
    kind = owner.kind if isinstance(owner, Instance) else owner
    return not isinstance(kind, ClassCode) or kind.public is None or name in kind.public
