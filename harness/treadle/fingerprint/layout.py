"""Find the layout of a frame on this interpreter, and check it on frames whose contents are known.

The words have other places in each version of CPython. There is no table of versions: the place of each word of the
header is the one at which all samples read correctly, and there must be exactly one. So another build, or an unknown
version, is either read correctly or not at all. In the latter case states are not identified, and `why_unreadable` says
why.
"""

from __future__ import annotations

import functools
import gc
import struct
import sys
import sysconfig
import types
from typing import TYPE_CHECKING, TypeVar

from treadle.fingerprint.samples import UNBOUND, Loop, Sample, Samples, samples
from treadle.fingerprint.stack import (
    A_WORD,
    EMPTY,
    TAGS,
    WORD,
    FrameReader,
    Layout,
    PlaceReader,
    UnreadableError,
    make_place_reader,
    make_reader,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_T = TypeVar("_T")


@functools.cache
def frame_reader() -> FrameReader:
    """Return a function that reads the frame of a coroutine or generator. Raises `UnreadableError`."""
    return _found()[1]


@functools.cache
def place_reader() -> PlaceReader:
    """Return a function that reads only the position of a coroutine or generator. Raises `UnreadableError`."""
    return make_place_reader(_found()[0])


def flags_of(item: types.AsyncGeneratorType[object, None]) -> bytes:
    """Return the flags of an asynchronous generator: known to the loop, closed, running in a task."""
    return _found()[0].flags(item)


def why_unreadable() -> str:
    """Return why frames cannot be read on this interpreter, or an empty text; determined at the first call."""
    try:
        _found()
    except UnreadableError as error:
        return str(error)
    return ""


@functools.cache
def all_memory() -> memoryview:
    """Return all memory as one sequence of bytes, of which only the bytes of living objects may be read.

    There is one view for everything, because creating one for each object takes a microsecond. Raises
    `UnreadableError`.
    """
    try:
        import ctypes  # noqa: PLC0415 - the interpreter may be built without it
    except ImportError:
        message = "it was built without ctypes"
        raise UnreadableError(message) from None
    return memoryview((ctypes.c_char * sys.maxsize).from_address(0)).cast("B")


@functools.cache
def _found() -> tuple[Layout, FrameReader]:
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        message = "it was built without the global lock"
        raise UnreadableError(message)
    layout = find_layout(all_memory())
    return layout, make_reader(layout)


def find_layout(memory: memoryview) -> Layout:
    """Return the only layout with which all samples read correctly. Raises `UnreadableError`."""
    start = types.CoroutineType.__basicsize__
    if not start == types.GeneratorType.__basicsize__ == types.AsyncGeneratorType.__basicsize__:
        message = "coroutines and generators differ in size"
        raise UnreadableError(message)
    with samples(lambda item: bytes(memory[id(item) : id(item) + start])) as made:
        layout = _Search(memory, start, made).layout()
        read = make_reader(layout)
        for each in (*made.new, *made.waiting):
            _try(layout, read, each)
    return layout


class _Search:
    """Searches for the words of the header, which has `start` bytes in each sample."""

    def __init__(self, memory: memoryview, start: int, made: Samples) -> None:
        self.memory = memory
        self.start = start
        self.made = made
        self.every = [*made.new, *made.waiting]

    def layout(self) -> Layout:
        state = _only("state", [at for at in range(self.start) if self._tells_states(at)])
        top, top_is_address = self._top()
        layout = Layout(
            handled=_only("exception", self._where(A_WORD, _is_handled)),
            state=state,
            names=_only("names", self._where(A_WORD, _is_names)),
            place=self._place(),
            top=top,
            top_is_address=top_is_address,
            start=self.start,
            suspended=frozenset(self.memory[id(each.item) + state] for each in self.every),
            over=frozenset(header[state] for header in self.made.over),
            memory=self.memory,
        )
        if not layout.handled < layout.state < layout.names < layout.place < layout.top < self.start:
            message = "the words of a frame stand in an order that is not known"
            raise UnreadableError(message)
        return layout

    def _where(self, kind: str, fits: Callable[[Sample, int], bool]) -> list[int]:
        """Return the offsets at which a value of this kind fits all samples."""
        read = struct.Struct(f"={kind}").unpack_from
        return [
            at
            for at in range(0, self.start, struct.calcsize(f"={kind}"))
            if all(fits(each, read(self.memory, id(each.item) + at)[0]) for each in self.every)
        ]

    def _tells_states(self, at: int) -> bool:
        """Say whether the byte there distinguishes new, suspended, running and finished samples."""
        made, memory = self.made, self.memory
        new = {memory[id(each.item) + at] for each in made.new}
        waiting = {memory[id(each.item) + at] for each in made.waiting}
        running = {header[at] for header in made.running}
        over = {header[at] for header in made.over}
        apart = len(new | waiting | running | over) == sum(map(len, (new, waiting, running, over)))
        return apart and len(new) == len(running) == 1 and len(waiting) <= 2  # noqa: PLR2004 - it yields, or awaits

    def _place(self) -> int:
        """Find the address of the instruction: its distance from `f_lasti` is the same in all samples."""
        first, *others = ((each, id(each.attribute("code")) + each.attribute("frame").f_lasti) for each in self.every)
        words = {at: _word(self.memory, id(first[0].item) + at) - first[1] for at in range(0, self.start, WORD)}
        for each, instruction in others:
            words = {
                at: distance
                for at, distance in words.items()
                if _word(self.memory, id(each.item) + at) - instruction == distance
            }
        return _only("place", list(words))

    def _top(self) -> tuple[int, bool]:
        """Find the end of the value stack, and whether it is an address or a count."""

        def is_address(each: Sample, word: int) -> bool:
            past = word - id(each.item) - self.start
            return not past % WORD and self._holds(each, past // WORD)

        addresses, counts = self._where(A_WORD, is_address), self._where("i", self._holds)
        return _only("end of the stack", [*((at, True) for at in addresses), *((at, False) for at in counts)])

    def _holds(self, sample: Sample, count: int) -> bool:
        """Say whether the first `count` slots hold the known contents of the sample."""
        if not 0 <= count <= (sample.item.__sizeof__() - self.start) // WORD:
            return False
        words = struct.unpack_from(f"={count}{A_WORD}", self.memory, id(sample.item) + self.start)
        known = len(sample.variables)
        if len(words) < known or not all(map(_is_bound_to, words, sample.variables)):
            return False
        held = {id(each): each for each in gc.get_referents(sample.item)}
        stack = iter([word for word in words[known:] if word not in EMPTY])
        return all(_stands_for(each, stack, held) for each in sample.stack) and next(stack, None) is None


def _only(what: str, found: list[_T]) -> _T:
    if len(found) == 1:
        return found[0]
    message = f"of a frame's words {len(found) or 'none'} can be its {what}"
    raise UnreadableError(message)


def _word(memory: memoryview, address: int) -> int:
    found: int = struct.unpack_from(f"={A_WORD}", memory, address)[0]
    return found


def _is_handled(sample: Sample, word: int) -> bool:
    return word in ((0, id(None)) if sample.handled is None else (id(sample.handled),))


def _is_names(sample: Sample, word: int) -> bool:
    return word == (0 if sample.names is None else id(sample.names))


def _is_bound_to(word: int, value: object) -> bool:
    return word in EMPTY if value is UNBOUND else word & ~TAGS == id(value) and word & TAGS != TAGS


def _stands_for(expected: object, stack: Iterator[int], held: dict[int, object]) -> bool:
    """Take the words for an object, or for a loop, from the stack; say whether they match."""
    word = next(stack, TAGS)
    if not isinstance(expected, Loop):
        return _is_bound_to(word, expected)
    if _is_bound_to(word, expected.sequence):
        return next(stack, 0) == expected.taken << TAGS.bit_count() | TAGS
    iterator = held.get(word & ~TAGS)
    if type(iterator) is not type(iter(expected.sequence)):
        return False
    parts = iterator.__reduce__()
    return parts[1][0] is expected.sequence and parts[2] == expected.taken


def _try(layout: Layout, read: FrameReader, sample: Sample) -> None:
    """Read a sample with the function for all frames, and compare."""
    frame = read(sample.item, sample.attribute("code"))
    variables = [each for each in sample.variables if each is not UNBOUND]
    if (
        frame is None
        or not _same(frame[2][: len(variables)], variables)
        or frame[3] is not sample.names
        or frame[4] is not sample.handled
        or (sample.flags is not None and sample.flags != layout.flags(sample.item))
    ):
        message = f"a frame of {sample.attribute('code').co_name} does not read as it should"
        raise UnreadableError(message)


def _same(these: Iterable[object], those: Iterable[object]) -> bool:
    return [*map(id, these)] == [*map(id, those)]
