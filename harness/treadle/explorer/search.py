"""Search by re-execution, and tally the outcomes: once for each schedule, or until each state was visited once.

A coroutine cannot be copied, so each branch of the tree is reached by running from the beginning under a log of
choices; see `schedulers` and `states`. The result is, for each distinct outcome, the exact number of schedules that
lead to it and the smallest of them. It is the same for both.

Other searches (a random walk) implement the same `Search`: they take a program, and return an `Exploration`. A search
must end as `stopped` unless nothing was left.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from treadle.explorer.distrust import DIFFERED, go_on_from_ends
from treadle.explorer.marks import ANEW, Following
from treadle.explorer.memory import is_memory_near, why_no_memory
from treadle.explorer.roots import RootsScheduler
from treadle.explorer.schedulers import EnumeratingScheduler
from treadle.explorer.states import StateScheduler
from treadle.fingerprint import why_unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.explorer.distrust import Doubt
    from treadle.explorer.marks import Marks
    from treadle.explorer.program import Program
    from treadle.explorer.roots import Root
    from treadle.explorer.tally import Tally

O = TypeVar("O")  # noqa: E741 - an outcome

# An execution may leave reference cycles behind. Automatic garbage collection costs more than the execution. Called at
# intervals, with all older objects frozen, it costs almost nothing, and memory stays constant.
_EXECUTIONS_BETWEEN_COLLECTIONS = 128

NONDETERMINISM = "nondeterminism: "
"""The beginning of the reason for stopping a search in which two runs of one schedule differed."""

FEW = 128
"""After this many executions a search begins to identify states, whose cost a small program never recovers."""


class Ended(StrEnum):
    """Why a search ended. Only the first two allow the verdict *holds*."""

    EXHAUSTED = "exhausted"  # nothing is left at all: no execution has used up a bound
    BOUNDED = "bounded"  # nothing is left within the bounds
    STOPPED = "stopped"  # cut off, by a limit or because the program misbehaved


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits at which a search is cut off. A search that was cut off never says *holds*.

    :param executions: the most executions; None for no limit.
    :param deadline: a point in time, in seconds of `time.monotonic()`; None for no limit.
    """

    executions: int | None = None
    deadline: float | None = None


@dataclass(slots=True, kw_only=True)
class Exploration(Generic[O]):
    """The results of a search, and how it ended.

    `schedules` is the exact number of schedules covered. `states` is the number of distinct states, or None if the
    search does not identify states; `opaque` then says why it could not. `reason` says why it was stopped. `full`: from
    some moment on no new states were kept, for lack of memory, so some were visited more than once. `sampled`: the
    number of executions that went on where the search had ended one at a known state; they are not counted elsewhere.
    `doubted`: one of them showed that states were wrong, so every schedule was run.
    """

    ended: Ended
    reason: str
    executions: int
    schedules: int
    states: int | None
    opaque: str = ""
    sampled: int = 0
    doubted: bool = False
    full: bool = False
    tallies: MutableMapping[O, Tally] = field(default_factory=dict)


Progress = Callable[[int], object]
"""Called at intervals with the number of executions since the last call."""


GoOn = Callable[["Program[object]", "StateScheduler", int, Callable[[], bool]], "Doubt"]
"""A way to go on where executions have ended: see `distrust`."""


class Search(Protocol):
    """A way to search the schedules of a program."""

    def __call__(self, program: Program[O], limits: Limits, progress: Progress) -> Exploration[O]:
        """Explore until nothing is left or a limit is reached."""


def enumerate_schedules(program: Program[O], limits: Limits, progress: Progress = lambda _: None) -> Exploration[O]:
    """Run the program once for every schedule, in depth-first order."""
    return search_under(EnumeratingScheduler(), program, limits, progress)


def visit_states(  # noqa: PLR0913 - all options of a search
    program: Program[O],
    limits: Limits,
    progress: Progress = lambda _: None,
    *,
    few: int = FEW,
    roots: Sequence[Root] = (),
    opaque: str = "",
    distrust: bool = True,
    marks: Marks | None = None,
) -> Exploration[O]:
    """Run the program until every state was visited once; the first `few` executions do not identify states.

    If there are `roots`, only what follows from them is covered. If states are opaque, the program is run for every
    schedule. The same happens, from the beginning, if a sample shows that states are wrong (see `distrust`), or if
    `opaque` gives a reason for that. The result shows which it was: it has a number of `states` only if states were
    identified. If there are `marks`, the search leaves some, and goes on from those of an earlier process.
    """
    scheduler = _from(roots, few, opaque or why_unsupported())
    following = None if marks is None else Following(marks, scheduler, program)
    exploration = search_under(scheduler, program, limits, progress, following=following)
    if exploration.executions > few:
        tell_states(exploration, scheduler)
        if distrust and not look_again(exploration, scheduler, program, limits):
            if marks is not None:
                marks.without(ANEW)
            return _start_over(exploration, _from(roots, few, exploration.opaque), program, limits, progress)
    return exploration


def _from(roots: Sequence[Root], few: int, opaque: str) -> StateScheduler:
    return RootsScheduler(roots, few, opaque) if roots else StateScheduler(few, opaque)


