"""Detect a program whose states never repeat, because it keeps more after each execution.

A cache in a module that gets an entry in each execution makes every state a new one: reading states costs more each
time, and saves nothing. So a search gives up if hardly any state was met again and the fingerprints keep growing: if
the shortest of the last ones is longer than the longest of the first. In a program that begins alike in each execution
this does not happen, however many states it has, since short executions come late in a search, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WINDOW = 500
"""This many states are examined together; the first ones are the base for comparison."""

_IN_A_HUNDRED = 100
"""If fewer than one in this many states was met again, it counts as hardly any."""


class Growth:
    """Tracks the lengths of fingerprints, and how many states were met again."""

    __slots__ = ("_longest", "_looks", "_met", "_shortest")

    def __init__(self) -> None:
        """Begin with nothing."""
        self._looks = self._met = self._longest = self._shortest = 0

    def standing(self) -> tuple[int, int, int, int]:
        """Return everything that it has tracked."""
        return self._looks, self._met, self._longest, self._shortest

    def take_up(self, standing: Sequence[int]) -> None:
        """Go on from what `standing` has returned."""
        self._looks, self._met, self._longest, self._shortest = standing

    def meet(self) -> None:
        """Count a state that was met again."""
        self._met += 1

    def look(self, length: int) -> str:
        """Take in the length of a fingerprint; return a reason to give up, or an empty text."""
        looks = self._looks
        self._looks = looks + 1
        if looks < _WINDOW:
            self._longest = max(self._longest, length)
            return ""
        if looks % _WINDOW == 0 or length < self._shortest:
            self._shortest = length
        if self._looks % _WINDOW or self._shortest <= self._longest or self._met * _IN_A_HUNDRED >= looks:
            return ""
        return (
            f"{self._met} of {self._looks:,} states were reached again, and the state grows from one execution to "
            "the next, as if the program kept a cache"
        )
