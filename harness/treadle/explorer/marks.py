"""Marks that a long search leaves on its way, so that after a kill another process goes on from the last one.

A mark is a piece of what the search has found (see `unfinished`). A search that is given marks of an earlier process
first runs `FEW_AGAIN` executions as if there were none, and compares. Then it runs again those later executions in
which something came up that lasts: code that ran for the first time, a state in which others were found to wait in
vain. What has come up so must be the same; then it takes up the rest. So the result is that of a search that was never
interrupted, and a mark that means something else in this process is not used.

What lasts is known to the world, not to a search, so the caller says it: see `Marks.lasting`.

A search that cannot leave a mark when it is time for one says why, once: a kill would cost all that it has found since
the last one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from treadle.explorer.schedulers import ReplayScheduler
from treadle.explorer.unfinished import Piece, Tells, Unfinished
from treadle.explorer.written import Writer
from treadle.fingerprint import Digests, OpaqueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.explorer.program import Execution, Program
    from treadle.explorer.states import StateScheduler
    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Schedule

FEW_AGAIN = 256
"""The first executions of a search are run again by each process that goes on."""

SECONDS = 15.0
"""The time from one mark to the next."""

_BEHIND = "its executions have left behind what only they can bring up again, such as a thread or a step without an end"
_TOO_MANY = "too many of its executions brought up something that lasts, and would have to be run again"
_NAMELESS = "its states hold something that has no name in another process"
ANEW = "it began anew, because states turned out to be wrong, and such a search leaves none"

Lasting = tuple[object, ...]

_ONE_IN = 8  # if more executions than this would have to be run again, no mark is left


class UnusableMarksError(Exception):
    """Marks do not fit what the program does in this process, which must not go on with them, nor without."""


@dataclass(slots=True, kw_only=True)
class Marks:
    """The marks of one search: those of an earlier process, the oldest first, and what to do with a new one.

    `leave` keeps a mark, `without` is told why there is none; `tell` and `hear` write and read outcomes. `lasting`
    returns, as plain values that mean the same in every process, what executions have brought up that lasts and that
    the result may depend on; None if that cannot be said. `brings_up_code`, asked after an execution, says whether it
    has run code for the first time that the next state will bring up. `why_not`, asked just before a mark is left, says
    what else speaks against it, if anything; its argument says whether states are identified.
    """

    earlier: Sequence[Piece]
    leave: Callable[[Piece], object]
    tell: Tells
    hear: Tells
    seconds: float = SECONDS
    lasting: Callable[[], Lasting | None] = field(default=lambda: None)
    brings_up_code: Callable[[], bool] = field(default=lambda: False)
    why_not: Callable[[bool], str] = field(default=lambda _: "")
    without: Callable[[str], object] = field(default=lambda _: None)


class _Again(NamedTuple):
    """An execution to be run again: its choices, and how many of them repeated those of the one before.

    `met`: the digest of the known state at which it ended, in hexadecimal; empty if it ended in another way.
    `identifies`: states were identified.
    """

    choices: Schedule
    repeated: int
    met: str
    identifies: bool


class Following:
    """Follows one search: leaves marks, or brings it to where an earlier process stood."""

    def __init__(self, marks: Marks, scheduler: StateScheduler, program: Program[object]) -> None:
        """Follow from the beginning."""
        self._marks = marks
        self._scheduler = scheduler
        self._program = program
        self._writer: Writer | None = None
        self._again: list[_Again] = []
        self._written = 0  # of those
        self._number = len(marks.earlier)
        self._lasting: Lasting = ()
        self._executions = 0
        self._next = time.monotonic() + marks.seconds
        self._over = ""  # why no mark can be left any more
        self._told = ""  # why there was none
        if marks.earlier:
            scheduler.digests([name for piece in marks.earlier for name in piece["names"]])

    def heed(self) -> None:
        """Note whether the execution that has just ended, and is not recorded yet, must be run again."""
        self._executions += 1
        if self._executions < FEW_AGAIN or self._over:
            return
        lasting = self._marks.lasting()
        if lasting is None:
            self._over = _BEHIND
        elif lasting != self._lasting or self._marks.brings_up_code():
            self._lasting = lasting
            if self._executions > FEW_AGAIN:
                self._again.append(self._scheduler_has_just_done())

    def _scheduler_has_just_done(self) -> _Again:
        scheduler = self._scheduler
        met = ""
        if scheduler.pruned:
            key = scheduler.met
            met = (key if isinstance(key, bytes) else scheduler.digests().of(key)).hex()
        return _Again(tuple(scheduler.choices), scheduler.repeating, met, not scheduler.opaque)

    def move_on(self, executions: int, *, cut: bool) -> tuple[int, bool]:
        """Go on after an execution: leave a mark if it is time; after the first few, go to where the last one was left.

        Returns the number of executions, and whether a bound was used up in one of them. Raises `UnusableMarksError`.
        """
        if self._executions == FEW_AGAIN and self._marks.earlier:
            return self._take_up()
        if self._executions > FEW_AGAIN and time.monotonic() >= self._next:
            why_not = self._over or self._leave(executions, cut=cut)
            if why_not and why_not != self._told:
                self._marks.without(why_not)
            self._told = why_not
            self._next = time.monotonic() + self._marks.seconds
        return executions, cut

    def _leave(self, executions: int, *, cut: bool) -> str:
        """Leave a mark; or return why not."""
        why_not = self._marks.why_not(not self._scheduler.opaque)
        if why_not:
            return why_not
        if len(self._again) * _ONE_IN > executions:
            return _TOO_MANY
        if self._writer is None:
            self._writer = Writer(self._scheduler, self._marks.tell)
        piece = self._writer.piece()
        if piece is None:
            self._over = _NAMELESS
            return _NAMELESS
        again, self._written = self._again[self._written :], len(self._again)
        piece.update(number=self._number, executions=executions, cut=cut, lasting=repr(self._lasting), again=again)
        self._number += 1
        self._marks.leave(piece)
        return ""

    def _take_up(self) -> tuple[int, bool]:
        marks, scheduler = self._marks, self._scheduler
        try:
            found = Unfinished(marks.earlier, marks.hear)
            again = [_Again(tuple(told[0]), *told[1:]) for piece in marks.earlier for told in piece["again"]]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UnusableMarksError from error
        if not found.begins_with(scheduler.left, scheduler.known, scheduler.tallies.outcomes):
            raise UnusableMarksError
        for each in again:
            repeating = _Repeating(each, scheduler.digests())
            if _went_wrong(self._program.run(repeating), repeating):
                raise UnusableMarksError
        self._lasting = marks.lasting() or ()
        if repr(self._lasting) != found.last["lasting"]:
            raise UnusableMarksError
        scheduler.take_up(found)
        self._writer = Writer(scheduler, marks.tell, found)
        self._again, self._written = again, len(again)
        self._executions = found.last["executions"]
        marks.earlier = ()
        return self._executions, found.last["cut"]


def _went_wrong(execution: Execution[object], repeating: _Repeating) -> bool:
    return bool(execution.fatal) or repeating.diverged() is not None or not repeating.ended_as_before


class _Repeating(ReplayScheduler):
    """Repeats an execution of a search, with the same states identified, and ends it where it ended."""

    __slots__ = ("_again", "_digests", "_met", "position", "repeated")

    knows_states = True

    def __init__(self, again: _Again, digests: Digests) -> None:
        super().__init__(again.choices)
        self._again = again
        self._digests = digests
        self._met = ""
        self.position = self.repeated = 0

    @property
    def ended_as_before(self) -> bool:
        return self._met == self._again.met

    def choose(self, kind: object, options: int, priced: int = 0) -> int:
        self.position += 1
        return super().choose(kind, options, priced)  # type: ignore[arg-type]

    def seen(  # type: ignore[override]  # `Answers` takes anything
        self,
        _size: Callable[[], tuple[int, ...]],
        fingerprint: Callable[[], Fingerprint],
        _left: int | None = None,
        _unread: object = None,
        /,
    ) -> bool:
        again = self._again
        if self._met or not again.identifies or self.position < again.repeated:
            return bool(self._met)
        try:
            found = self._digests.of(fingerprint()).hex()
        except OpaqueError:
            return False
        if self.position == len(again.choices) and found == again.met:
            self._met = found
        return bool(self._met)

    def repeats(self) -> _Repeating:  # type: ignore[override]
        """Return itself: the execution counts as one of a search, which repeats nothing."""
        return self

    def skip(self, position: int) -> None:
        self.position = position
