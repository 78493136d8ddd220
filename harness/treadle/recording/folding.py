"""Fold repetitions in a trace, such as a timer that fires a thousand times, or two tasks that take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = TypeVar("Row")

_LONGEST = 6
"""The most rows that one repetition may have."""
_LEAST = 3
"""A repetition is folded from this many times on."""


def folded(rows: Sequence[Row], keys: Sequence[object]) -> Iterator[tuple[Sequence[Row], int]]:
    """Yield the rows in parts, each with its number of repetitions; rows with equal `keys` are equal."""
    place = 0
    while place < len(rows):
        length, times = max(
            ((length, _times(keys, place, length)) for length in range(1, _LONGEST + 1)),
            key=lambda each: (each[0] * each[1] if each[1] >= _LEAST else 0, -each[0]),
        )
        if times < _LEAST:
            length, times = 1, 1
        yield rows[place : place + length], times
        place += length * times


def _times(keys: Sequence[object], place: int, length: int) -> int:
    """Return how often the next `length` rows come, one after the other."""
    pattern = keys[place : place + length]
    if len(pattern) < length:
        return 0
    times = 1
    while keys[place + times * length : place + (times + 1) * length] == pattern:
        times += 1
    return times


def repeated(steps: int, times: int) -> str:
    """Say that the steps above come so many times in all."""
    told = "the step above" if steps == 1 else f"the {steps} steps above"
    return f"... {told}, {times - 1:,} more time{'' if times == 2 else 's'}"  # noqa: PLR2004 - one more
