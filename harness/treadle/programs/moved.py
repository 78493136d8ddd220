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

_TIMES = (
    32  # of three members that must have one of their six orders, that shows one in which they have it 299 of 300 times
)
_SIZES = range(16, 513, 16)  # small objects get memory by their size; the block freed last is used first
_BLOCKS = 256  # of each size; more than an execution uses before the program makes its objects
_HEADER = bytes.__basicsize__


def moved(run: Callable[[], T], at_begin: list[Callable[[], object]]) -> Iterator[T]:
    """Yield the results of repeated runs, each after memory was freed in another order.

    This is done as the run begins (`at_begin`): what is left of the run before is freed by then, and would be used
    first.
    """
    mover = _Mover()
    at_begin.append(mover.move)
    try:
        for _ in range(_TIMES):
            yield run()
    finally:
        at_begin.remove(mover.move)


class _Mover:
    """Frees blocks of each size in an order that is another one each time.

    It keeps half of them until the next time: a pool of which all is free is handed out anew, from its first block on.
    """

    def __init__(self) -> None:
        self._lengths = [max(size - _HEADER, 2) for size in _SIZES for _ in range(_BLOCKS)]
        self._order = [*range(len(self._lengths))]
        Random(0).shuffle(self._order)  # noqa: S311 - the same each time, and no secret
        self._follows = self._order  # to shuffle once, and follow that again and again, takes a third of the time
        self._kept: list[bytes] = []

    def move(self) -> None:
        made = [*map(bytes, self._lengths)]
        blocks = [made[each] for each in self._order]
        made.clear()
        self._order = [self._order[each] for each in self._follows]
        self._kept = blocks[::2]
        del blocks[::2]
        while blocks:
            blocks.pop()
