"""The good schedule that is nearest to a counterexample, and so the moment that decides.

Near is what parts late: of all schedules that keep the property, the one that shares most choices with the
counterexample; preferably one in which the property has something to say, so that the two differ in what was done and
not in what was asked. Among those that part at the same choice it is the one most alike in size. The first record in
which the two traces differ is the *decisive* one: up to there the future was open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check.counterexamples import violates
from treadle.situation import RecordedPlay, parse_situation
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.check.counterexamples import Counterexample
    from treadle.check.target import Target
    from treadle.explorer import Execution
    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Kind, Schedule
    from treadle.situation import Outcome
    from treadle.trace import Gap, Trace

_EXECUTIONS = 600
"""How many are run at most to find the nearest one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A schedule that keeps the property; `exercised` if the property had something to say in it.

    `decisive` is the number of the record of the counterexample at which the two part; for it to be that of the
    neighbour, too, both traces are equal up to there.
    """

    exercised: bool
    decisive: int
    choices: Schedule
    beginning: Gap
    trace: Trace
    outcome: Outcome


class _Logging:
    """Follows a schedule, then takes the default, and keeps the number of options of each choice point."""

    def __init__(self, choices: Schedule) -> None:
        self._wanted = choices
        self.choices: list[int] = []
        self.options: list[int] = []

    def choose(self, kind: Kind, options: int) -> int:  # noqa: ARG002 - see Scheduler
        place = len(self.choices)
        choice = self._wanted[place] if place < len(self._wanted) else 0
        self.choices.append(min(choice, options - 1))
        self.options.append(options)
        return self.choices[-1]

    def passes(self, moment: int) -> bool:  # noqa: ARG002 - see Scheduler
        return False

    def seen(self, size: tuple[int, ...], fingerprint: Callable[[], Fingerprint]) -> bool:  # noqa: ARG002
        return False


def find_neighbour(found: Counterexample, target: Target) -> Neighbour | None:
    """Return the nearest schedule that keeps the property, or None if there is none among those tried."""
    token = found.token
    play = RecordedPlay(target.subject, parse_situation(token.situation), token.bounds, token.task, files=target.files)
    the_property, reading = BY_NAME[token.property], Reading(token.reading)
    fallback: Schedule | None = None
    for subtree in _by_parting(play, token.choices):
        good = [
            (_unlike(found, execution), choices, _exercises(execution.outcome, token.property, reading))
            for choices, execution in subtree
            if execution.outcome and not execution.fatal and not violates(execution.outcome, the_property, reading)
        ]
        for wanted in (True, False):
            nearest = min(((size, choices) for size, choices, exercised in good if exercised is wanted), default=None)
            if nearest is not None and wanted:
                return _write_down(play, found, nearest[1], exercised=True)
            if nearest is not None and fallback is None:
                fallback = nearest[1]
    return None if fallback is None else _write_down(play, found, fallback, exercised=False)


def _by_parting(play: RecordedPlay, choices: Schedule) -> Iterator[Iterator[tuple[Schedule, Execution[Outcome]]]]:
    """Yield, for each choice of a schedule from the last on, the executions that share all choices before it."""
    log = _Logging(choices)
    play.run(log)
    left = [_EXECUTIONS]
    for place in reversed(range(len(log.choices))):
        if left[0] <= 0:
            return
        heads = [
            (*log.choices[:place], other) for other in range(log.options[place]) if other != log.choices[place]
        ]
        yield _below(play, heads, left)


def _below(
    play: RecordedPlay, heads: list[Schedule], left: list[int]
) -> Iterator[tuple[Schedule, Execution[Outcome]]]:
    """Run every schedule that begins with one of these, the one with default choices first, while some are left."""
    pending = list(heads)
    while pending and left[0] > 0:
        left[0] -= 1
        head = pending.pop(0)
        log = _Logging(head)
        execution = play.run(log)
        choices = tuple(log.choices)
        yield choices, execution
        pending += [
            (*choices[:place], other)
            for place in range(len(head), len(choices))
            for other in range(1, log.options[place])
        ]


def _exercises(outcome: Outcome, name: str, reading: Reading) -> bool:
    return any(bool(BY_NAME[name].applies(call.observation, reading)) for call in outcome)


def _unlike(found: Counterexample, execution: Execution[Outcome]) -> tuple[int, int]:
    events, callbacks = execution.size
    return abs(events - found.events), abs(callbacks - found.callbacks)


def _write_down(play: RecordedPlay, found: Counterexample, choices: Schedule, *, exercised: bool) -> Neighbour:
    execution = play.run(_Logging(choices))
    pairs = zip(found.trace, play.trace, strict=False)
    alike = [(one.gap, one.who, one.text) == (other.gap, other.who, other.text) for one, other in pairs]
    shared = min(len(found.trace) - 1, len(alike))
    return Neighbour(
        exercised=exercised,
        decisive=alike.index(False) if False in alike else shared,
        choices=choices,
        beginning=play.beginning,
        trace=play.trace,
        outcome=execution.outcome,
    )
