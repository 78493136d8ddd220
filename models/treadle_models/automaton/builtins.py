"""The built-in functions of the modelled program, and the intrinsics of the modelled library.

`namespace` holds the functions that the sources of the modelled library import from `intrinsics`: the interface between
asyncio's own Python code, which is compiled like a candidate, and the machine.
"""

from __future__ import annotations

from functools import cache
from types import GeneratorType
from typing import TYPE_CHECKING

from treadle_models.automaton.methods import get_attribute, is_public
from treadle_models.automaton.values import in_order, is_instance, is_subclass, members, outside, told
from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.code import ERRORS, LOOP, TEXT, TYPE_OF, Builtin, Value
from treadle_models.machine.interpreter import BARE
from treadle_models.machine.things import Advance, Error, Frame, Future, Sequence, Thrown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treadle_models.machine.interpreter import Interpreter


def _getattr(machine: Interpreter, owner: Value, name: Value, /, *default: Value) -> Value:
    if type(name) is not str or not is_public(owner, name) or len(default) > 1:
        what = f"getattr of {told(owner)} and {name!r}"
        raise outside(what)
    try:
        return get_attribute(machine, owner, name)
    except Thrown:
        if default:
            return default[0]
        raise


def _hasattr(machine: Interpreter, owner: Value, name: Value, /) -> bool:
    missing = object()
    return _getattr(machine, owner, name, missing) is not missing


def _through(things: Value) -> Iterable[Value]:
    """Return an iterable that is only read as far as needed."""
    return things if isinstance(things, GeneratorType) else members(things)


def _listed(_machine: Interpreter, things: Value = (), /) -> Sequence:
    return Sequence(in_order(things))


def _set_of(_machine: Interpreter, things: Value = (), /) -> Sequence:
    return Sequence(distinct(members(things)), "set")


def distinct(things: list[Value]) -> list[Value]:
    """Return each member once; other members of sets are outside of the subset."""
    found: list[Value] = []
    for each in things:
        if not isinstance(each, (Future, Frame)):
            what = f"a set with {told(each)} in it"
            raise outside(what)
        if not any(each is one for one in found):
            found.append(each)
    return found


BUILTINS: dict[str, Value] = {
    "getattr": Builtin("getattr", _getattr),
    "hasattr": Builtin("hasattr", _hasattr),
    "isinstance": Builtin("isinstance", lambda _m, value, kind, /: is_instance(value, kind)),
    "issubclass": Builtin("issubclass", lambda _m, kind, above, /: is_subclass(kind, above)),
    "len": Builtin("len", lambda _m, things, /: len(members(things))),
    "bool": Builtin("bool", lambda m, value, /: m.truth(value)),
    "any": Builtin("any", lambda m, things, /: any(m.truth(each) for each in _through(things))),
    "all": Builtin("all", lambda m, things, /: all(m.truth(each) for each in _through(things))),
    "type": Builtin("type", lambda _m, _value, /: TYPE_OF),
    "list": Builtin("list", _listed),
    "tuple": Builtin("tuple", lambda _m, things=(), /: tuple(in_order(things))),
    "set": Builtin("set", _set_of),
    "print": Builtin("print", lambda _m, *_: None),
    "repr": Builtin("repr", lambda _m, _value, /: TEXT),
    "str": Builtin("str", lambda _m, _value, /: TEXT),
}


def _issubclass(_machine: object, kind: Value, above: Value) -> bool:
    return kind is not None and above.key in kind.names


def _group(_machine: object, members: Sequence) -> Error:
    """Make the exception group of a task group; one of `Exception`s only is an `ExceptionGroup`."""
    ordinary = all(each.is_a("Exception") for each in members.items)
    return Error(ERRORS["ExceptionGroup" if ordinary else "BaseExceptionGroup"], tuple(members.items))


@cache
def namespace() -> dict[str, Value]:
    """Return the functions of the module `intrinsics`, for the machine."""
    return {
        "since": Builtin("since", lambda m, major, minor: m.version >= (major, minor)),
        "create_future": Builtin("create_future", lambda _m: Future()),
        "make_task": Builtin("make_task", lambda m, coroutine: m.create_task(coroutine)),
        "call_later": Builtin("call_later", lambda m, delay, target, *rest: m.call_later(delay, target, *rest)),
        "call_soon": Builtin("call_soon", lambda m, target: m.call_at_once(target)),
        "current_task": Builtin("current_task", lambda m: m.current),
        "is_coroutine": Builtin("is_coroutine", lambda _m, value: isinstance(value, (Frame, ActorFrame, EndedFrame))),
        "no_group": Builtin("no_group", _no_group),
        "bare_yield": BARE,
        "issubclass_of": Builtin("issubclass_of", _issubclass),
        "is_future": Builtin("is_future", lambda _m, value: isinstance(value, Future)),
        "group_of": Builtin("group_of", _group),
        "gathering_future": Builtin("gathering_future", _gathering),
        "advance": Builtin("advance", lambda _m, generator, error: Advance(generator, error)),
        "is_the_same_error": Builtin("is_the_same_error", _is_the_same),
        "refuse": Builtin("refuse", _refuse),
        "cancelled_error": Builtin("cancelled_error", lambda m, future: m.cancelled_error(future)),
        "cancel_requested": Builtin("cancel_requested", lambda _m, future: future.asked),
        "wait_as_dependency": Builtin("wait_as_dependency", lambda m: m.wait_as_dependency()),
        "first_controller": Builtin("first_controller", lambda m: m.world.calls[0].task),
        "enter_first": Builtin("enter_first", lambda m, number: m.enter_first(number)),
        "come_again": Builtin("come_again", lambda m, number: m.come_again(number)),
        "is_again": Builtin("is_again", lambda m: m.situation.again),
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
        "entering": Builtin("entering", lambda m, flag: setattr(m.world, "entering", flag)),
        "set_dependency": Builtin("set_dependency", lambda m, task: setattr(m.world, "dependency", task)),
        "set_child": Builtin("set_child", lambda m, future: setattr(m.world, "child", future)),
        "add_probe": Builtin("add_probe", lambda m, future: m.world.probes.append(future)),
        "add_pause": Builtin("add_pause", _add_pause),
    }


@cache
def of_asyncio() -> dict[str, dict[str, Value]]:
    """Return the names of asyncio's modules that a function of `asyncio.tasks` needs.

    There is one loop, and everything belongs to it.
    """
    return {
        "events": {"get_running_loop": Builtin("get_running_loop", lambda _m: LOOP)},
        "exceptions": {name: ERRORS[name] for name in ("CancelledError", "InvalidStateError", "TimeoutError")},
        "futures": {
            "isfuture": namespace()["is_future"],
            "_get_loop": Builtin("_get_loop", lambda _m, _future: LOOP),
        },
    }


def _set_cause(machine: Interpreter, number: int) -> None:
    machine.current.cause = number  # type: ignore[union-attr]  # a task runs


def _add_pause(machine: Interpreter, future: Future, first: bool) -> None:  # noqa: FBT001 - called from modelled code
    pauses = machine.world.pauses
    pauses.insert(0 if first else len(pauses), future)


def _gathering(_machine: object, children: Sequence) -> Future:
    future = Future()
    future.children = tuple(children.items)
    return future


def _is_the_same(_machine: object, one: Error, other: Error) -> bool:
    return one is other or (one.is_a("CancelledError") and other.is_a("CancelledError"))


def _refuse(_machine: object, what: str) -> None:
    raise outside(what)


def _no_group(_machine: object, error: Error) -> None:
    if error.is_a("BaseExceptionGroup"):
        what = "an exception group that reaches suppress()"
        raise outside(what)
