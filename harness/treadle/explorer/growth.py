"""Notice a program whose states can never meet, because it keeps more after each execution.

A cache in a module that gets an entry in each execution makes every state a new one: to look at them costs more each
time, and saves nothing. So a search gives up where hardly any state was met again and the fingerprints keep growing:
where the shortest among the last ones is longer than the longest among the first. In a program that begins alike in
each execution that is not so, however many states it has, since short executions come late in a search, too.
"""

from __future__ import annotations

_WINDOW = 500
"""So many states are looked at together, and the first of them are what the last are compared with."""

_IN_A_HUNDRED = 100
"""Fewer than one in so many is hardly any."""


class Growth:
    """Hears how long each fingerprint is, and which states were met again."""

    __slots__ = ("_longest", "_looks", "_met", "_shortest")

    def __init__(self) -> None:
        """Begin with nothing."""
        self._looks = self._met = self._longest = self._shortest = 0

    def meet(self) -> None:
        """Hear that a state was met again."""
        self._met += 1

    def look(self, length: int) -> str:
        """Hear of a fingerprint; say why it is better to give up, or nothing."""
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
            f"{self._met} of {self._looks:,} states were met again, and what there is to look at grows from one "
            "execution to the next: the program keeps a cache, say"
        )
