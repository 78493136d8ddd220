"""Read the variables and the value stack of a suspended coroutine or generator.

CPython keeps the frame of a coroutine, generator or asynchronous generator inside of that object: a header, the
variables of the code, the value stack. The garbage collector returns the objects in it, in order. Three things can only
be read from memory: which variables are bound, how deep the stack is, and items of the stack that are not objects. From
3.14 on a slot may be a *tagged* number; in 3.15 this is the position of a `for` over a list. No object is ever made
from an address: the words in memory must be the addresses of the objects that the garbage collector returns, which is
checked for each instruction at which a frame is suspended.

Reading changes nothing. No frame object is created, no dictionary of local variables is filled or emptied, and nothing
is kept alive. The positions of the words in the header are found, and checked, by `treadle.fingerprint.layout`.
"""

from __future__ import annotations

import gc
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from treadle.fingerprint.encoder import OpaqueError

if TYPE_CHECKING:
    from types import CodeType

WORD = struct.calcsize("P")
A_WORD = "Q" if struct.calcsize("=Q") == WORD else "I"

# The two lowest bits of a word are tags. Both are set for a number. Otherwise the word is an address whose lowest bit
# says that the frame does not own the reference; if only that bit is set, the slot is empty, as for 0.
TAGS = 3
EMPTY = (0, 1)

_RUNS = "it is running"

_OBJECT, _NOTHING = -1, -2  # for slots without a number; numbers are written without a sign

Frame: TypeAlias = tuple[int, int | tuple[int, ...], list[object], dict[str, object] | None, BaseException | None]
"""The contents of a frame that is not running: place, slots, objects, names, handled.

The place is a number for the instruction. Slots is the number of variables and stack items, if each of them is an
object; otherwise, for each of them, its number or its kind. Then come the objects, in order; the dictionary of local
variables that code has asked for (until 3.12, or in code that is not a function's); the exception that is being
handled.
"""

FrameReader: TypeAlias = "Callable[[object, CodeType], Frame | None]"
PlaceReader: TypeAlias = "Callable[[object, CodeType], int | None]"


class UnreadableError(OpaqueError):
    """A frame cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The offsets, in bytes from the beginning of a coroutine or generator, of the words that matter."""

    handled: int
    state: int  # one byte; the three before it are flags of an asynchronous generator
    names: int
    place: int
    top: int
    top_is_address: bool  # whether it is the address of the first free slot, or the number of slots in use
    start: int  # the first slot
    suspended: frozenset[int]  # the states of a readable frame that is not running
    over: frozenset[int]  # the states in which the frame is gone
    memory: memoryview = field(repr=False)

    def flags(self, item: object) -> bytes:
        """Return the flags of an asynchronous generator: known to the loop, closed, running in some task."""
        return bytes(self.memory[id(item) + self.state - 3 : id(item) + self.state])

    def header(self) -> struct.Struct:
        """Return a struct that unpacks handled, state, names, place and top."""
        fields = (self.handled, self.state, self.names, self.place, self.top)
        kinds = (A_WORD, "B", A_WORD, A_WORD, A_WORD if self.top_is_address else "i")
        form, at = "=", 0
        for offset, kind in zip(fields, kinds, strict=True):
            form += f"{offset - at}x{kind}"
            at = offset + struct.calcsize(f"={kind}")
        return struct.Struct(form)


class _Slots(dict[int, Callable[[memoryview, int], tuple[int, ...]]]):
    """Functions that unpack slots, by the distance of their end from the beginning of the object, or by their count."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def __missing__(self, top: int) -> Callable[[memoryview, int], tuple[int, ...]]:
        start = self.layout.start
        count = (top - start) // WORD if self.layout.top_is_address else top
        self[top] = found = struct.Struct(f"={start}x{count}{A_WORD}").unpack_from
        return found


def held_in(slots: tuple[int, ...]) -> tuple[bytes | str, int]:
    """Return which slots of a `Frame` hold objects, as one value, and how many do."""
    if slots and type(slots[0]) is bool:
        return bytes(slots), slots.count(True)
    return str(slots), slots.count(_OBJECT)  # from 3.14 on


def make_place_reader(layout: Layout) -> PlaceReader:
    """Return a function that reads only the place, if nothing else of a frame counts; otherwise like `make_reader`."""
    memory, suspended, over, header = layout.memory, layout.suspended, layout.over, layout.header().unpack_from

    def read(item: object, code: CodeType) -> int | None:
        _, state, _, place, _ = header(memory, id(item))
        if state in suspended:
            found: int = place - id(code)
            return found
        if state in over:
            return None
        raise UnreadableError(_RUNS)

    return read


def make_reader(layout: Layout) -> FrameReader:
    """Return a function that reads a frame with this layout.

    It takes a coroutine or generator of any kind and its code, and returns the contents of the frame, or None if it has
    ended. It raises `UnreadableError` if it is running, or if memory and garbage collector disagree.
    """
    memory, suspended, over = layout.memory, layout.suspended, layout.over
    header, slots_to, top_is_address = layout.header().unpack_from, _Slots(layout), layout.top_is_address
    referents_of = gc.get_referents
    agreed: set[int] = set()  # addresses of instructions at which memory and garbage collector agreed

    def read(item: object, code: CodeType) -> Frame | None:
        address = id(item)
        handled, state, names, place, top = header(memory, address)
        if state not in suspended:
            if state in over:
                return None
            raise UnreadableError(_RUNS)
        words = slots_to[top - address if top_is_address else top](memory, address)
        referents = referents_of(item)
        error = referents.pop() if handled else None
        slots: int | tuple[int, ...]
        slots = held = len(words)
        if top_is_address:  # from 3.14 on, as are tags
            contents = [_OBJECT if w & TAGS != TAGS and w > 1 else _NOTHING if w <= 1 else w >> 2 for w in words]
            held = contents.count(_OBJECT)
            if held != slots:
                slots = tuple(contents)
        elif 0 in words:
            slots = tuple(map(bool, words))
            held = slots.count(True)
        objects = referents[-held:] if held else []
        if place not in agreed:
            _require_agreement(words, objects)
            agreed.add(place)
        if names:
            return place - id(code), slots, objects, next(each for each in referents if id(each) == names), error
        return place - id(code), slots, objects, None, error

    return read


def _require_agreement(words: tuple[int, ...], objects: list[object]) -> None:
    if [*map(id, objects)] != [word & ~TAGS for word in words if word & TAGS != TAGS and word not in EMPTY]:
        message = "the words in memory are not what the collector sees"
        raise UnreadableError(message)
