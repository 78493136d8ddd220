"""The facts that an invariant may contain: bounds of a fixed set of linear forms.

The forms are the same for every candidate, situation and property, and were chosen from the quantities of the
specification: counters, how far a count is from its value at entry or in a snapshot, and the balance of requests and
withdrawals. None is taken from a search, because it would only fit the bound of that search.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import Formula, Linear, Relation, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

Terms = tuple[tuple[str, int], ...]
Interval = tuple[int, int]
Facts = tuple[Interval, ...]
"""The bounds of each form of a layout, in its order."""

BOUNDS = range(-1, 4)
"""The only numbers that may bound a form."""
FAR = 10**6
"""Stands for *not bounded*: no sum of a few bounds comes near it."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The forms over the counters of a shape, each with a positive coefficient first, and the index of each."""

    names: tuple[str, ...]
    forms: tuple[Terms, ...]
    places: dict[Terms, int]


@cache
def layout(names: tuple[str, ...]) -> Layout:
    """Return the forms over these counters; forms with other counters are left out."""
    there = set(names)
    found = tuple(dict.fromkeys(each for each in _forms(names) if each and all(name in there for name, _ in each)))
    return Layout(names, found, {form: place for place, form in enumerate(found)})


def _forms(names: tuple[str, ...]) -> Iterator[Terms]:
    kept = [name for name in names if name.startswith("kept-")]
    found = [variable(name) for name in names]
    for number in sorted({name.rpartition("-")[2] for name in names if name.startswith("requests-")}):
        found += _of_call(number, kept)
    found += [variable("dependency") - variable(each) for each in kept]
    return (normal(each.terms)[0] for each in found)


def _of_call(number: str, kept: list[str]) -> Iterator[Linear]:
    def of(name: str) -> Linear:
        return variable(f"{name}-{number}")

    requests, withdrawals, outstanding, entry = of("requests"), of("withdrawals"), of("outstanding"), of("count_entry")
    count = of("count")
    yield requests - withdrawals
    yield outstanding - requests
    yield outstanding - requests + withdrawals
    yield entry + requests - withdrawals - outstanding  # what others may still withdraw includes what is outstanding
    yield of("by_call") + of("forwarded")
    yield of("count_exit") + withdrawals - requests - entry
    yield count - entry
    yield count - outstanding
    yield count - entry - outstanding
    yield count - entry - requests
    yield count + withdrawals - requests - entry
    for each in kept:
        snapshot = variable(each)
        yield count - snapshot
        yield snapshot - entry
        yield count - snapshot - outstanding
        yield count - snapshot - requests
        yield count - snapshot - requests + withdrawals


def normal(terms: Terms) -> tuple[Terms, int]:
    """Return the terms with a positive coefficient first, and the sign that was taken out."""
    if terms and terms[0][1] < 0:
        return tuple((name, -factor) for name, factor in terms), -1
    return terms, 1


def at_first(terms: Terms) -> Interval:
    """Return the initial bounds of a form, which follow from counters being natural numbers."""
    return (0 if all(factor > 0 for _, factor in terms) else -FAR), FAR


def as_formulas(names: tuple[str, ...], facts: Facts) -> tuple[Formula, ...]:
    """Write bounds as formulas, in a fixed order: that counters are natural numbers, and what is known beyond that."""
    written = [Formula(Relation.AT_MOST, ((name, -1),)) for name in names]
    for terms, (low, high) in zip(layout(names).forms, facts, strict=True):
        if low == high:
            written.append(Formula(Relation.EQUAL, terms, -low))
            continue
        if low > at_first(terms)[0]:
            written.append(Formula(Relation.AT_MOST, tuple((name, -factor) for name, factor in terms), low))
        if high < FAR:
            written.append(Formula(Relation.AT_MOST, terms, -high))
    return tuple(written)
