"""Distrust what was left out: go on where a search by states did not, and compare.

To end an execution at a known state is right only if the state holds all that the program can read, and nobody can
prove that it does. So a sample of the ends (see `ends`) is run on: the schedule that led to the end is repeated, and
from there the execution goes along a way that leads on from the known state. Where it is offered anything else on that
way, or ends otherwise, the two states were not one, and nothing that was counted by states can be trusted.

Two executions of one schedule that differ are nondeterminism, as always, and no wrong state: what differs is run twice.
"""

from __future__ import annotations

import random
from operator import add, sub
from typing import TYPE_CHECKING, NamedTuple

from treadle.explorer.ends import Sample, Step, draw_pairs, draw_samples, without_events
from treadle.explorer.schedulers import ReplayScheduler, divergence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.errors import NondeterminismError
    from treadle.explorer.graph import State
    from treadle.explorer.program import Execution, Program
    from treadle.schedule import Schedule

DIFFERED = (
    "what followed from a state differed from what had followed from it before ({}): "
    "the state holds something that Treadle does not see"
)


class Doubt(NamedTuple):
    """What came of `runs` executions that went on: how one differed, or that two runs of one schedule did.

    `late`: time was over before all of them had run.
    """

    runs: int
    difference: str = ""
    nondeterminism: str = ""
    late: bool = False

    @property
    def is_over(self) -> bool:
        """Say whether no more need be run."""
        return bool(self.difference or self.nondeterminism or self.late)


def go_on_from_ends(
    program: Program[object], states: Sequence[State], events: int, executions: int, is_over: Callable[[], bool]
) -> Doubt:
    """Go on from a sample of the ends until one differs, or time is over; for the rest see `draw_samples`."""
    runs = 0
    for sample in draw_samples(states, events, executions):
        doubt = _go_on(program, sample, is_over)
        runs += doubt.runs
        if doubt.is_over:
            return doubt._replace(runs=runs)
    return Doubt(runs)


def go_on_from_pairs(
    program: Program[object], states: Sequence[State], events: int, _executions: int, is_over: Callable[[], bool]
) -> Doubt:
    """Do so where what follows from the states was not run: go on at random from both, a known state and an end."""
    chance = random.Random(0)  # noqa: S311 - no secrets here
    runs = 0
    for pair in draw_pairs(states, events):
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
            break  # whoever goes on from there will find it, too
        size = tuple(map(add, pair.end.size, map(sub, execution.size, pair.known.size)))
        doubt = _go_on(program, Sample(pair.end, tuple(known.steps), execution.outcome, size), is_over)
        runs += doubt.runs
        if doubt.is_over:
            return doubt._replace(runs=runs)
    return Doubt(runs)


def _go_on(program: Program[object], sample: Sample, is_over: Callable[[], bool]) -> Doubt:
    """Go on from one end, twice if something differs."""
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
    """Say how an execution differed from what had to follow, or nothing."""
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
    """Make the error for two runs of one schedule, which differed somewhere."""
    before = len(one.schedule)
    for place, (first, second) in enumerate(zip(one.offered, other.offered, strict=False)):
        if first != second:
            return divergence(before + place, f"{first[0]} options", f"{second[0]}")
    place = before + min(len(one.offered), len(other.offered))
    return divergence(place, "one way to go on", "another")


class _Prefixed(ReplayScheduler):
    """Repeats a schedule; what comes after it, a subclass chooses. An execution that differs is of no use."""

    __slots__ = ("schedule",)

    knows_states = True  # or rather, when it has seen enough

    def __init__(self, schedule: Schedule) -> None:
        super().__init__(schedule)
        self.schedule = schedule

    def seen(self, *_: object) -> bool:
        """Know no states."""
        return self.divergence is not None


class _GoingOn(_Prefixed):
    """Goes along a way behind a schedule, and ends the execution where it is offered something else there."""

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
            self.difference = f"{options} options where it had ended"
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
    """Chooses at random behind a schedule, and keeps what was offered as it is where so many events are left."""

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
