"""For how long others may act while a play goes on by itself, and what is said where they might have acted later.

What is not tried is no gap that does not matter, unless the play stands there as it stood before, when others could
act: the same but for the time, which nobody looks at. Of candidates that has been proved without bounds (see
`treadle_models`); of anything else it is found out, and where it cannot be, the search counts as cut off.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Numbers of gaps since an event or a step of the dependency.

    After `idle` nobody acts any more; after `noted` it is noted how it stands, and after `seen` a call that polls
    is looked at no more. Where the call yields at one place again
    and again it counts as being at rest after `polled`, busy as it is; any other after `limit`, and as many timers. So
    long callbacks may still run out of turn as `ordered` says, where that is open: two tasks that poll have any number
    of orders. So many `timers` may fire after each event and step, beside those that the bounds allow.
    """

    idle: int
    noted: int
    seen: int
    polled: int
    limit: int
    ordered: int
    timers: int


OF_CANDIDATES = Patience(idle=8, noted=8, seen=8, polled=40, limit=40, ordered=4, timers=0)
OF_TARGETS = Patience(idle=32, noted=4, seen=8, polled=40, limit=60, ordered=16, timers=2)


GUESSED = (
    f"some executions go on for more than {OF_TARGETS.limit} callbacks or timers after the dependency has ended, and "
    "whether they end was not tried"
)


def gave_up(timers: int) -> str:
    """Say what was not tried, in a search in which so many timers could fire as long as others might act."""
    return (
        f"some executions go on for more than {OF_TARGETS.idle} callbacks, or {timers} timers, without an event or a "
        "step of the dependency, and what others may do later was not tried"
    )
