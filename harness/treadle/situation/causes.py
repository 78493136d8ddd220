"""On whose behalf code runs: that of a call, or that of others.

The caller of a cancel is identified *by cause*, not by `current_task()` (which is the controller, or None, when a
cancel is forwarded). The cause is a context variable, set to the call in the controller's context from entry to exit.
Every task, callback and timer that the call makes inherits it, because asyncio runs each in the context in which it was
registered. Elsewhere it is `OTHERS`: the environment, an enclosing scope, the dependency's own steps.

A target may run code in a new context, in which the variable is not set. Treadle never does that, so such code still
acts for the target. If there are two calls, it acts for the one whose step is running, or which made the running task.
If neither is known, the target is unsupported.

The candidates of the catalogue use no such contexts, so there an unset variable may stand for others.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from treadle.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CoroutineType

    from treadle.loop import Loop

    # The task of a controller, with private attributes of asyncio.

    class ControllerTask(asyncio.Task[object]):
        """The task of a controller."""

        call: Caller
        _must_cancel: bool
        _fut_waiter: asyncio.Future[object] | None


class Others(Enum):
    """The class of `OTHERS`."""

    OTHERS = "others"


OTHERS: Final = Others.OTHERS
"""The cause of everything that no call does."""


class Reads(Protocol):
    """Keeps whether any code has read the dependency's number of requests, and knows who acts."""

    count_matters: bool
    dependency: asyncio.Future[object] | None

    def whose(self, cause: Cause) -> Cause:
        """Return who acts when the context gives this cause: `OTHERS` or None."""


class Caller(Protocol):
    """A call, as far as tasks report to it; see `call`."""

    dependency: asyncio.Future[object] | None
    task: ControllerTask
    coroutine: CoroutineType[object, None, object]
    inside: bool
    forwarding: int
    forwarded: int
    by_call: int

    @property
    def stage(self) -> Reads:
        """The stage to which it belongs."""

    def on_request(self) -> None:
        """Count a cancellation of the controller by others."""

    def on_withdrawal(self) -> None:
        """Count an uncancel of the controller by others."""


Cause: TypeAlias = "Caller | Literal[Others.OTHERS] | None"

CAUSE: ContextVar[Cause] = ContextVar("treadle_cause", default=None)
"""The call on whose behalf code runs, or `OTHERS`; None if the context does not say."""

_UNTOLD = (
    "a task is cancelled or uncancelled in a context that is not a copy of its caller's. Two calls take part, and "
    "it cannot be told which of them does that. Leave the context out, or hand over contextvars.copy_context()."
)


def step_under_way(calls: Sequence[Caller]) -> Caller | None:
    """Return the call whose own code is running, or None."""
    for each in calls:
        if each.inside and each.coroutine.cr_running:
            return each
    return None


def note_maker(task: asyncio.Task[object], calls: Sequence[Caller]) -> None:
    """Note on a task, which runs in a new context of the target, who made it."""
    cause = CAUSE.get()
    if cause is None:
        cause = step_under_way(calls) or getattr(asyncio.current_task(), "made_by", None)
    task.made_by = cause  # type: ignore[attr-defined]


def maker_of_running(loop: Loop) -> Cause:
    """Return on whose behalf the running task was made; if that was not noted, raise and remember an error."""
    running = asyncio.current_task(loop)
    made_by: Cause = getattr(running, "made_by", None)
    if made_by is None:
        error = UnsupportedError(_UNTOLD)
        loop.unsupported = loop.unsupported or error
        raise error
    return made_by
