"""On whose behalf code runs: that of a call, or that of others.

Whoever cancels a task is found out *by cause*, not by `current_task()` (which is the controller, or None, when a cancel
is forwarded). The cause is a context variable: set to the call in the controller's context from entry to exit, it is
inherited by every task, callback and timer that the call makes, because asyncio runs each in the context in which it
was registered. Outside it says `OTHERS`: the environment, an enclosing scope, the dependency's own steps.

A target may run code in a context of its own making, in which the variable says nothing. Treadle never does, so that
is the target's doing all the same. Where two calls take part, it is that of the one whose step is under way or has
made the task that runs. Where none of that tells, nothing can be said of the target.

The code of the catalogue's candidates uses no such contexts, so there the variable may say nothing of others.
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

    # The task of a controller, with what asyncio keeps private.

    class ControllerTask(asyncio.Task[object]):
        """The task of a controller."""

        call: Caller
        _must_cancel: bool
        _fut_waiter: asyncio.Future[object] | None


class Others(Enum):
    """The class of `OTHERS`."""

    OTHERS = "others"


OTHERS: Final = Others.OTHERS
"""Whoever is no call."""


class Reads(Protocol):
    """Whoever wants to know whether somebody has read how many requests the dependency has had, and knows who acts."""

    count_matters: bool
    dependency: asyncio.Future[object] | None

    def whose(self, cause: Cause) -> Cause:
        """Return who acts, where the context says this: others, or nothing."""


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
        """The stage that it is on."""

    def on_request(self) -> None:
        """Hear that somebody else has cancelled the controller."""

    def on_withdrawal(self) -> None:
        """Hear that somebody else has uncancelled it."""


Cause: TypeAlias = "Caller | Literal[Others.OTHERS] | None"

CAUSE: ContextVar[Cause] = ContextVar("treadle_cause", default=None)
"""The call on whose behalf code runs, or `OTHERS`; None in a context that does not say."""

_UNTOLD = (
    "a task is cancelled or uncancelled in a context that is no copy of its caller's, where two calls take part, and "
    "it cannot be told which of them does that. Leave the context out, or hand over contextvars.copy_context()."
)


def step_under_way(calls: Sequence[Caller]) -> Caller | None:
    """Return the call whose own code is running, if it is that of one."""
    for each in calls:
        if each.inside and each.coroutine.cr_running:
            return each
    return None


def note_maker(task: asyncio.Task[object], calls: Sequence[Caller]) -> None:
    """Keep with a task, which runs in a context of the target's making, who made it."""
    cause = CAUSE.get()
    if cause is None:
        cause = step_under_way(calls) or getattr(asyncio.current_task(), "made_by", None)
    task.made_by = cause  # type: ignore[attr-defined]


def maker_of_running(loop: Loop) -> Cause:
    """Return on whose behalf the running task was made, where that was noted; else remember that it is unsupported."""
    running = asyncio.current_task(loop)
    made_by: Cause = getattr(running, "made_by", None)
    if made_by is None:
        error = UnsupportedError(_UNTOLD)
        loop.unsupported = loop.unsupported or error
        raise error
    return made_by
