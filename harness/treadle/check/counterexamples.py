"""Make counterexamples from schedules, and replay them.

A counterexample is data that can be replayed: the schedule as a token, its trace, the kinds of choice that it needed,
and the score from which a script is written. It is made by running the schedule once more with everything recorded, and
comparing the outcome with that of the search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from treadle.check.worlds import recorded_world_of
from treadle.display import Displayed
from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import ReplayScheduler, alone
from treadle.schedule import Kind, without_defaults
from treadle.trace import Gap, Trace, digest
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.check.target import Target
    from treadle.situation import Outcome, Score, SituationWorld
    from treadle.tokens import Token
    from treadle_models.spec import Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample(Displayed):
    """An execution that violates a property.

    :ivar token: the token that replays it.
    :ivar minimal: no counterexample has fewer events, and none with as many has fewer callbacks. If callbacks ran in
        every order, this holds among those with as few callbacks out of turn.
    :ivar events: the events that it takes.
    :ivar callbacks: the callbacks that it takes.
    :ivar kinds: the kinds of choice that it needs.
    :ivar beginning: the state at the first gap.
    :ivar trace: what happened, record by record, each with the state after it.
    :ivar score: what a script must do to repeat it.
    :ivar outcome: the observation of each call.
    """

    token: Token
    minimal: bool
    events: int
    callbacks: int
    kinds: tuple[str, ...]
    beginning: Gap
    trace: Trace
    score: Score
    outcome: Outcome

    @property
    def beyond_stock(self) -> bool:
        """Say whether callbacks must run in an order that stock asyncio never has."""
        return Kind.READY_ORDER in self.kinds


def violates(outcome: Outcome, the_property: Property, reading: Reading) -> bool:
    """Say whether some call of this outcome violates the property."""
    return any(not the_property.holds(call.observation, reading) for call in outcome)


def make_counterexample(
    target: Target,
    token: Token,
    *,
    minimal: bool,
    watched: Callable[[SituationWorld], object] = lambda _: None,
) -> Counterexample:
    """Run the schedule of a token, record it, and check that it violates the token's property again.

    The token of the result has the digest of the trace. `watched` gets the world before it runs. Raise
    `NondeterminismError` if the program does not follow the schedule, or no longer violates the property.
    """
    world = recorded_world_of(target, token.situation, token.bounds, token.task)
    scheduler = ReplayScheduler(token.choices)
    watched(world)
    with alone, world.surroundings():
        execution = world.run(scheduler)
    scheduler.check()
    if not violates(execution.outcome, BY_NAME[token.property], Reading(token.reading)):
        message = (
            f"a schedule of {target.name} in the situation {token.situation} violated `{token.property}` once and did "
            "not when it was run again: the target keeps state from one run to the next, or depends on time or chance"
        )
        raise NondeterminismError(message)
    *_, events, callbacks = execution.size
    return Counterexample(
        token=replace(token, choices=without_defaults(token.choices), digest=digest(world.trace)),
        minimal=minimal,
        events=events,
        callbacks=callbacks,
        kinds=tuple(sorted(world.kinds)),
        beginning=world.beginning,
        trace=world.trace,
        score=world.score,
        outcome=execution.outcome,
    )


def replay(token: Token, target: Target) -> Counterexample:
    """Run the schedule of a token once more, with everything recorded.

    :param token: what to run.
    :param target: the token's target, as `resolve_target` returns it.
    :returns: the execution; it is not proved to be minimal.
    :raises MisuseError: if the property or reading does not exist.
    :raises NondeterminismError: if the target does not follow the schedule, or has changed since.
    """
    if token.property not in BY_NAME:
        message = f"the token names the property {token.property!r}; there are: {', '.join(BY_NAME)}"
        raise MisuseError(message)
    if token.reading not in tuple(Reading):
        message = f"the token names the reading {token.reading!r}; there are: {', '.join(Reading)}"
        raise MisuseError(message)
    counterexample = make_counterexample(target, token, minimal=False)
    found = counterexample.token.digest
    if found != token.digest:
        message = (
            f"the token ends in {token.digest}, but the trace of this replay has the digest {found}: the target, the "
            "interpreter or Treadle has changed since the token was made. Check the target again to get a new one"
        )
        raise NondeterminismError(message)
    return counterexample
