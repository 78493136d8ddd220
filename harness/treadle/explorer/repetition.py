"""What two executions of a search have in common, so that a program need not ask for it twice.

An enumeration changes one choice and what comes after. Until then the next execution is the last one over again; a
program that remembers what it did can do that again, and leave out everything by which it found out what it could do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from treadle.explorer.schedulers import EnumeratingScheduler

if TYPE_CHECKING:
    from treadle.explorer.program import Scheduler


class Repetition:
    """The gaps of an execution, as the program remembers them: tuples, the first item is the number of choices so far.

    `search` is who chooses, or None: then nothing is repeated, and nothing need be remembered.
    """

    __slots__ = ("gaps", "search")

    def __init__(self) -> None:
        """Remember nothing."""
        self.gaps: list[tuple[Any, ...]] = []
        self.search: EnumeratingScheduler | None = None

    def begin(self, scheduler: Scheduler | None) -> int:
        """Begin an execution; return how many gaps of the one before it has, too, and forget the others.

        No scheduler but that of a search tells what is repeated.
        """
        search = scheduler if isinstance(scheduler, EnumeratingScheduler) else None
        repeated = search.repeated if search is not None and search is self.search else 0
        self.search = search
        gaps = self.gaps
        while gaps and (not repeated or gaps[-1][0] > repeated):
            del gaps[-1]
        return len(gaps)
