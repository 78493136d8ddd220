"""Report the progress of a search to the process that asked for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypedDict

from treadle.explorer.marks import SECONDS, Marks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.explorer.unfinished import Piece
    from treadle.wire import Wire

MARKS_VARIABLE = "TREADLE_MARKS"

NEVER_ENDED = "a step of the call did not end and swallowed every interruption"


class Says(Protocol):
    """Sends a message to the process that asked.

    `earlier`: the marks that an earlier process has left for this request; None if none are to be left.
    """

    earlier: Sequence[Piece] | None

    def __call__(self, **message: object) -> None:
        """Send it; may be called from a signal handler."""


class Listeners(TypedDict):
    """What a search calls: `progress` with a number of executions, `swallowed` if a step ignores interruption."""

    progress: Callable[[int], None]
    swallowed: Callable[[], None]


def listeners(say: Says) -> Listeners:
    """Return callbacks for a search that report to the process that asked."""

    def progress(executions: int) -> None:
        say(progress=executions)

    def swallowed() -> None:
        say(died=NEVER_ENDED)
        os._exit(0)

    return Listeners(progress=progress, swallowed=swallowed)


def seconds_between_marks() -> float:
    """Return after how many seconds a search leaves its next mark."""
    try:
        return float(os.environ[MARKS_VARIABLE])
    except (KeyError, ValueError):
        return SECONDS


def marks_for(say: Says, wire: Wire, outcome: object) -> Marks | None:
    """Return what a search leaves marks with, if it is to leave some; `wire` writes and reads outcomes of that type."""
    if say.earlier is None:
        return None
    return Marks(
        seconds=seconds_between_marks(),
        earlier=say.earlier,
        leave=lambda piece: say(mark=piece),
        without=lambda why: say(unmarked=why),
        tell=lambda found: wire.write(outcome, found),
        hear=lambda told: wire.read(outcome, told),  # type: ignore[arg-type]  # it may be an alias
    )
