"""Search by re-execution, and tally the outcomes: once for each schedule, or until each state was visited once.

A coroutine cannot be copied, so each branch of the tree is reached by running from the beginning under a log of
choices; see `schedulers` and `states`. What comes out is, for each distinct outcome, the exact number of schedules that
lead to it and the smallest of them, and it is the same for both.

Other searches (a random walk) fit behind the same `Search`: a program goes in, an `Exploration` comes out. None may say
that it ended otherwise than `stopped` unless nothing was left.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from treadle.explorer.distrust import DIFFERED, go_on_from_ends
from treadle.explorer.memory import is_memory_near, why_no_memory
from treadle.explorer.roots import RootsScheduler
from treadle.explorer.schedulers import EnumeratingScheduler
from treadle.explorer.states import StateScheduler
from treadle.fingerprint import why_unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.explorer.distrust import Doubt
    from treadle.explorer.graph import State
    from treadle.explorer.program import Program
    from treadle.explorer.roots import Root
    from treadle.explorer.tally import Tally

O = TypeVar("O")  # noqa: E741 - an outcome

# An execution may leave reference cycles behind. The collector, left to itself, costs more than the execution; called
# now and then, with everything older put out of its sight, it costs next to nothing and memory stays flat.
_EXECUTIONS_BETWEEN_COLLECTIONS = 128

NONDETERMINISM = "nondeterminism: "
"""How the reason begins why a search was stopped, where two runs of one schedule differed."""

FEW = 128
"""After so many executions a search begins to look at states: that takes time which a small program never returns."""


class Ended(StrEnum):
    """Why a search ended. Only the first two allow the verdict *holds*."""

    EXHAUSTED = "exhausted"  # nothing is left at all: no execution has used up a bound
    BOUNDED = "bounded"  # nothing is left within the bounds
    STOPPED = "stopped"  # cut off, by a limit or because the program misbehaved


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a search is cut off. One that is cut off never says *holds*.

    :param executions: most executions; None for no limit.
    :param deadline: a point in time, in seconds of `time.monotonic()`; None for no limit.
    """

    executions: int | None = None
    deadline: float | None = None


@dataclass(slots=True, kw_only=True)
class Exploration(Generic[O]):
    """What a search found, and how it ended.

    `schedules` is the exact number of schedules covered. `states` is the number of states that were told apart, or None
    where the search does not identify states; `opaque` then says why it could not. `reason` says why it was stopped.
    `full`: from some moment on no new states were kept, for want of memory, so some were visited more than once.
    `sampled` executions went on where the search had ended one at a known state; they count nowhere else. `doubted`:
    one of them showed that states were wrong, so every schedule was run.
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
    tallies: dict[O, Tally] = field(default_factory=dict)


Progress = Callable[[int], object]
"""Called now and then with the number of executions since it was called last."""


GoOn = Callable[["Program[object]", "Sequence[State]", int, int, Callable[[], bool]], "Doubt"]
"""A way to go on where executions have ended: see `distrust`."""


class Search(Protocol):
    """A way to go through the schedules of a program."""

    def __call__(self, program: Program[O], limits: Limits, progress: Progress) -> Exploration[O]:
        """Explore until nothing is left or a limit is reached."""


def enumerate_schedules(program: Program[O], limits: Limits, progress: Progress = lambda _: None) -> Exploration[O]:
    """Run the program once for every schedule, in depth-first order."""
    return search_under(EnumeratingScheduler(), program, limits, progress)


def visit_states(  # noqa: PLR0913 - all that a search can be told
    program: Program[O],
    limits: Limits,
    progress: Progress = lambda _: None,
    *,
    few: int = FEW,
    roots: Sequence[Root] = (),
    opaque: str = "",
    distrust: bool = True,
) -> Exploration[O]:
    """Run the program until every state was visited once, but for the first `few` executions, which pass unnoticed.

    Where there are `roots`, only what follows from them is covered. Where states are opaque it is run for every
    schedule; so it is, from the beginning, where a sample shows that they are wrong (see `distrust`), and where
    `opaque` says why they are. The result says which it was: only where states were identified does it have a number of
    `states`.
    """
    scheduler = _from(roots, few, opaque or why_unsupported())
    exploration = search_under(scheduler, program, limits, progress)
    if exploration.executions > few:
        tell_states(exploration, scheduler)
        if distrust and not look_again(exploration, scheduler, program, limits):
            return _start_over(exploration, _from(roots, few, exploration.opaque), program, limits, progress)
    return exploration


def _from(roots: Sequence[Root], few: int, opaque: str) -> StateScheduler:
    return RootsScheduler(roots, few, opaque) if roots else StateScheduler(few, opaque)


def tell_states(exploration: Exploration[O], scheduler: StateScheduler) -> None:
    """Say in a result how many states were told apart, or why they were not."""
    exploration.opaque = scheduler.opaque
    exploration.states = None if scheduler.opaque else scheduler.states


def look_again(
    exploration: Exploration[O],
    scheduler: StateScheduler,
    program: Program[O],
    limits: Limits,
    go_on: GoOn = go_on_from_ends,
) -> bool:
    """Go on where executions ended at known states, in a sample; say whether all that followed was as it had to be.

    If not, nothing that was counted by states is right, and `opaque` says what was not. Where the program itself has
    stopped the search, nothing is looked at; where time is over before all was, the search was cut off.
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

        doubt = go_on(program, scheduler.in_order(), scheduler.events, exploration.executions, is_over)
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
    """Run every schedule, within what is left of the limits, under a scheduler that does not look at states."""
    exploration: Exploration[O] = search_under(every, program, limits, progress, before=doubted.executions)
    exploration.opaque, exploration.sampled, exploration.doubted = doubted.opaque, doubted.sampled, True
    return exploration


def search_under(
    scheduler: EnumeratingScheduler, program: Program[O], limits: Limits, progress: Progress, *, before: int = 0
) -> Exploration[O]:
    """Run the program under a scheduler that moves on by itself, until it has no more or a limit is reached.

    So many executions `before` count, too: the search had begun in another way.
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
            scheduler.record(execution)
            more = scheduler.advance()
            if execution.fatal:  # first: where it was cut off, it has gone another way, too
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
    progress(executions - told)
    scheduler.finish()
    tallies = scheduler.tallies
    return Exploration(
        ended=Ended.STOPPED if reason else Ended.BOUNDED if cut or scheduler.spent else Ended.EXHAUSTED,
        reason=reason,
        executions=executions,
        schedules=sum(tally.schedules for tally in tallies.values()),
        states=None,
        full=scheduler.is_full,
        tallies=tallies,
    )


_collecting: list[Callable[[], None]] = []  # what the outermost block yields


@contextlib.contextmanager
def collecting_by_hand(*, tidy: bool = False) -> Iterator[Callable[[], None]]:
    """Put everything older out of the collector's sight, and switch it off; yield what is to be called now and then.

    `tidy`: at the end collect what has become garbage meanwhile, so that nothing of it is heard of later. Where little
    was made that costs little, as nothing older is looked at. Inside of another such block all is left to that one.
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

    gc.freeze()  # garbage that is older waits until the end: to look for it costs more than a small search
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
    """Say why the search must be cut off here, or nothing."""
    if limits.deadline is not None and time.monotonic() > limits.deadline:
        return "the time limit was reached"
    if limits.executions is not None and executions >= limits.executions:
        return f"the limit of {limits.executions:,} executions was reached"
    return ""