def tell_states(exploration: Exploration[O], scheduler: StateScheduler) -> None:
    """Enter in a result how many states were distinguished, or why they were not."""
    exploration.opaque = scheduler.opaque
    exploration.states = None if scheduler.opaque else scheduler.states


def look_again(
    exploration: Exploration[O],
    scheduler: StateScheduler,
    program: Program[O],
    limits: Limits,
    go_on: GoOn = go_on_from_ends,
) -> bool:
    """Go on from a sample of the ends at known states; say whether everything that followed was as expected.

    If not, no count by states is right, and `opaque` says what differed. If the program itself has stopped the search,
    nothing is checked; if the deadline passes before the check is complete, the search counts as cut off.
    """
    if exploration.ended is Ended.STOPPED and not cut_off(limits, exploration.executions):
        return True
    runs = 0
    with collecting_by_hand() as collect:

        def is_over() -> bool:
            nonlocal runs
            runs += 1
            if runs % _EXECUTIONS_BETWEEN_COLLECTIONS == 0:
                collect()
            return limits.deadline is not None and time.monotonic() > limits.deadline

        doubt = go_on(program, scheduler, exploration.executions, is_over)
    exploration.sampled = doubt.runs
    if doubt.late and exploration.ended is not Ended.STOPPED:
        exploration.ended, exploration.reason = Ended.STOPPED, cut_off(limits, 0)
    if doubt.nondeterminism:
        exploration.ended, exploration.reason = Ended.STOPPED, f"{NONDETERMINISM}{doubt.nondeterminism}"
    if doubt.difference:
        exploration.opaque, exploration.doubted = DIFFERED.format(doubt.difference), True
    return not doubt.difference


def _start_over(
    doubted: Exploration[O], every: StateScheduler, program: Program[O], limits: Limits, progress: Progress
) -> Exploration[O]:
    """Run every schedule, within what is left of the limits, under a scheduler that does not identify states."""
    exploration: Exploration[O] = search_under(every, program, limits, progress, before=doubted.executions)
    exploration.opaque, exploration.sampled, exploration.doubted = doubted.opaque, doubted.sampled, True
    return exploration


def search_under(  # noqa: PLR0913 - all that a search needs
    scheduler: EnumeratingScheduler,
    program: Program[O],
    limits: Limits,
    progress: Progress,
    *,
    before: int = 0,
    following: Following | None = None,
) -> Exploration[O]:
    """Run the program under a scheduler that moves on by itself, until it has no more or a limit is reached.

    The number `before` of executions counts, too, for a search that was begun in another way. `following` leaves marks.
    """
    executions = told = before
    cut = False
    reason = cut_off(limits, before) if before else ""
    more = True
    with scheduler.watching(), collecting_by_hand() as collect:
        while more and not reason:
            execution = program.run(scheduler)
            executions += 1
            cut = cut or execution.cut
            if following is not None:
                following.heed()
            scheduler.record(execution)
            more = scheduler.advance()
            if execution.fatal:  # checked first: an execution that was ended also diverges
                reason = execution.fatal
            elif scheduler.divergence is not None:
                reason = f"{NONDETERMINISM}{scheduler.divergence}"
            elif more and executions % _EXECUTIONS_BETWEEN_COLLECTIONS == 0:
                collect()
                progress(executions - told)
                told = executions
                reason = cut_off(limits, executions) or why_no_memory()
                if is_memory_near():
                    scheduler.keep_no_more()
            elif more and executions == limits.executions:
                reason = cut_off(limits, executions)
            if following is not None and more and not reason:
                executions, cut = following.move_on(executions, cut=cut)
    progress(executions - told)
    scheduler.finish()
    tallies = scheduler.tallies
    return Exploration(
        ended=Ended.STOPPED if reason else Ended.BOUNDED if cut or scheduler.spent else Ended.EXHAUSTED,
        reason=reason,
        executions=executions,
        schedules=tallies.total(),
        states=None,
        full=scheduler.is_full,
        tallies=tallies,
    )


_collecting: list[Callable[[], None]] = []  # what the outermost block yields


@contextlib.contextmanager
def collecting_by_hand(*, tidy: bool = False) -> Iterator[Callable[[], None]]:
    """Freeze all older objects, and switch the garbage collector off; yield a function to be called at intervals.

    `tidy`: at the end collect the garbage of the block, so that nothing of it is reported later. If little was created,
    that costs little, as no older object is examined. Inside another such block everything is left to the outer one.
    """
    if _collecting:
        yield _collecting[0]
        return
    was_on = gc.isenabled()
    kept = False

    def collect() -> None:
        nonlocal kept
        kept = True
        gc.collect()
        gc.freeze()  # what is left is kept until the end: states and tallies

    gc.freeze()  # older garbage waits until the end: looking for it costs more than a small search
    gc.disable()
    _collecting.append(collect)
    try:
        yield collect
    finally:
        _collecting.clear()
        if tidy and not kept:
            gc.collect()
        gc.unfreeze()
        if tidy and kept:
            gc.collect()
        if was_on:
            gc.enable()


def cut_off(limits: Limits, executions: int) -> str:
    """Return why the search must be cut off here, or an empty text."""
    if limits.deadline is not None and time.monotonic() > limits.deadline:
        return "the time limit was reached"
    if limits.executions is not None and executions >= limits.executions:
        return f"the limit of {limits.executions:,} executions was reached"
    return ""
