"""The locks and semaphores that an execution has made, so that one that is left taken can be told.

Only objects of asyncio's own classes are known: they hold nothing of the program, so that it makes no difference that
they are kept until the execution is judged. Who made one is told by the line outside of asyncio.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KINDS = (asyncio.Lock, asyncio.Semaphore)
_EXACT = (asyncio.Lock, asyncio.Semaphore, asyncio.BoundedSemaphore)
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep  # noqa: PTH120 - as code objects have it


class Primitive(NamedTuple):
    """A lock or semaphore, how many slots it had when it was made, and the file and line that made it."""

    itself: asyncio.Lock | asyncio.Semaphore
    slots: int
    file: str
    line: int

    @property
    def taken(self) -> int:
        """The number of slots that nobody has given back."""
        return self.slots - _slots_of(self.itself)

    @property
    def told(self) -> str:
        """What it is, and where it was made."""
        return f"{type(self.itself).__name__} made at {name_file(self.file)} line {self.line}"


def _slots_of(primitive: asyncio.Lock | asyncio.Semaphore) -> int:
    return primitive._value if isinstance(primitive, asyncio.Semaphore) else 1 - primitive.locked()


_made: list[Primitive] | None = None
"""Of the execution under way, if somebody wants to know."""


def note_primitives() -> list[Primitive]:
    """Note from now on what is made, while `primitives_noted` does; return the list that will have it."""
    global _made  # noqa: PLW0603 - one program is executed at a time
    _made = []
    return _made


@contextlib.contextmanager
def primitives_noted() -> Iterator[None]:
    """Let the classes say what is made of them while the block runs."""
    global _made  # noqa: PLW0603
    before = [(kind, kind.__dict__["__init__"]) for kind in _KINDS]
    for kind, make in before:
        setattr(kind, "__init__", _noting(make))  # noqa: B010 - no class is to be changed, say those who look at types
    try:
        yield
    finally:
        _made = None
        for kind, make in before:
            setattr(kind, "__init__", make)  # noqa: B010


def _noting(make: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(make)
    def noting(self: asyncio.Lock, *arguments: object, **options: object) -> None:
        make(self, *arguments, **options)
        if _made is not None and type(self) in _EXACT:
            _made.append(Primitive(self, _slots_of(self), *_place()))

    return noting


def _place() -> tuple[str, int]:
    """Return the file and line outside of asyncio, and outside of text that was put together, that makes something."""
    frame = sys._getframe(2)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith((_ASYNCIO, "<")) or frame.f_code is _NOTING
    ):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


_NOTING = _noting(bool).__code__  # type: ignore[arg-type]
