"""Fingerprints in 32 bytes: where there are very many, to keep each whole would fill the memory.

Two fingerprints of one process have the same digest where they are equal, and hardly ever where they are not: with a
thousand million states, two of SHA-256 would be the same in one search of 10 to the power of 59. A fingerprint of a
hundred tokens has 1 kB, and to compare it takes no longer than to make a digest, so small searches keep it.

A token that is no plain value (a class, a piece of code, a reference) is what it is by identity. Each gets a number,
far below zero, where there is no length and no count.
"""

from __future__ import annotations

import hashlib
import marshal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.fingerprint.state import Fingerprint

_SMALLEST = -(1 << 31)

# Of the versions of `marshal` this is the last that writes equal values alike, whether they are one object or not.
_VERSION = 2


class Digests:
    """Makes digests; those of one object can be compared with each other."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        """Begin with no tokens that have numbers."""
        self._numbers: dict[object, int] = {}

    def of(self, fingerprint: Fingerprint) -> bytes:
        """Return the digest of a fingerprint."""
        number = self._numbers.get
        try:
            told = marshal.dumps(list(map(number, fingerprint, fingerprint)), _VERSION)
        except ValueError:  # some token is met for the first time
            self._learn(fingerprint)
            told = marshal.dumps(list(map(number, fingerprint, fingerprint)), _VERSION)
        return hashlib.sha256(told).digest()

    def _learn(self, fingerprint: Fingerprint) -> None:
        for token in fingerprint:
            try:
                marshal.dumps([token], _VERSION)
            except ValueError:
                self._numbers.setdefault(token, _SMALLEST + len(self._numbers))
