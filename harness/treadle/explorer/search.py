"""Search by re-execution: run the program once for each schedule, and tally the outcomes.

A coroutine cannot be copied, so each branch of the tree is reached by running from the beginning under a log of
choices; see `schedulers`. What comes out is, for each distinct outcome, the exact number of schedules that lead to it
and the smallest of them.

Other searches (one that visits each state once, a random walk) fit behind the same `Search`: a program goes in, an
`Exploration` comes out. None may say that it ended otherwise than `stopped` unless nothing was left.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from treadle.explorer.schedulers import EnumeratingScheduler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.explorer.program import Execution, Program
    from treadle.schedule import Schedule

O = TypeVar("O")  # noqa: E741 - an outcome

# An execution may leave reference cycles behind. The collector, left to itself, costs more than the execution; called
# now and then, with everything older put out of its sight, it costs next to nothing and memory stays flat.
_EXECUTIONS_BETWEEN_COLLECTIONS = 512


class Ended(StrEnum):
    """Why a search ended. Only the first two allow the verdict *holds*."""

    EXHAUSTED = "exhausted"  # nothing is left at all: no execution has used up a bound
    BOUNDED = "bounded"  # nothing is left within the bounds
    STOPPED = "stopped"  # cut off, by a limit or because the program misbehaved


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a search is cut off: a number of executions, and a point in time by `time.monotonic`."""

    executions: int | None = None
    deadline: float | None = None


@dataclass(slots=True)
class Tally:
    """One outcome: how many schedules lead to it, and the smallest of them."""

    schedules: int
    size: tuple[int, ...]
    example: Schedule


@dataclass(slots=True, kw_only=True)
class Exploration(Generic[O]):
    """What a search found, and how it ended.

    `schedules` is the exact number of schedules covered; here it equals `executions`. `states` is None where states
    are not identified. `reason` says why the search was stopped.
    """

    ended: Ended
    reason: str
    executions: int
    schedules: int
    states: int | None
    tallies: dict[O, Tally] = field(default_factory=dict)


Progress = Callable[[int], object]
"""Called now and then with the number of executions since it was called last."""


class Search(Protocol):
    """A way to go through the schedules of a program."""

    def __call__(self, program: Program[Any], limits: Limits, progress: Progress) -> Exploration[Any]:
        """Explore until nothing is left or a limit is reached."""


def enumerate_schedules(program: Program[O], limits: Limits, progress: Progress = lambda _: None) -> Exploration[O]:
    """Run the program once for every schedule, in depth-first order."""
    scheduler = EnumeratingScheduler()
    tallies: dict[O, Tally] = {}
    executions = told = 0
    cut = False
    reason = ""
    more = True
    with _collecting_by_hand():
        while more and not reason:
            execution = program.run(scheduler)
            executions += 1
            cut = cut or execution.cut
            _count(tallies, execution, scheduler.choices)
            more = scheduler.advance()
            if scheduler.divergence is not None:
                reason = f"nondeterminism: {scheduler.divergence}"
            elif execution.fatal:
                reason = execution.fatal
            elif more and executions % _EXECUTIONS_BETWEEN_COLLECTIONS == 0:
                gc.collect()
                progress(executions - told)
                told = executions
                reason = _cut_off(limits, executions)
            elif more and executions == limits.executions:
                reason = _cut_off(limits, executions)
    progress(executions - told)
    ended = Ended.STOPPED if reason else Ended.BOUNDED if cut else Ended.EXHAUSTED
    return Exploration(
        ended=ended, reason=reason, executions=executions, schedules=executions, states=None, tallies=tallies
    )


@contextlib.contextmanager
def _collecting_by_hand() -> Iterator[None]:
    """Put everything older out of the collector's sight, and switch it off."""
    was_on = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def _count(tallies: dict[O, Tally], execution: Execution[O], choices: list[int]) -> None:
    """Enter an execution into the tallies."""
    tally = tallies.get(execution.outcome)
    if tally is None:
        tallies[execution.outcome] = Tally(1, execution.size, tuple(choices))
        return
    tally.schedules += 1
    if execution.size < tally.size:
        tally.size = execution.size
        tally.example = tuple(choices)


def _cut_off(limits: Limits, executions: int) -> str:
    """Say why the search must be cut off here, or nothing."""
    if limits.deadline is not None and time.monotonic() > limits.deadline:
        return "the time limit was reached"
    if limits.executions is not None and executions >= limits.executions:
        return f"the limit of {limits.executions:,} executions was reached"
    return ""
