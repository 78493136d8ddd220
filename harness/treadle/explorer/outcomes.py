"""Distinct outcomes by number, of which there may be millions.

The first `FEW` are kept as they are. Each further one costs some fifty bytes: an outcome is found again by its digest,
and its text lies in a compressed block with a hundred others, from which it is made anew when it is asked for. Equal
outcomes must be made of equal values of the same types; then they have the same digest.
"""

from __future__ import annotations

import io
import pickle
import zlib
from array import array
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

O = TypeVar("O")  # noqa: E741 - an outcome
V = TypeVar("V")

FEW = 100
"""So many outcomes are kept as they are, for a little time and ten times the memory."""

_BLOCK = 128
_FRESH = 256  # the least number of values that are kept as they are until they are packed
_ONE_IN = 64  # of many values, so many may wait to be packed

_DIGEST = 16  # with a thousand million outcomes, one search in 10 to the power of 20 would take two for the same


class Packed(Generic[V]):
    """Values by their places, compressed, but for those that were set last; a place without a value has None."""

    __slots__ = ("_blocks", "_fresh", "_open", "_opened")

    def __init__(self) -> None:
        """Begin with no values."""
        self._blocks: list[bytes] = []
        self._fresh: dict[int, V] = {}
        self._opened = -1
        self._open: list[V | None] = []

    def __setitem__(self, place: int, value: V) -> None:
        """Set a value, which `pickle` can write."""
        fresh = self._fresh
        fresh[place] = value
        if len(fresh) >= max(_FRESH, len(self._blocks) * _BLOCK // _ONE_IN):
            self._pack()

    def __getitem__(self, place: int) -> V | None:
        """Return a value."""
        if place in self._fresh:
            return self._fresh[place]
        number, within = divmod(place, _BLOCK)
        if number >= len(self._blocks):
            return None
        if number != self._opened:
            self._opened, self._open = number, self._read(number)
        return self._open[within]

    def _read(self, number: int) -> list[V | None]:
        if not self._blocks[number]:
            return [None] * _BLOCK
        return cast("list[V | None]", pickle.loads(zlib.decompress(self._blocks[number])))  # noqa: S301 - written below

    def _pack(self) -> None:
        fresh, self._fresh, self._opened = self._fresh, {}, -1
        for number in sorted({place // _BLOCK for place in fresh}):
            self._blocks += [b""] * (number + 1 - len(self._blocks))
            values = self._read(number)
            for place in range(number * _BLOCK, (number + 1) * _BLOCK):
                if place in fresh:
                    values[place % _BLOCK] = fresh[place]
            self._blocks[number] = zlib.compress(pickle.dumps(values, pickle.HIGHEST_PROTOCOL))


class Outcomes(Generic[O]):
    """Numbers outcomes in the order in which they are seen first."""

    __slots__ = ("_digests", "_few", "_first", "_odd", "_places", "_texts")

    def __init__(self, outcomes: Iterable[O] = ()) -> None:
        """Begin with these, which must be different."""
        self._few: dict[O, int] = {}
        self._first: list[O] = []
        self._digests = bytearray()  # of the others
        self._places = array("I", bytes(array("I").itemsize << 6))  # a table of their numbers, found by their digests
        self._texts: Packed[bytes] = Packed()
        self._odd: dict[bytes, O] = {}  # those that cannot be written
        for each in outcomes:
            self.number(each)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._first) + len(self._digests) // _DIGEST

    def __iter__(self) -> Iterator[O]:
        """Yield all in the order of their numbers."""
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, number: int) -> O:
        """Return the outcome with this number."""
        if number < len(self._first):
            return self._first[number]
        number -= len(self._first)
        text = self._texts[number]
        if text is None:
            return self._odd[bytes(self._digest(number))]
        return cast("O", pickle.loads(text))  # noqa: S301 - written by `_written`

    def is_first(self, number: int) -> bool:
        """Say whether the outcome with this number is kept as it is."""
        return number < len(self._first)

    def number(self, outcome: O) -> int:
        """Return the number of an outcome; a new one gets the next."""
        number = self._few.get(outcome)
        if number is not None:
            return number
        if len(self._first) < FEW and not self._digests:
            self._few[outcome] = number = len(self._first)
            self._first.append(outcome)
            return number
        return len(self._first) + self._number_packed(outcome)

    def find(self, outcome: object) -> int | None:
        """Return the number of an outcome, or None if it was not seen."""
        number = self._few.get(cast("O", outcome))
        if number is not None or not self._digests:
            return number
        found = self._places[self._look(self._digest_of(outcome, _written(outcome)))]
        return len(self._first) + found - 1 if found else None

    def _number_packed(self, outcome: O) -> int:
        text = _written(outcome)
        digest = self._digest_of(outcome, text)
        place = self._look(digest)
        found = self._places[place]
        if found:
            return found - 1
        number = len(self._digests) // _DIGEST
        self._digests += digest
        self._places[place] = number + 1
        if text is None:
            self._odd[digest] = outcome
        else:
            self._texts[number] = text
        if 3 * number > 2 * len(self._places):
            self._spread()
        return number

    def _digest_of(self, outcome: object, text: bytes | None) -> bytes:
        if text is not None:
            return blake2b(text, digest_size=_DIGEST).digest()
        # What cannot be written is told apart by comparison, among those with one hash.
        digest = b"odd" + hash(outcome).to_bytes(_DIGEST - 3, "little", signed=True)
        while digest in self._odd and self._odd[digest] != outcome:
            digest = blake2b(digest, digest_size=_DIGEST).digest()
        return digest

    def _digest(self, number: int) -> bytearray:
        return self._digests[number * _DIGEST : (number + 1) * _DIGEST]

    def _look(self, digest: bytes) -> int:
        """Return the place in the table where the number with this digest is, or must be."""
        places, mask = self._places, len(self._places) - 1
        place = int.from_bytes(digest[-8:], "little") & mask
        while places[place] and self._digest(places[place] - 1) != digest:
            place = (place + 1) & mask
        return place

    def _spread(self) -> None:
        """Double the table."""
        self._places = places = array("I", bytes(self._places.itemsize * len(self._places) * 2))
        mask = len(places) - 1
        for number in range(len(self._digests) // _DIGEST):
            place = int.from_bytes(self._digest(number)[-8:], "little") & mask
            while places[place]:
                place = (place + 1) & mask
            places[place] = number + 1


def _written(outcome: Hashable) -> bytes | None:
    """Return an outcome as bytes, the same for equal ones; None if that cannot be done."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # without it, a value that is one object twice is written otherwise than two equal objects
    try:
        pickler.dump(outcome)
    except Exception:  # noqa: BLE001 - whatever an outcome of another kind may raise
        return None
    return file.getvalue()
