"""How long others may act while an execution goes on by itself, and the text if they could have acted later.

Leaving out a gap loses nothing only if the world is in a state in which others could act before: the same except for
the time, which no code reads. For candidates this has been proved without bounds (see `treadle_models`). For anything
else it is checked, and if it cannot be, the search counts as cut off.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Numbers of gaps since an event or a step of the dependency.

    After `idle`, others do not act any more. After `noted`, the state is noted. After `seen`, a call that polls is no
    longer checked. A call that yields at the same place again and again counts as at rest after `polled`, although it
    is busy; any other call after `limit`, and as many timers. Callbacks may run out of turn, if the order is free,
    until `ordered`: two tasks that poll have any number of orders. `timers` may fire after each event and step, in
    addition to those that the bounds allow.
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
    """Say what was not tried in a search in which this many timers could fire while others could act."""
    return (
        f"some executions go on for more than {OF_TARGETS.idle} callbacks, or {timers} timers, without an event or a "
        "step of the dependency, and what others may do later was not tried"
    )
