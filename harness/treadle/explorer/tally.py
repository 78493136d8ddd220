"""How often each outcome was reached, and the smallest schedule that leads to it.

There may be millions of outcomes, so all but the first few are kept packed (see `outcomes`).
"""

from __future__ import annotations

import copy
from array import array
from collections.abc import ItemsView, MutableMapping, ValuesView
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from treadle.explorer.outcomes import Outcomes, Packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.schedule import Schedule

O = TypeVar("O")  # noqa: E741 - an outcome

_MOST = (1 << 64) - 1  # of the numbers that fit in an array
_BYTES = 256


@dataclass(slots=True)
class Tally:
    """An outcome: how many schedules lead to it, and the smallest of them."""

    schedules: int
    size: tuple[int, ...]
    example: Schedule


class Tallies(MutableMapping[O, Tally]):
    """The tallies of outcomes, in the order in which they were added.

    `outcomes` numbers all outcomes of a search, also those that have no tally here so far. `first` are the tallies of
    the first few of them, which may be changed in place; that of any other is made anew whenever it is asked for.
    """

    __slots__ = ("_all_sizes", "_counts", "_examples", "_huge", "_order", "_places", "_sizes", "first", "outcomes")

    def __init__(self, outcomes: Outcomes[O] | None = None) -> None:
        """Begin with no tallies."""
        self.outcomes: Outcomes[O] = Outcomes() if outcomes is None else outcomes
        self.first: dict[O, Tally] = {}
        self._order = array("I")
        # Of the others, by number. A count of 0: it has no tally.
        self._counts = array("Q")
        self._huge: dict[int, int] = {}
        self._places = array("I")  # in the list of all sizes, of which there are few
        self._sizes: dict[tuple[int, ...], int] = {}
        self._all_sizes: list[tuple[int, ...]] = []
        self._examples: Packed[bytes | Schedule] = Packed()

    def add(self, outcome: O, schedules: int, size: tuple[int, ...], example: Callable[[], Schedule]) -> None:
        """Count schedules that lead to an outcome; `example` is the smallest unless that known is not larger."""
        self.add_to(self.outcomes.number(outcome), schedules, size, example, later=True)

    def add_to(
        self, number: int, schedules: int, size: tuple[int, ...], example: Callable[[], Schedule], *, later: bool
    ) -> None:
        """Do so for the outcome with this number; unless `example` is `later` than those known, compare with them."""
        known = self._size_of(number)
        if known is None:
            self._order.append(number)
            self._set(number, Tally(schedules, size, example()))
            return
        if size < known or (size == known and not later):
            tally = self._tally(number)
            found = example()
            if size < known or found < tally.example:
                self._set(number, Tally(tally.schedules + schedules, size, found))
                return
        if self.outcomes.is_first(number):
            self.first[self.outcomes[number]].schedules += schedules
        else:
            self._count(number, self._counted(number) + schedules)

    def total(self) -> int:
        """Return the number of all schedules."""
        return sum(schedules for _, schedules in self.counts())

    def counts(self) -> Iterator[tuple[int, int]]:
        """Yield the number of each outcome that has a tally, and how many schedules lead to it."""
        for number in self._order:
            first = self.outcomes.is_first(number)
            yield number, self.first[self.outcomes[number]].schedules if first else self._counted(number)

    def numbered(self) -> Iterator[tuple[int, Tally]]:
        """Yield the number of each outcome that has a tally, and the tally."""
        for number in self._order:
            yield number, self._tally(number)

    def in_order_of_examples(self) -> Tallies[O]:
        """Return the same tallies, sorted by their examples; they must not be changed any more."""
        found: Tallies[O] = copy.copy(self)
        found._order = array("I", sorted(self._order, key=self._example_and_size))
        return found

    def _example_and_size(self, number: int) -> tuple[Schedule, tuple[int, ...]]:
        tally = self._tally(number)
        return tally.example, tally.size

    def of(self, number: int) -> Tally:
        """Return the tally of the outcome with this number; it must have one."""
        return self._tally(number)

    def __getitem__(self, outcome: O) -> Tally:
        """Return the tally of an outcome."""
        return self._tally(self._find(outcome))

    def __setitem__(self, outcome: O, tally: Tally) -> None:
        """Set the tally of an outcome; it has at least one schedule."""
        number = self.outcomes.number(outcome)
        if self._size_of(number) is None:
            self._order.append(number)
        self._set(number, tally)

    def __delitem__(self, outcome: O) -> None:
        """Drop the tally of an outcome."""
        number = self._find(outcome)
        self._order.remove(number)
        if self.outcomes.is_first(number):
            del self.first[outcome]
        else:
            self._count(number, 0)

    def __len__(self) -> int:
        """Return the number of tallies."""
        return len(self._order)

    def __iter__(self) -> Iterator[O]:
        """Yield the outcomes."""
        return map(self.outcomes.__getitem__, self._order)

    def items(self) -> ItemsView[O, Tally]:
        """Return a view of the outcomes with their tallies, which reads each of them once."""
        return _Items(self)

    def values(self) -> ValuesView[Tally]:
        """Return a view of the tallies."""
        return _Values(self)

    def _find(self, outcome: O) -> int:
        number = self.outcomes.find(outcome)
        if number is None or self._size_of(number) is None:
            raise KeyError(outcome)
        return number

    def _size_of(self, number: int) -> tuple[int, ...] | None:
        """Return the size of the smallest schedule; None if there is no tally."""
        if self.outcomes.is_first(number):
            tally = self.first.get(self.outcomes[number])
            return None if tally is None else tally.size
        return self._all_sizes[self._places[number]] if number < len(self._counts) and self._counts[number] else None

    def _tally(self, number: int) -> Tally:
        if self.outcomes.is_first(number):
            return self.first[self.outcomes[number]]
        size = self._all_sizes[self._places[number]]
        return Tally(self._counted(number), size, tuple(self._examples[number] or ()))

    def _counted(self, number: int) -> int:
        count = self._counts[number]
        return count if count < _MOST else self._huge[number]

    def _count(self, number: int, count: int) -> None:
        self._counts[number] = min(count, _MOST)
        if count >= _MOST:
            self._huge[number] = count

    def _set(self, number: int, tally: Tally) -> None:
        if self.outcomes.is_first(number):
            self.first[self.outcomes[number]] = tally
            return
        more = number + 1 - len(self._counts)
        if more > 0:
            self._counts.frombytes(bytes(self._counts.itemsize * more))
            self._places.frombytes(bytes(self._places.itemsize * more))
        self._count(number, tally.schedules)
        place = self._sizes.setdefault(tally.size, len(self._sizes))
        if place == len(self._all_sizes):
            self._all_sizes.append(tally.size)
        self._places[number] = place
        example = tally.example
        self._examples[number] = bytes(example) if max(example, default=0) < _BYTES else example


class _Items(ItemsView[O, Tally]):
    def __init__(self, tallies: Tallies[O]) -> None:
        super().__init__(tallies)
        self._tallies = tallies

    def __iter__(self) -> Iterator[tuple[O, Tally]]:
        return ((self._tallies.outcomes[number], tally) for number, tally in self._tallies.numbered())


class _Values(ValuesView[Tally]):
    def __init__(self, tallies: Tallies[O]) -> None:
        super().__init__(tallies)
        self._numbered = tallies.numbered

    def __iter__(self) -> Iterator[Tally]:
        return (tally for _, tally in self._numbered())
