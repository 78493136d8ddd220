"""The facts that an invariant may consist of: bounds of a fixed set of linear forms.

The forms are the same for every candidate, situation and property, and were chosen from what the specification talks
about: counters, how far a count is from what it was at entry or in a snapshot, and what requests and withdrawals come
to. None is taken from a search, which would fit the bound of that search and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.algebra import Linear, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

Terms = tuple[tuple[str, int], ...]

BOUNDS = range(-1, 4)
"""A form may be bounded by these numbers and by no others."""


def forms(names: tuple[str, ...]) -> tuple[Terms, ...]:
    """Return the forms over the counters of a shape, each with a positive coefficient first."""
    kept = [name for name in names if name.startswith("kept-")]
    found = [variable(name) for name in names]
    for number in sorted({name.rpartition("-")[2] for name in names if name.startswith("requests-")}):
        found += _of_call(number, names, kept)
    if "dependency" in names:
        found += [variable("dependency") - variable(each) for each in kept]
    return tuple(dict.fromkeys(normal(each.terms)[0] for each in found if each.terms))


def _of_call(number: str, names: tuple[str, ...], kept: list[str]) -> Iterator[Linear]:
    def of(name: str) -> Linear:
        return variable(f"{name}-{number}")

    requests, withdrawals, outstanding, entry = of("requests"), of("withdrawals"), of("outstanding"), of("count_entry")
    yield requests - withdrawals
    yield outstanding - requests
    yield outstanding - requests + withdrawals
    yield of("by_environment") - requests
    yield of("by_call") + of("forwarded")
    yield of("count_exit") + withdrawals - requests - entry
    if f"count-{number}" not in names:
        return
    count = of("count")
    yield count - entry
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
