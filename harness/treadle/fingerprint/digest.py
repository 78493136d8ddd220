"""Fingerprints in 32 bytes, because keeping very many whole ones would fill the memory.

Within one process, equal fingerprints have the same digest, and different ones almost never do: with a thousand million
states, one search in 10 to the power of 59 would have two with the same SHA-256. A fingerprint of a hundred tokens
takes 1 kB, and comparing it takes no longer than making a digest, so small searches keep the fingerprints.

A token that is not a plain value (a class, a code object, a reference) is compared by identity. Each one gets a number
far below zero, where no length and no count can be.
"""

from __future__ import annotations

import hashlib
import marshal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.fingerprint.state import Fingerprint

_SMALLEST = -(1 << 31)

# The last version of `marshal` that writes equal values alike, whether they are the same object or not.
_VERSION = 2


class Digests:
    """Makes digests; only digests from the same instance can be compared."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        """Start with no numbered tokens."""
        self._numbers: dict[object, int] = {}

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
                self._numbers.setdefault(token, _SMALLEST + len(self._numbers))
