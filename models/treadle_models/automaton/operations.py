"""Arithmetic of the modelled program: sums and differences of counts and numbers, and operators on sets."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from treadle_models.automaton.values import in_order, is_same_key, outside, told
from treadle_models.machine.things import Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle_models.machine.code import Value

    Operation = Callable[[Value, Value], Value]
    Sets = Callable[[list[Value], list[Value]], list[Value]]


def _is_in(one: Value, things: list[Value]) -> bool:
    return any(is_same_key(one, each) for each in things)


_OF_SETS: dict[str, Sets] = {
    "BitOr": lambda one, other: [*one, *(each for each in other if not _is_in(each, one))],
    "BitAnd": lambda one, other: [each for each in one if _is_in(each, other)],
    "Sub": lambda one, other: [each for each in one if not _is_in(each, other)],
}
_OF_NUMBERS: dict[str, Operation] = {"Add": operator.add, "Sub": operator.sub}


def _is_set(value: Value) -> bool:
    return isinstance(value, Sequence) and value.kind == "set"


def _operation(name: str) -> Operation:
    def apply(left: Value, right: Value) -> Value:
        if _is_set(left) and _is_set(right) and name in _OF_SETS:
            return Sequence(_OF_SETS[name](left.items, right.items), "set")
        return _plain(name)(left, right)

    return apply


def _in_place(name: str) -> Operation:
    def apply(left: Value, right: Value) -> Value:
        if _is_set(left) and _is_set(right) and name in _OF_SETS:
            left.items = _OF_SETS[name](left.items, list(right.items))
            return left
        if isinstance(left, Sequence) and left.kind == "list" and name == "Add":
            left.items = [*left.items, *in_order(right)]
            return left
        return _plain(name)(left, right)

    return apply


def _plain(name: str) -> Operation:
    def apply(left: Value, right: Value) -> Value:
        if name not in _OF_NUMBERS or isinstance(left, Sequence) or isinstance(right, Sequence):
            what = f"the operation {name} of {told(left)} and {told(right)}"
            raise outside(what)
        return _OF_NUMBERS[name](left, right)

    return apply


OPERATIONS: dict[str, Operation] = {name: _operation(name) for name in ("Add", "Sub", "BitOr", "BitAnd")}
"""The functions of binary operators, by the names of their classes in `ast`."""
IN_PLACE: dict[str, Operation] = {name: _in_place(name) for name in OPERATIONS}
"""The functions of augmented assignments."""
