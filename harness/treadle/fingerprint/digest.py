"""Fingerprints in 32 bytes, because keeping very many whole ones would fill the memory.

Within one process, equal fingerprints have the same digest, and different ones almost never do: with a thousand million
states, one search in 10 to the power of 59 would have two with the same SHA-256. A fingerprint of a hundred tokens
takes 1 kB, and comparing it takes no longer than making a digest, so small searches keep the fingerprints.

A token that is not a plain value (a class, a code object, a reference) is compared by identity. Each one gets a number
far below zero, where no length and no count can be. Another process can go on with these digests if it is given the
names of the numbered tokens (see `portable`), so that equal tokens get equal numbers there.
"""

from __future__ import annotations

import hashlib
import marshal
from typing import TYPE_CHECKING

from treadle.fingerprint.portable import portable_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.fingerprint.state import Fingerprint

_SMALLEST = -(1 << 31)

# The last version of `marshal` that writes equal values alike, whether they are the same object or not.
_VERSION = 2


class Digests:
    """Makes digests; only digests from the same instance can be compared, or from one that went on from its names."""

    __slots__ = ("_elsewhere", "_next", "_numbers")

    def __init__(self, names: Sequence[str] = ()) -> None:
        """Start with no numbered tokens, or with those that had these names in another process."""
        self._numbers: dict[object, int] = {}
        self._elsewhere = {name: _SMALLEST + place for place, name in enumerate(names)}  # not met here so far
        self._next = _SMALLEST + len(names)

    def of(self, fingerprint: Fingerprint) -> bytes:
        """Return the digest of a fingerprint."""
        number = self._numbers.get
        try:
            told = marshal.dumps(list(map(number, fingerprint, fingerprint)), _VERSION)
        except ValueError:  # some token appears for the first time
            self._learn(fingerprint)
            told = marshal.dumps(list(map(number, fingerprint, fingerprint)), _VERSION)
        return hashlib.sha256(told).digest()

    def _learn(self, fingerprint: Fingerprint) -> None:
        for token in fingerprint:
            try:
                marshal.dumps([token], _VERSION)
            except ValueError:
                if token not in self._numbers:
                    self._number(token)

    def _number(self, token: object) -> None:
        number = self._elsewhere.pop(portable_name(token), None) if self._elsewhere else None
        if number is None:
            number = self._next
            self._next += 1
        self._numbers[token] = number

    def names_from(self, first: int) -> list[str]:
        """Return the names of the tokens that were numbered here, without the `first` ones; empty for one without."""
        fresh = sorted((number, token) for token, number in self._numbers.items() if number >= _SMALLEST + first)
        return [portable_name(token) for _, token in fresh]
