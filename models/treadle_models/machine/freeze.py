"""States as data: a world of things is written as one tuple that compares and hashes, and is built again from it.

Things are numbered in the order in which they are reached from the root, and a reference is written as that number.
What cannot be reached is not written: garbage makes no difference between states. Counters are apart from all else
(a `Linear`): of each only its place is written, and its value goes into a list of its own, so that states which differ
in counters alone have one *shape*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle_models.algebra import Linear
from treadle_models.machine.things import Bound, Callback, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

Shape = tuple[Any, ...]


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
    """Writes values, and puts the things that they refer to on the list."""

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
        return value  # a constant: an automaton, a class, a function of the machine's


def freeze(root: Thing) -> tuple[Shape, tuple[Linear, ...]]:
    """Return the shape of all that can be reached from the root, and the counters in the order of their places."""
    writer = _Writer()
    write = writer.write
    write(root)
    rows: list[Any] = []
    for thing in writer.things:  # grows as it is read
        kind = type(thing)
        values = vars(thing)
        rows.append(
            (
                kind,
                *[
                    value if type(value) in _ATOMS else write(value)
                    for value in [values[field] for field in kind.FIELDS]
                ],
            )
        )
    return tuple(rows), tuple(writer.counters)


def reachable(root: Thing) -> set[int]:
    """Return the identities of all things that can be reached from the root."""
    writer = _Writer()
    writer.write(root)
    for thing in writer.things:  # grows as it is read
        for field in type(thing).FIELDS:
            writer.write(getattr(thing, field))
    return set(writer.numbers)


def thaw(shape: Shape, counters: Sequence[Any]) -> Any:  # noqa: C901 - one case for each kind of value
    """Build a world again; return its root. `counters` are put into the places, in order."""
    things = [row[0].__new__(row[0]) for row in shape]
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

    for thing, row in zip(things, shape, strict=True):
        values = [value if type(value) in _ATOMS else read(value) for value in row[1:]]
        vars(thing).update(zip(row[0].FIELDS, values, strict=True))
    return things[0]
