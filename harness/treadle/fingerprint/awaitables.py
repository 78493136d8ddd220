"""Awaitables of C code: the iterators of futures and coroutines, and the steps of asynchronous generators.

All but one show their parts to the garbage collector, and have no other state: the iterator of a future is as good as
new while the future is pending. The step of an asynchronous generator also has a number that says whether it has begun.
It is read from memory, if this interpreter stores it in the known way.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import struct
from typing import TYPE_CHECKING, Self

from treadle.fingerprint.encoder import OpaqueError, rule
from treadle.fingerprint.layout import all_memory
from treadle.fingerprint.samples import begin, give_and_tidy, give_late, unheard_of
from treadle.fingerprint.stack import WORD
from treadle.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from treadle.fingerprint.encoder import Encoder


class _Endless:
    """An iterable whose next item is always the given one."""

    def __init__(self, item: Coroutine[object, None, None]) -> None:
        self._item = item

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Coroutine[object, None, None]:
        return self._item


def _types() -> tuple[tuple[type, ...], tuple[type, ...]]:
    """Return the types whose parts show everything, and the types of steps."""
    generator, simple = give_late([]), asyncio.sleep(0)
    steps: tuple[Coroutine[object, None, object], ...] = (generator.asend(None), generator.aclose())
    shown = simple.__await__(), anext(_Endless(simple), None), Loop().create_future().__await__()
    for each in (*steps, simple):
        each.close()  # otherwise Python warns that it was never awaited
    return tuple(map(type, shown)), tuple(map(type, steps))


_SHOWN, _STEPS = _types()


@rule(*_SHOWN)
def _shown(encoder: Encoder, item: object) -> None:
    encoder.number(item)
    kind, held = type(item), gc.get_referents(item)
    if held and held[0] is kind:  # from 3.12 on, of types created at run time
        del held[0]
    encoder.tokens += (kind, len(held))
    encoder.add_all(held)


@rule(*_STEPS)
def _step(encoder: Encoder, item: object) -> None:
    if not _can_read_steps():
        message = f"an object of type {type(item).__qualname__}: which does not show whether it has started"
        raise OpaqueError(message)
    encoder.number(item)
    held = gc.get_referents(item)
    encoder.tokens += (type(item), _progress(item), len(held))
    encoder.add_all(held)


def _progress(item: object) -> int:
    """Read the progress of a step from its last word."""
    found: int = struct.unpack_from("=i", all_memory(), id(item) + type(item).__basicsize__ - WORD)[0]
    return found


@functools.cache
def _can_read_steps() -> bool:
    """Say whether the number distinguishes a step before it has begun, while it waits, and when it is over."""
    with unheard_of():
        given, closed = give_late([1]), give_and_tidy(1)
        begin(closed.__anext__())
        found: list[int] = []
        for step in (given.__anext__(), closed.aclose()):
            for _ in range(2):
                found.append(_progress(step))
                begin(step)
            found.append(_progress(step))
        begin(given.aclose())
    return found == [0, 1, 2] * 2
