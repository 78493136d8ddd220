"""Operations on the values of the modelled program: comparisons, iteration, entries, and their descriptions.

Whatever Python leaves open (the order of a set, whether two equal numbers are one object) is outside of the subset.
"""

from __future__ import annotations

import asyncio
import operator
from types import GeneratorType
from typing import TYPE_CHECKING

from treadle_models.algebra import Formula, Linear, either
from treadle_models.machine.actor import ActorFrame, EndedFrame
from treadle_models.machine.code import TYPE_OF, Builtin, ClassCode, Code, ErrorClass, Foreign, Opaque, Value
from treadle_models.machine.things import (
    Bound,
    Closure,
    Error,
    Frame,
    Future,
    Instance,
    OutsideError,
    Sequence,
    Table,
    Task,
    Thing,
    Thrown,
    Timer,
    View,
    Walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle_models.machine.interpreter import Interpreter


def outside(what: str) -> OutsideError:
    """Make the error about something that is not modelled; its place is added later."""
    return OutsideError(f"not modelled: {what}")


def told(value: Value) -> str:
    """Return a description of a value."""
    found = next((text(value) for kinds, text in _TOLD if isinstance(value, kinds)), None)
    return repr(value) if found is None else found


_TOLD: tuple[tuple[type | tuple[type, ...], Callable[[Value], str]], ...] = (
    (Task, lambda _: "a task"),
    (Future, lambda _: "a future"),
    (Instance, lambda value: f"an object of {value.kind.name}"),
    (Error, lambda value: f"an exception ({value.kind.name})"),
    (Sequence, lambda value: f"a {value.kind}"),
    (Table, lambda _: "a table"),
    ((Frame, ActorFrame, EndedFrame), lambda _: "a coroutine"),
    (Linear, lambda _: "a count"),
    (Bound, lambda value: f"the method {value.code.name}"),
    (Closure, lambda value: f"the function {value.code.name}"),
    (Code, lambda value: f"the function {value.name}"),
    (ClassCode, lambda value: f"the class {value.name}"),
    (View, lambda value: f"the {value.what} of a table"),
    (Timer, lambda _: "a timer"),
)


def callable_code(target: Value) -> bool:
    """Say whether this is a function of the program or of the modelled library."""
    return isinstance(target, (Code, Builtin, Closure))


# Comparisons


def _simple(value: Value) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, bytes, Linear, Formula))


def equal(left: Value, right: Value) -> Value:
    """Compare with `==`: things are equal only to themselves, because no class of the program defines equality."""
    for each in (left, right):
        if isinstance(each, (Opaque, Bound, Sequence, Table)):
            what = f"a comparison with {told(each)}"
            raise outside(what)
    if _simple(left) and _simple(right):
        return left == right
    if isinstance(left, tuple) or isinstance(right, tuple):
        what = "a comparison of tuples"
        raise outside(what)
    return left is right


def identical(left: Value, right: Value) -> bool:
    """Compare with `is`: certain for None, booleans and things; for numbers and texts Python promises nothing."""
    singles = (None, True, False)
    if any(left is each or right is each for each in singles):
        if isinstance(left, Formula) or isinstance(right, Formula):
            what = "the identity of a comparison"
            raise outside(what)
        return left is right
    for each in (left, right):
        certain = isinstance(each, (Thing, ErrorClass, Opaque, ClassCode)) or callable_code(each)
        if not certain or each is TYPE_OF:
            what = f"the identity of {told(each)}"
            raise outside(what)
        if isinstance(each, Error) and left is not right and each.is_a("CancelledError"):
            what = "the identity of two cancellations"
            raise outside(what)
    return left is right


def is_same_key(one: Value, other: Value) -> bool:
    """Say whether two keys of a table, or members of a set, are the same.

    They are constants and things, which do not define equality.
    """
    for each in (one, other):
        if not isinstance(each, (str, int, bool, type(None), Thing)) or isinstance(each, (Sequence, Table, View)):
            what = f"{told(each)} as a key of a table or a member of a set"
            raise outside(what)
    return equal(one, other) is True


def contains(things: Value, one: Value) -> Value:
    """Evaluate `in`; whether a count is one of several may be open."""
    if isinstance(things, str) and isinstance(one, str):
        return one in things
    found: Value = False
    for each in members(things):
        found = either(found, one is each or equal(each, one))
        if found is True:
            return True
    return found


COMPARISONS: dict[str, Callable[[Value, Value], Value]] = {
    "Is": identical,
    "IsNot": lambda left, right: not identical(left, right),
    "Eq": equal,
    "NotEq": lambda left, right: _negated(equal(left, right)),
    "Lt": operator.lt,
    "LtE": operator.le,
    "Gt": operator.gt,
    "GtE": operator.ge,
    "In": lambda left, right: contains(right, left),
    "NotIn": lambda left, right: _negated(contains(right, left)),
}


def _negated(same: Value) -> Value:
    return ~same if isinstance(same, Formula) else not same


# Iteration


