"""What two executions of a search have in common, so that it need not be asked for twice.

An enumeration changes one choice and what comes after. Until then the next execution is the last one over again; an
engine that remembers what was done can do that again, and leave out everything by which it found out what could be
done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.explorer import Repeated

Done: TypeAlias = tuple[object, int, int]
"""The key of an action, or the place in the queue of the callback that was taken; the price; the choices so far."""

Remembered: TypeAlias = "tuple[int, Sequence[Done], bool, object]"
"""A gap: the number of choices so far, what was done in it, whether it is quiet, and what the world wants to have back.

It is *quiet* where nothing was done in it, nothing was chosen since the gap before, and the world need not look at
anything: then the callbacks before and after it can run one after the other.
"""


class Repetition:
    """The gaps of an execution, as they are remembered.

    `search` is who knows what is repeated, or None: then nothing is, and nothing need be remembered.
    """

    __slots__ = ("gaps", "search")

    def __init__(self) -> None:
        """Remember nothing."""
        self.gaps: list[Remembered] = []
        self.search: Repeated | None = None

    def begin(self, search: Repeated | None) -> int:
        """Begin an execution; return how many gaps of the one before it has, too, and forget the others."""
        repeated = search.repeated if search is not None and search is self.search else 0
        self.search = search
        gaps = self.gaps
        while gaps and (not repeated or gaps[-1][0] > repeated):
            del gaps[-1]
        return len(gaps)
