"""How the calls of one execution ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.situation.call import Call
    from treadle_models.spec import Observation


class CallOutcome(NamedTuple):
    """How one call ended, for the properties and for the outcome table."""

    observation: Observation
    ending: str  # the dependency's end at that of the call: cancelled, result, exception, suppressed, running or never
    does: str  # what the call did


Outcome = tuple[CallOutcome, ...]
"""One for each controller; empty if nothing could be judged, because not all controllers had entered."""


def sum_up(
    calls: Sequence[Call], *, at_rest: bool, circling: bool, spinning: bool, suppressed: bool
) -> tuple[CallOutcome, ...]:
    """Return the outcomes of all calls. `at_rest`: neither a callback nor a timer is left.

    `circling`: callbacks ran without an end; `spinning`: a step did not end; `suppressed`: the dependency suppressed
    the cancellation with which it was last resumed.
    """
    failure_raised = False
    for call in calls:
        if not call.entered:
            return ()
        failure_raised = failure_raised or (call.left and call.raises_failure())
    outcome = []
    for call in calls:
        seen = call.observe(at_rest=at_rest, circling=circling, spinning=spinning, failure_raised=failure_raised)
        if call.left:
            ending, does = call.ending, call.does
        elif call.dependency is not None and call.dependency.done():
            ending, does = call.end_of_dependency(suppressed=suppressed), "hangs"
        else:
            ending, does = "never", "waits"
        outcome.append(CallOutcome(seen, ending, does))
    return tuple(outcome)
