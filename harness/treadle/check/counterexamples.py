"""From a schedule to a counterexample, and back.

A counterexample is data that replays: the schedule as a token, the trace that it leads to, the kinds of choice that it
needed, and the score from which a script is written. It is made by running the schedule once more, with everything
written down, and comparing the outcome with what the search saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.spec import BY_NAME, Reading

from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import ReplayScheduler
from treadle.schedule import Token
from treadle.situation import RecordedPlay, parse_situation
from treadle.trace import Trace, digest

if TYPE_CHECKING:
    from treadle_models.spec import Property

    from treadle.check.target import Target
    from treadle.schedule import Bounds, Schedule, TaskKind
    from treadle.situation import Outcome, Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """An execution that violates a property.

    `size` is the number of events and of callbacks; `minimal` says that no counterexample has fewer events, and none
    with as many has fewer callbacks.
    """

    token: Token
    minimal: bool
    events: int
    callbacks: int
    kinds: tuple[str, ...]
    trace: Trace
    score: Score
    outcome: Outcome


def violates(outcome: Outcome, the_property: Property, reading: Reading) -> bool:
    """Say whether some call of this outcome violates the property."""
    return any(not the_property.holds(call.observation, reading) for call in outcome)


def run_schedule(target: Target, situation: str, bounds: Bounds, task: TaskKind, choices: Schedule) -> RecordedPlay:
    """Run one schedule with everything written down; raise `NondeterminismError` if it does not fit the program."""
    play = RecordedPlay(target.subject, parse_situation(situation), bounds, task, files=target.files)
    scheduler = ReplayScheduler(choices)
    play.execution = play.run(scheduler)
    scheduler.check()
    return play


def make_counterexample(
    target: Target,
    *,
    situation: str,
    bounds: Bounds,
    task: TaskKind,
    the_property: Property,
    reading: Reading,
    choices: Schedule,
    minimal: bool,
) -> Counterexample:
    """Run a schedule that violated a property again, and write it down."""
    play = run_schedule(target, situation, bounds, task, choices)
    outcome = play.execution.outcome
    if not violates(outcome, the_property, reading):
        message = (
            f"{target.name} violated `{the_property.name}` in the situation {situation} during the search and did not "
            "when the same schedule was run again: it keeps state from one run to the next, or depends on time or chance"
        )
        raise NondeterminismError(message)
    token = Token(
        target=target.name,
        situation=situation,
        property=the_property.name,
        reading=str(reading),
        task=task,
        bounds=bounds,
        choices=_without_defaults(choices),
        digest=digest(play.trace),
    )
    events, callbacks = play.execution.size
    return Counterexample(
        token=token,
        minimal=minimal,
        events=events,
        callbacks=callbacks,
        kinds=tuple(sorted(play.kinds)),
        trace=play.trace,
        score=play.score,
        outcome=outcome,
    )


def _without_defaults(choices: Schedule) -> Schedule:
    """Drop the default choices at the end: a replay answers 0 beyond its schedule."""
    end = len(choices)
    while end and not choices[end - 1]:
        end -= 1
    return choices[:end]


def replay(token: Token, target: Target) -> Counterexample:
    """Run the schedule of a token; raise if the program no longer does what it did when the token was made."""
    if token.property not in BY_NAME:
        message = f"the token names the property {token.property!r}; there are: {', '.join(BY_NAME)}"
        raise MisuseError(message)
    if token.reading not in tuple(Reading):
        message = f"the token names the reading {token.reading!r}; there are: {', '.join(Reading)}"
        raise MisuseError(message)
    counterexample = make_counterexample(
        target,
        situation=token.situation,
        bounds=token.bounds,
        task=token.task,
        the_property=BY_NAME[token.property],
        reading=Reading(token.reading),
        choices=token.choices,
        minimal=False,
    )
    found = counterexample.token.digest
    if found != token.digest:
        message = (
            f"the token ends in {token.digest}, the trace of this replay has {found}: the target, the interpreter or "
            "Treadle has changed since the token was made. Check the target again to get a new one"
        )
        raise NondeterminismError(message)
    return counterexample
