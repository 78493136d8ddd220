"""Check what was left out: run on where a search by states stopped, and compare.

Ending an execution at a known state is right only if the state holds everything that the program can read, which cannot
be proved. So a sample of the ends (see `ends`) is run on: the schedule that led to the end is repeated, and from there
the execution follows a path that leads on from the known state. If it is offered anything else on that path, or ends
otherwise, the two states were not the same, and nothing that was counted by states can be trusted.

Two executions of one schedule that differ mean nondeterminism, as always, and not a wrong state. So a difference is run
twice.
"""

from __future__ import annotations

import random
from operator import add, sub
from typing import TYPE_CHECKING, NamedTuple, cast

from treadle.explorer.ends import Sample, Step, draw_pairs, draw_samples, without_events
from treadle.explorer.schedulers import ReplayScheduler, divergence

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.errors import NondeterminismError
    from treadle.explorer.program import Execution, Program
    from treadle.explorer.states import StateScheduler
    from treadle.schedule import Schedule

DIFFERED = (
    "one state went on differently when it was reached again ({}): the state holds something that Treadle does not see"
)


class Doubt(NamedTuple):
    """The result of `runs` executions that went on: a difference, or that two runs of one schedule differed.

    `late`: the deadline passed before all of them had run.
    """

    runs: int
    difference: str = ""
    nondeterminism: str = ""
    late: bool = False

    @property
    def is_over(self) -> bool:
        """Say whether no more executions are needed."""
        return bool(self.difference or self.nondeterminism or self.late)


def go_on_from_ends(
    program: Program[object], found: StateScheduler, executions: int, is_over: Callable[[], bool]
) -> Doubt:
    """Go on from a sample of the ends until one differs, or the deadline passes; for the rest see `draw_samples`."""
    runs = 0
    for sample in draw_samples(found.in_order(), found.events, executions):
        outcome = found.tallies.outcomes[cast("int", sample.outcome)]
        doubt = _go_on(program, sample._replace(outcome=outcome), is_over)
        runs += doubt.runs
        if doubt.is_over:
            return doubt._replace(runs=runs)
    return Doubt(runs)


def go_on_from_pairs(
    program: Program[object], found: StateScheduler, _executions: int, is_over: Callable[[], bool]
) -> Doubt:
    """Do so if what follows from the states was not run: go on at random from both, a known state and an end."""
    chance = random.Random(0)  # noqa: S311 - no secrets here
    runs = 0
    for pair in draw_pairs(found.in_order(), found.events):
        if is_over():
            return Doubt(runs, late=True)
        known = _Wandering(pair.known.schedule, pair.end.events, chance)
        execution = program.run(known)
        runs += 1
        if execution.fatal and is_over():
            return Doubt(runs, late=True)
        if known.diverged() is not None:
            return Doubt(runs, nondeterminism=str(known.divergence))
        if execution.fatal:
            break  # a search that goes on from there will find it, too
        size = tuple(map(add, pair.end.size, map(sub, execution.size, pair.known.size)))
        doubt = _go_on(program, Sample(pair.end, tuple(known.steps), execution.outcome, size), is_over)
        runs += doubt.runs
        if doubt.is_over:
            return doubt._replace(runs=runs)
    return Doubt(runs)


def _go_on(program: Program[object], sample: Sample, is_over: Callable[[], bool]) -> Doubt:
    """Go on from one end, twice if anything differs."""
    if is_over():
        return Doubt(0, late=True)
    first = _GoingOn(sample.end.schedule, sample.steps)
    execution = program.run(first)
    if execution.fatal and is_over():
        return Doubt(1, late=True)
    if first.diverged() is not None:
        return Doubt(1, nondeterminism=str(first.divergence))
    difference = _compare(first, execution, sample)
    if not difference:
        return Doubt(1)
    second = _GoingOn(sample.end.schedule, sample.steps)
    again = program.run(second)
    if (first.offered, execution.outcome, execution.size) == (second.offered, again.outcome, again.size):
        return Doubt(2, difference)
    late = bool(again.fatal) and is_over()
    return Doubt(2, late=True) if late else Doubt(2, nondeterminism=str(_two_runs(first, second)))


def _compare(going_on: _GoingOn, execution: Execution[object], sample: Sample) -> str:
    """Say how an execution differed from what had to follow; empty if it did not."""
    if going_on.difference:
        return going_on.difference
    if len(going_on.offered) < len(sample.steps):
        return "it ended earlier"
    if execution.fatal:
        return execution.fatal
    if execution.outcome != sample.outcome:
        return "another outcome"
    return "" if execution.size == sample.size else "another number of callbacks"


def _two_runs(one: _GoingOn, other: _GoingOn) -> NondeterminismError:
    """Make the error for two runs of one schedule that differ."""
    before = len(one.schedule)
    for place, (first, second) in enumerate(zip(one.offered, other.offered, strict=False)):
        if first != second:
            return divergence(before + place, f"{first[0]} options", f"{second[0]}")
    place = before + min(len(one.offered), len(other.offered))
    return divergence(place, "one way to go on", "another")


class _Prefixed(ReplayScheduler):
    """Repeats a schedule, after which a subclass chooses. An execution that diverges is useless."""

    __slots__ = ("schedule",)

    knows_states = True  # in fact, it ends an execution once it has seen enough

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.schedule = schedule

    def seen(self, *_: object) -> bool:
        """Know no states."""
        return self.divergence is not None


class _GoingOn(_Prefixed):
    """Follows a path after a schedule, and ends the execution if it is offered something else there."""

    __slots__ = ("_steps", "difference", "offered")

    def __init__(self, schedule: Schedule, steps: tuple[Step, ...]) -> None:
        super().__init__(schedule)
        self._steps = steps
        self.offered: list[tuple[int, int]] = []
        self.difference = ""

    def go_on(self, options: int, priced: int) -> int:
        place = len(self.offered)
        self.offered.append((options, priced))
        if self.difference:
            return 0
        if place >= len(self._steps):
            self.difference = f"{options} options where it had ended before"
            return 0
        expected, expected_priced, choice = self._steps[place]
        if (options, priced) == (expected, expected_priced):
            return choice
        self.difference = (
            f"{options} options in place of {expected}"
            if options != expected
            else f"{priced} options that take an event in place of {expected_priced}"
        )
        return 0

    def seen(self, *_: object) -> bool:
        return bool(self.difference) or self.divergence is not None


class _Wandering(_Prefixed):
    """Chooses at random after a schedule, and keeps each choice point as it is with this number of events left."""

    __slots__ = ("_chance", "_left", "steps")

    def __init__(self, schedule: Schedule, events: int, chance: random.Random) -> None:
        super().__init__(schedule)
        self._left = events
        self._chance = chance
        self.steps: list[Step] = []

    def go_on(self, options: int, priced: int) -> int:
        free = options - priced
        choice = self._chance.randrange(options if self._left else max(free, 1))
        step = Step(options, priced, choice)
        kept = step if self._left else without_events(step)
        if kept is not None:
            self.steps.append(kept)
        self._left -= choice >= free
        return choice
