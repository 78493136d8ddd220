"""Report the progress of a search to the process that asked for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable

NEVER_ENDED = "a step of the call did not end and swallowed every interruption"


class Says(Protocol):
    """Sends a message to the process that asked."""

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
