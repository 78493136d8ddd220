"""Run a schedule again with objects at other addresses, to see whether its end depends on where they lie.

A set of objects that hash to their addresses is iterated in the order of these, and which of them `pop` gives depends
on them, too. In one process they are often the same from run to run, and in the next they are others.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_TIMES = 16
_SIZES = range(16, 513, 16)  # the memory of small objects is handed out by their size, what was freed last at first
_BLOCKS = 512  # of each size, more than an execution takes before the program makes its objects
_HEADER = bytes.__basicsize__


def moved(run: Callable[[], T]) -> Iterator[T]:
    """Give what a run returns, again and again, each time after memory was given back in another order."""
    chance = Random(0)  # noqa: S311 - the same each time, and no secret
    for _ in range(_TIMES):
        blocks = [bytes(max(size - _HEADER, 2)) for size in _SIZES for _ in range(_BLOCKS)]
        chance.shuffle(blocks)
        while blocks:
            blocks.pop()
        yield run()
