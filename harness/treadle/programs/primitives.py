"""Note the locks, semaphores and pools that an execution makes, to find those that are left taken.

Of asyncio's classes, only exact instances are noted, not those of subclasses: they refer to nothing of the program, so
keeping them alive until the execution is judged makes no difference. Pools are classes that the user has named; what is
acquired from them is counted. A primitive is described by the line outside of asyncio that made it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
from dataclasses import dataclass
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any

from treadle.errors import MisuseError
from treadle.inspecting import Kinds
from treadle.telling import type_told
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_KINDS: tuple[type, ...] = (asyncio.Lock, asyncio.Semaphore)
_EXACT = Kinds(asyncio.Lock, asyncio.Semaphore, asyncio.BoundedSemaphore)
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep  # noqa: PTH120 - as code objects have it


@dataclass(slots=True, eq=False)
class Primitive:
    """A primitive that can be taken: its kind, the file and line that made it, and the slots not given back.

    One that is `named` counts wherever it was made, also in a test's own file.
    """

    kind: str
    file: str
    line: int
    acquired: int = 0
    named: bool = True

    @property
    def taken(self) -> int:
        """The number of slots that are taken."""
        return self.acquired

    @property
    def told(self) -> str:
        """Its kind, and where it was made."""
        return f"{self.kind} made at {name_file(self.file)} line {self.line}"


@dataclass(slots=True, eq=False)
class _OfAsyncio(Primitive):
    """A lock or semaphore, which counts its slots itself; `acquired` is minus its slots when it was made."""

    itself: Any = None

    @property
    def taken(self) -> int:
        return -self.acquired - _slots_of(self.itself)


def _slots_of(primitive: asyncio.Lock | asyncio.Semaphore) -> int:
    return primitive._value if isinstance(primitive, asyncio.Semaphore) else 1 - primitive.locked()


_made: list[Primitive] | None = None
"""The primitives of the execution under way; None if they are not noted."""
_pools: dict[int, Primitive] = {}
"""The pools among `_made`, by `id`."""


def note_primitives() -> list[Primitive]:
    """Note what is made from now on, within `primitives_noted`; return the list that receives it."""
    global _made  # noqa: PLW0603 - one program is executed at a time
    _made = []
    _pools.clear()
    return _made


@contextlib.contextmanager
def primitives_noted(pools: Sequence[type] = ()) -> Iterator[None]:
    """While the block runs, note new objects of asyncio's classes, and count what is acquired from pools.

    Raises `MisuseError` for a class without `acquire` and `release`.
    """
    global _made  # noqa: PLW0603
    with contextlib.ExitStack() as stack:
        for kind in _KINDS:
            stack.enter_context(_replaced(kind, "__init__", _noting))
        for kind in pools:
            for name, wrap in (("__init__", _noting_pool), ("acquire", _acquiring), ("release", _releasing)):
                stack.enter_context(_replaced(kind, name, wrap))
        try:
            yield
        finally:
            _made = None
            _pools.clear()


@contextlib.contextmanager
def _replaced(kind: type, name: str, wrap: Callable[[Any], Any]) -> Iterator[None]:
    """Replace a method by a wrapped one while the block runs."""
    own = kind.__dict__.get(name)
    method = getattr(kind, name, None)
    if not callable(method):
        message = f"{kind.__qualname__} is not a pool whose slots can be counted: it has no method {name}()"
        raise MisuseError(message)
    setattr(kind, name, wrap(method))
    try:
        yield
    finally:
        if own is None:
            delattr(kind, name)
        else:
            setattr(kind, name, own)


def _noting(make: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(make)
    def noting(self: asyncio.Lock, *arguments: object, **options: object) -> None:
        make(self, *arguments, **options)
        if _made is not None and type(self) in _EXACT:
            _made.append(_OfAsyncio(type(self).__name__, *_place(), -_slots_of(self), named=False, itself=self))

    return noting


def _noting_pool(make: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(make)
    def noting_pool(self: object, *arguments: object, **options: object) -> None:
        if _made is not None:
            _pools[id(self)] = pool = Primitive(type_told(self), *_place())
            _made.append(pool)
        make(self, *arguments, **options)

    return noting_pool


def _acquiring(acquire: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(acquire)
    async def acquiring(self: object, *arguments: object, **options: object) -> object:
        got = await acquire(self, *arguments, **options)
        _count(self, 1)
        return got

    @functools.wraps(acquire)
    def acquiring_at_once(self: object, *arguments: object, **options: object) -> object:
        got = acquire(self, *arguments, **options)
        if isawaitable(got):
            message = (
                f"{type_told(self)}.acquire() is not an async function, but returns something to await: "
                "what it hands out cannot be counted"
            )
            raise MisuseError(message)
        _count(self, 1)
        return got

    return acquiring if iscoroutinefunction(acquire) else acquiring_at_once


def _releasing(release: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(release)
    def releasing(self: object, *arguments: object, **options: object) -> object:
        _count(self, -1)
        return release(self, *arguments, **options)

    return releasing


def _count(pool: object, slots: int) -> None:
    noted = _pools.get(id(pool))
    if noted is not None:
        noted.acquired += slots


def _place() -> tuple[str, int]:
    """Return the file and line that makes a primitive: outside of asyncio, and of generated code."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_ASYNCIO, "<", __file__)):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
