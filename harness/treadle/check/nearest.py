"""Find the schedule nearest to a counterexample that keeps its property, and so the decisive moment.

The nearest one diverges last: of the schedules that keep the property and take no more events, it shares the most
choices with the counterexample. One in which the property applies is preferred, so that the two differ in what was done
and not in what was required. Of those that diverge at the same choice, the one of the most similar size is taken. The
first record in which the two traces differ is the *decisive* one: until then both outcomes were possible.

A schedule that keeps this property may violate another one, for example if a condition is wrong in both directions. So
the neighbour says what else fails in it, and is not called good then.

If no schedule keeps the property, nothing that others do decides it, and the first record counts as decisive.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from treadle.check.counterexamples import violates
from treadle.check.watch import CheckWatch
from treadle.check.worlds import recorded_world_of
from treadle.explorer import Answers, quiet
from treadle_models.spec import BY_NAME, PROPERTIES, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.check.counterexamples import Counterexample
    from treadle.check.target import Target
    from treadle.explorer import Execution
    from treadle.schedule import Kind, Schedule
    from treadle.situation import Outcome, RecordedSituation
    from treadle.trace import Gap, Trace

_EXECUTIONS = 400
_SECONDS = 5.0
"""The most executions and seconds that the search for the nearest schedule may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A schedule that keeps the property; `exercised`: the property applied in it.

    `fails` names the other properties that it violates, in the order of the specification.
    """

    exercised: bool
    fails: tuple[str, ...] = ()
    choices: Schedule
    beginning: Gap
    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """What a counterexample is compared with: the nearest schedule that keeps the property, if any; what is decisive.

    `decisive` is the number of the first record in which the two traces differ. `tried` is the number of executions
    that it took to find the neighbour; `all_tried` says that no other schedule was left.
    """

    decisive: int
    neighbour: Neighbour | None
    tried: int
    all_tried: bool


class _Logging(Answers):
    """Follows a schedule, then takes the defaults, and notes the number of options of each choice point."""

    def __init__(self, choices: Schedule) -> None:
        self._wanted = choices
        self.choices: list[int] = []
        self.options: list[int] = []

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:  # noqa: ARG002 - see Scheduler
        place = len(self.choices)
        choice = self._wanted[place] if place < len(self._wanted) else 0
        self.choices.append(min(choice, options - 1))
        self.options.append(options)
        return self.choices[-1]


def find_contrast(found: Counterexample, target: Target) -> Contrast:
    """Look for the nearest schedule that keeps the property, in the tree below each choice, the last one first."""
    token = found.token
    bounds = replace(token.bounds, events=found.events)
    world = recorded_world_of(target, token.situation, bounds, token.task)
    watch = CheckWatch(deadline=time.monotonic() + _SECONDS)
    with quiet(), watch:
        return _search(world, found, _Trees(world, watch.over(world)))


def _search(world: RecordedSituation, found: Counterexample, trees: _Trees) -> Contrast:
    fallback: Schedule | None = None
    for tree in trees.by_parting(found.token.choices):
        good = sorted(
            (_unlike(found, execution), choices, _exercises(found, execution.outcome))
            for choices, execution in tree
            if execution.outcome and not execution.fatal and not _violates(found, execution.outcome)
        )
        exercised = [choices for _, choices, said in good if said]
        if exercised:
            return _contrast(world, found, exercised[0], trees, exercised=True)
        if good and fallback is None:
            fallback = good[0][1]
    return _contrast(world, found, fallback, trees, exercised=False)


class _Trees:
    """Runs the schedules that diverge from a given one at a given choice, up to a total limit."""

    def __init__(self, world: RecordedSituation, watch: CheckWatch) -> None:
        self._world = world
        self._watch = watch  # other schedules may have a step that never ends
        self._over = False
        self.tried = 0
        self.all_tried = True

    def by_parting(self, choices: Schedule) -> Iterator[Iterator[tuple[Schedule, Execution[Outcome]]]]:
        """Yield, for each choice of a schedule, the last one first, the executions that share all choices before it."""
        log = _Logging(choices)
        self._world.run(log)
        for place in reversed(range(len(log.choices))):
            others = [other for other in range(log.options[place]) if other != log.choices[place]]
            yield self._below([(*log.choices[:place], other) for other in others])

    def _below(self, heads: list[Schedule]) -> Iterator[tuple[Schedule, Execution[Outcome]]]:
        """Run every schedule that begins with one of these, those with the fewest choices other than defaults first."""
        pending = deque(heads)
        while pending:
            if self.tried >= _EXECUTIONS or self._over:
                self.all_tried = False
                return
            self.tried += 1
            head = pending.popleft()
            log = _Logging(head)
            execution = self._watch.run(log)
            self._over = bool(execution.fatal)
            choices = tuple(log.choices)
            yield choices, execution
            pending.extend(
                (*choices[:place], other)
                for place in range(len(head), len(choices))
                for other in range(1, log.options[place])
            )


def _violates(found: Counterexample, outcome: Outcome) -> bool:
    return violates(outcome, BY_NAME[found.token.property], Reading(found.token.reading))


def _exercises(found: Counterexample, outcome: Outcome) -> bool:
    the_property, reading = BY_NAME[found.token.property], Reading(found.token.reading)
    return any(bool(the_property.applies(call.observation, reading)) for call in outcome)


def _unlike(found: Counterexample, execution: Execution[Outcome]) -> tuple[int, int]:
    events, callbacks = execution.size
    return abs(events - found.events), abs(callbacks - found.callbacks)


def _contrast(
    world: RecordedSituation, found: Counterexample, choices: Schedule | None, trees: _Trees, *, exercised: bool
) -> Contrast:
    if choices is None:
        return Contrast(decisive=0, neighbour=None, tried=trees.tried, all_tried=trees.all_tried)
    outcome = world.run(_Logging(choices)).outcome
    fails = tuple(each.name for each in PROPERTIES if violates(outcome, each, Reading(found.token.reading)))
    neighbour = Neighbour(
        exercised=exercised, fails=fails, choices=choices, beginning=world.beginning, trace=world.trace
    )
    pairs = zip(found.trace, neighbour.trace, strict=False)
    alike = [(one.gap, one.who, one.text) == (other.gap, other.who, other.text) for one, other in pairs]
    decisive = alike.index(False) if False in alike else min(len(alike), len(found.trace) - 1)
    return Contrast(decisive=decisive, neighbour=neighbour, tried=trees.tried, all_tried=trees.all_tried)
