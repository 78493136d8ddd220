"""States as data: convert a world of things to a tuple that can be compared and hashed, and back.

Things are numbered in the order in which they are reached from the root, and a reference is written as that number.
Unreachable things are not written: garbage makes no difference between states. Counters (each a `Linear`) are separate:
only their places are written, and their values go into another list, so that states that differ only in counters have
the same *shape*.

Most things are the same in many states. So what is written of one thing, a *row*, is stored once and has a number, and
a shape is a tuple of numbers, which is fast to compare and to hash. The numbers depend on what was seen before and mean
nothing outside of this process; nothing is ordered by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle_models.algebra import Formula, Linear
from treadle_models.machine.things import Bound, Callback, OutsideError, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Shape = tuple[int, ...]
Row = tuple[Any, ...]


class Reference(int):
    """The number of a thing."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(other) is Reference and int(self) == int(other)

    __hash__ = int.__hash__


class _Slot:
    """The place of a counter."""

    def __repr__(self) -> str:
        return "#"


class _List(tuple[Any, ...]):
    __slots__ = ()


class _Table(tuple[Any, ...]):
    __slots__ = ()


SLOT = _Slot()
_REFERENCES = [Reference(number) for number in range(256)]
_ATOMS = frozenset({type(None), bool, int, float, str, bytes})


class _Writer:
    """Writes values, and adds the things that they refer to to the list."""

    __slots__ = ("counters", "numbers", "things")

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.numbers: dict[int, Reference] = {}
        self.counters: list[Linear] = []

    def write(self, value: Any) -> Any:  # noqa: C901, PLR0911 - one case for each kind of value
        kind = type(value)
        if kind in _ATOMS:
            return value
        if isinstance(value, Thing):
            number = self.numbers.get(id(value))
            if number is None:
                if len(self.things) >= len(_REFERENCES):
                    message = f"a state of more than {len(_REFERENCES)} things"
                    raise OverflowError(message)
                number = self.numbers[id(value)] = _REFERENCES[len(self.things)]
                self.things.append(value)
            return number
        if kind is Callback:
            return Callback(value[0], self.write(value[1]), tuple(map(self.write, value[2])), value[3])
        if kind is list:
            return _List(map(self.write, value))
        if kind is Linear:
            self.counters.append(value)
            return SLOT
        if kind is dict:
            return _Table((key, self.write(each)) for key, each in value.items())
        if kind is tuple:
            return tuple(map(self.write, value))
        if kind is Bound:
            return Bound(self.write(value.owner), value.code)
        if kind is Formula:
            message = "not modelled: a comparison of counts that is kept"
            raise OutsideError(message)
        return value  # a constant: an automaton, a class, a function of the machine's


class _Plan:
    """How a thing is built from its row: the constants, the values to read, and the places of counters."""

    __slots__ = ("complex", "kind", "row", "simple", "slots")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.kind = row[0]
        fields = list(zip(self.kind.FIELDS, row[1:], strict=True))
        self.simple = {name: value for name, value in fields if type(value) in _ATOMS}
        self.complex = [(name, value) for name, value in fields if type(value) not in _ATOMS]
        self.slots = [name for name, value in self.complex for _ in range(_slots(value))]


def _slots(value: Any) -> int:
    if value is SLOT:
        return 1
    return sum(map(_slots, value)) if isinstance(value, tuple) else 0


_plans: list[_Plan] = []
_numbers: dict[Row, int] = {}


def _number(row: Row) -> int:
    number = _numbers.get(row)
    if number is None:
        number = _numbers[row] = len(_plans)
        _plans.append(_Plan(row))
    return number


def rows(shape: Shape) -> Iterator[Row]:
    """Return an iterator over the row of each thing: its class, and the values of its fields in order."""
    return (_plans[number].row for number in shape)


def slots(shape: Shape) -> Iterator[tuple[Row, list[str]]]:
    """Return an iterator over the rows, each with the field names of its counters, in the order of the counters."""
    return ((_plans[number].row, _plans[number].slots) for number in shape)


def freeze(root: Thing) -> tuple[Shape, tuple[Linear, ...]]:
    """Return the shape of everything reachable from the root, and the counters in the order of their places."""
    writer = _Writer()
    write = writer.write
    write(root)
    numbers: list[int] = []
    for thing in writer.things:  # grows as it is read
        kind = type(thing)
        values = vars(thing)
        row = [value if type(value) in _ATOMS else write(value) for value in [values[field] for field in kind.FIELDS]]
        numbers.append(_number((kind, *row)))
    return tuple(numbers), tuple(writer.counters)


def reachable(root: Thing) -> set[int]:
    """Return the identities of all things reachable from the root."""
    writer = _Writer()
    writer.write(root)
    for thing in writer.things:  # grows as it is read
        for field in type(thing).FIELDS:
            writer.write(getattr(thing, field))
    return set(writer.numbers)


def thaw(shape: Shape, counters: Sequence[Any]) -> Any:  # noqa: C901 - one case for each kind of value
    """Build a world from its shape; return its root. `counters` are put into their places, in order."""
    plans = [_plans[number] for number in shape]
    things = [plan.kind.__new__(plan.kind) for plan in plans]
    rest = iter(counters)

    def read(value: Any) -> Any:  # noqa: PLR0911 - the same
        kind = type(value)
        if kind in _ATOMS:
            return value
        if kind is Reference:
            return things[value]
        if kind is Callback:
            return Callback(value[0], read(value[1]), tuple(map(read, value[2])), value[3])
        if kind is _List:
            return [read(each) for each in value]
        if value is SLOT:
            return next(rest)
        if kind is _Table:
            return {key: read(each) for key, each in value}
        if kind is tuple:
            return tuple(map(read, value))
        if kind is Bound:
            return Bound(read(value.owner), value.code)
        return value

    for thing, plan in zip(things, plans, strict=True):
        fields = thing.__dict__
        fields.update(plan.simple)
        for name, value in plan.complex:
            fields[name] = things[value] if type(value) is Reference else read(value)
    return things[0]
