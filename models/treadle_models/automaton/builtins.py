"""What the modelled program finds ready: methods of futures and tasks, and the few built-in functions.

`namespace` holds the functions that the sources of the modelled library import from `intrinsics`: the seams between
asyncio's own Python code, which is compiled like a candidate, and the machine.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from treadle_models.machine.actor import ActorFrame
from treadle_models.machine.code import ERRORS, Builtin, ClassCode, Value
from treadle_models.machine.interpreter import BARE
from treadle_models.machine.things import (
    CANCELLED,
    EXCEPTION,
    RESULT,
    Bound,
    Callback,
    Error,
    Frame,
    Future,
    Instance,
    OutsideError,
    Task,
    Thrown,
    Timer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle_models.machine.interpreter import Interpreter

    Method = Callable[..., Value]

FUTURE_METHODS: dict[str, Method] = {
    "cancel": lambda m, f, _msg=None, **_: m.cancel(f),
    "cancelled": lambda _m, f: f.state == CANCELLED,
    "done": lambda _m, f: f.done,
    "result": lambda m, f: m.result(f),
    "exception": lambda m, f: m.exception(f),
    "set_result": lambda m, f, value: m.end(f, RESULT, value),
    "set_exception": lambda m, f, error: m.end(f, EXCEPTION, m.as_error(error)),
    "add_done_callback": lambda m, f, target: m.add_callback(f, Callback("call", target, (), m.running_cause())),
    "remove_done_callback": lambda m, f, target: m.remove_callback(f, target),
}
TASK_METHODS: dict[str, Method] = FUTURE_METHODS | {
    "cancelling": lambda _m, t: t.count,
    "uncancel": lambda m, t: m.uncancel(t),
    "get_name": lambda _m, _t: "task",
}
TABLE_METHODS: dict[str, Method] = {
    "get": lambda _m, table, key, default=None: table.get(key, default),
}
LIST_METHODS: dict[str, Method] = {
    "append": lambda _m, things, one: things.append(one),
    "discard": lambda _m, things, one: things.remove(one) if one in things else None,
}


def _methods(owner: Value) -> dict[str, Method]:
    if isinstance(owner, Task):
        return TASK_METHODS
    if isinstance(owner, Future):
        return FUTURE_METHODS
    if isinstance(owner, Timer):
        return {"cancel": lambda m, timer: m.cancel_timer(timer)}
    if isinstance(owner, (Frame, ActorFrame)):
        return {"close": lambda _m, _coroutine: None}  # it has not started, and what nobody refers to is gone
    if isinstance(owner, dict):
        return TABLE_METHODS
    return LIST_METHODS if isinstance(owner, list) else {}


def call_method(
    machine: Interpreter, owner: Value, name: str, arguments: tuple[Value, ...], named: dict[str, Value] | None = None
) -> Value:
    """Call a method of an object of the modelled program."""
    method = _methods(owner).get(name)
    if method is not None:
        return method(machine, owner, *arguments, **(named or {}))
    return machine.call(get_attribute(machine, owner, name), arguments, named)


def get_attribute(machine: Interpreter, owner: Value, name: str) -> Value:
    """Read an attribute; raise `AttributeError` in the modelled program where an object has none of that name."""
    if isinstance(owner, Instance):
        if name in owner.attributes:
            return owner.attributes[name]
        if name in owner.kind.methods:
            return Bound(owner, owner.kind.methods[name])
        if name in owner.kind.values:
            return owner.kind.values[name]
        raise Thrown(machine.error("AttributeError"))
    if isinstance(owner, ClassCode) and name in owner.values:
        return owner.values[name]
    method = _methods(owner).get(name)
    if method is not None:
        return Builtin(name, lambda m, *arguments: method(m, owner, *arguments))
    if isinstance(owner, Future):
        raise Thrown(machine.error("AttributeError"))  # a plain future has no `cancelling`
    message = f"the machine does not know the attribute {name!r} of {owner!r}"
    raise OutsideError(message)


BUILTINS: dict[str, Value] = {
    "getattr": Builtin("getattr", get_attribute),
    "len": Builtin("len", lambda _m, things: len(list(things))),
    "bool": Builtin("bool", lambda m, value: m.truth(value)),
    "list": Builtin("list", lambda _m, things=(): list(things)),
    "set": Builtin("set", lambda _m, things=(): list(things)),
    "print": Builtin("print", lambda _m, *_: None),
}


def _issubclass(_machine: object, kind: Value, above: Value) -> bool:
    return kind is not None and above.name in kind.names


def _group(_machine: object, members: list[Error]) -> Error:
    """Make the exception group of a task group; one of `Exception`s is an `ExceptionGroup`."""
    ordinary = all(each.is_a("Exception") for each in members)
    return Error(ERRORS["ExceptionGroup" if ordinary else "BaseExceptionGroup"], tuple(members))


@cache
def namespace() -> dict[str, Value]:
    """Return what the module `intrinsics` means to the machine."""
    return {
        "since": Builtin("since", lambda m, major, minor: m.version >= (major, minor)),
        "create_future": Builtin("create_future", lambda _m: Future()),
        "create_task": Builtin("create_task", lambda m, coroutine: m.create_task(coroutine)),
        "call_later": Builtin("call_later", lambda m, delay, target, *rest: m.call_later(delay, target, *rest)),
        "current_task": Builtin("current_task", lambda m: m.current),
        "bare_yield": BARE,
        "issubclass_of": Builtin("issubclass_of", _issubclass),
        "is_future": Builtin("is_future", lambda _m, value: isinstance(value, Future)),
        "group_of": Builtin("group_of", _group),
        "gathering_future": Builtin("gathering_future", _gathering),
        "cancel_requested": Builtin("cancel_requested", lambda _m, future: future.asked),
        "enter": Builtin("enter", lambda m, number: m.enter(number)),
        "leave": Builtin("leave", lambda m, number, how, error: m.leave(number, how, error)),
        "redelivered": Builtin("redelivered", lambda m, number: m.redelivered(number)),
        "scope_over": Builtin("scope_over", lambda m, number, error: m.scope_over(number, error)),
        "target": Builtin("target", lambda m: m.target),
        "is_owner": Builtin("is_owner", lambda m: m.owner),
        "is_cleanup": Builtin("is_cleanup", lambda m: bool(m.situation.count)),
        "is_unstarted": Builtin("is_unstarted", lambda m: m.situation.dependency == "unstarted"),
        "has_scope": Builtin("has_scope", lambda m: bool(m.situation.scope)),
        "is_timeout": Builtin("is_timeout", lambda m: m.situation.scope == "timeout"),
        "is_nested": Builtin("is_nested", lambda m: m.situation.dependency == "nested"),
        "life": Builtin("life", lambda m: m.life()),
        "nested_life": Builtin("nested_life", lambda m: m.call(m.roles["nested"], ())),
        "set_cause": Builtin("set_cause", _set_cause),
        "entering": Builtin("entering", lambda m, flag: setattr(m, "entering", flag)),
        "set_dependency": Builtin("set_dependency", lambda m, task: setattr(m.world, "dependency", task)),
        "set_child": Builtin("set_child", lambda m, future: setattr(m.world, "child", future)),
        "add_probe": Builtin("add_probe", lambda m, future: m.world.probes.append(future)),
        "add_pause": Builtin("add_pause", _add_pause),
    }


@cache
def of_asyncio() -> dict[str, dict[str, Value]]:
    """Return what the modules of asyncio mean to one another, as far as a function of `asyncio.tasks` needs them.

    There is one loop, and everything belongs to it; it is a name that can be compared and has no methods.
    """
    loop = "the loop"
    return {
        "events": {"get_running_loop": Builtin("get_running_loop", lambda _m: loop)},
        "exceptions": {name: ERRORS[name] for name in ("CancelledError", "InvalidStateError", "TimeoutError")},
        "futures": {
            "isfuture": namespace()["is_future"],
            "_get_loop": Builtin("_get_loop", lambda _m, _future: loop),
        },
    }


def _set_cause(machine: Interpreter, number: int) -> None:
    machine.current.cause = number  # type: ignore[union-attr]  # a task runs


def _add_pause(machine: Interpreter, future: Future, first: bool) -> None:  # noqa: FBT001 - called from modelled code
    pauses = machine.world.pauses
    pauses.insert(0 if first else len(pauses), future)


def _gathering(_machine: object, children: list[Future]) -> Future:
    future = Future()
    future.children = tuple(children)
    return future
