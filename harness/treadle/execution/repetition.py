"""The gaps that two executions of a search have in common, so that the world need not be asked about them twice.

An enumeration changes one choice and what follows it. Up to there the next execution repeats the last one. An engine
that remembers what was done can do it again, without finding out anew what was possible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.explorer import Repeated

Done: TypeAlias = tuple[object, int, int]
"""The key of an action, or the place in the queue of the callback taken; the price; the number of choices so far."""

Remembered: TypeAlias = "tuple[int, Sequence[Done], bool, object]"
"""A gap: the number of choices so far, what was done, whether it is quiet, and what the world wants restored.

It is *quiet* if nothing was done in it, nothing was chosen since the gap before, and the world need not look at
anything: then the callbacks before and after it can run without a stop.
"""


class Repetition:
    """The remembered gaps of an execution.

    `search` is the search that knows what is repeated. If it is None, nothing is repeated and nothing need be
    remembered.
    """

    __slots__ = ("gaps", "search")

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self.gaps: list[Remembered] = []
        self.search: Repeated | None = None

    def begin(self, search: Repeated | None) -> int:
        """Begin an execution; return how many gaps it shares with the one before, and forget the others."""
        repeated = search.repeated if search is not None and search is self.search else 0
        self.search = search
        gaps = self.gaps
        while gaps and (not repeated or gaps[-1][0] > repeated):
            del gaps[-1]
        return len(gaps)