def members(things: Value) -> list[Value]:
    """Return the members of a list, a set, a tuple, or the keys of a table, at this moment."""
    if isinstance(things, Sequence):
        return list(things.items)
    if isinstance(things, Table):
        return [key for key, _ in things.pairs]
    if isinstance(things, View):
        return [pair if things.what == "items" else pair[things.what == "values"] for pair in things.table.pairs]
    if type(things) is GeneratorType:
        return list(things)
    if type(things) is tuple:
        return list(things)
    what = f"to iterate over {told(things)}"
    raise outside(what)


def in_order(things: Value) -> list[Value]:
    """Return the members in the order of an iteration, which Python does not promise for a set of several."""
    found = members(things)
    if isinstance(things, Sequence) and things.kind == "set" and len(found) > 1:
        what = "the order of a set with several members"
        raise outside(what)
    return found


def walk(things: Value, *, is_library: bool) -> Walk:
    """Begin an iteration."""
    found = members(things) if is_library else in_order(things)
    return Walk(things, len(found))


def goes_on(machine: Interpreter, walk: Walk) -> bool:
    """Say whether an iteration has more members: a list is read again each time; a change of others is an error."""
    found = members(walk.over)
    is_list = isinstance(walk.over, Sequence) and walk.over.kind == "list"
    if not is_list and len(found) != walk.size:
        raise Thrown(machine.error("RuntimeError"))
    return walk.place < len(found)


def take(walk: Walk) -> Value:
    """Return the next member."""
    found = members(walk.over)[walk.place]
    walk.place += 1
    return found


def get_item(owner: Value, key: Value) -> Value:
    """Read an entry of a list, a tuple or a table."""
    if isinstance(owner, Table):
        found = [value for known, value in owner.pairs if is_same_key(known, key)]
        if found:
            return found[0]
    elif type(key) is int and (type(owner) is tuple or (isinstance(owner, Sequence) and owner.kind == "list")):
        every = members(owner)
        if -len(every) <= key < len(every):
            return every[key]
    what = f"the entry {key!r} of {told(owner)}"
    raise outside(what)


def set_item(owner: Value, key: Value, value: Value) -> None:
    """Write an entry of a table."""
    if not isinstance(owner, Table):
        what = f"an assignment to an entry of {told(owner)}"
        raise outside(what)
    for place, (known, _) in enumerate(owner.pairs):
        if is_same_key(known, key):
            owner.pairs[place] = known, value
            return
    is_same_key(key, key)
    owner.pairs.append((key, value))


def delete_item(owner: Value, key: Value) -> None:
    """Delete an entry of a table."""
    kept = [(known, value) for known, value in owner.pairs if not is_same_key(known, key)]
    if len(kept) == len(owner.pairs):
        what = f"the entry {key!r} of a table that has none"
        raise outside(what)
    owner.pairs = kept


def unpack(value: Value, count: int) -> list[Value]:
    """Unpack a tuple or a list to so many targets."""
    found = in_order(value)
    if len(found) != count:
        what = f"to unpack {len(found)} values into {count}"
        raise outside(what)
    return found


def is_instance(value: Value, kind: Value) -> bool:
    """Evaluate `isinstance`."""
    if type(kind) is tuple:
        return any(is_instance(value, each) for each in kind)
    if isinstance(kind, ErrorClass):
        return isinstance(value, Error) and value.is_a(kind.key)
    if isinstance(kind, ClassCode) and kind.public is None and not kind.is_abstract:
        return isinstance(value, Instance) and (value.kind is kind or kind in value.kind.above)
    if kind is FUTURE_TYPE or kind is TASK_TYPE:
        return isinstance(value, Task if kind is TASK_TYPE else Future)
    if isinstance(kind, Foreign):
        return _is_of_foreign(value, kind.real)
    what = f"isinstance with {told(kind)}"
    raise outside(what)


def _is_of_foreign(value: Value, real: type) -> bool:
    """Evaluate it for a value with a real class in Python; the answer of a protocol depends on more than that."""
    if not getattr(real, "_is_protocol", False):
        if value is None or type(value) in (bool, int, float, str, bytes):
            return isinstance(value, real)
        for kind, made in _MADE:
            if isinstance(value, kind):
                return issubclass(made, real)
        if isinstance(value, Sequence):
            return issubclass(set if value.kind == "set" else list, real)
    what = f"isinstance of {told(value)} and {Foreign(real)}"
    raise outside(what)


_MADE: tuple[tuple[type, type], ...] = ((Task, asyncio.Task), (Future, asyncio.Future), (tuple, tuple), (Table, dict))

FUTURE_TYPE, TASK_TYPE = Opaque("asyncio.Future", truth=True), Opaque("asyncio.Task", truth=True)


def is_subclass(kind: Value, above: Value) -> bool:
    """Evaluate `issubclass` for exceptions."""
    if type(above) is tuple:
        return any(is_subclass(kind, each) for each in above)
    if isinstance(kind, ErrorClass) and isinstance(above, ErrorClass):
        return above.key in kind.names
    what = f"issubclass of {told(kind)} and {told(above)}"
    raise outside(what)
