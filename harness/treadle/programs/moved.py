"""Run a schedule again with objects at other addresses, to see whether its end depends on addresses.

The order of a set of objects that hash to their addresses depends on these, and so does what `pop` returns. In one
process the addresses are often the same from run to run, and in the next they are others.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_TIMES = 16
_SIZES = range(16, 513, 16)  # small objects get memory by their size; the block freed last is used first
_BLOCKS = 512  # of each size; more than an execution uses before the program makes its objects
_HEADER = bytes.__basicsize__


def moved(run: Callable[[], T]) -> Iterator[T]:
    """Yield the results of repeated runs, each after memory was freed in another order."""
    chance = Random(0)  # noqa: S311 - the same each time, and no secret
    for _ in range(_TIMES):
        blocks = [bytes(max(size - _HEADER, 2)) for size in _SIZES for _ in range(_BLOCKS)]
        chance.shuffle(blocks)
        while blocks:
            blocks.pop()
        yield run()
