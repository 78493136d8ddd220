"""Task classes for the parts of a play, which tell who cancels whom.

Each is a subclass of the real task that overrides `cancel` and `uncancel` only to report them, and has a constant
hash, so that sets of them iterate in one order. CPython calls both through the instance, also when it forwards a
cancellation, so nothing escapes.

A cancellation is attributed *by cause*, not by `current_task()` (which is the controller, or None, when a cancel is
forwarded). The cause is a context variable: set to the call in the controller's context from entry to exit, it is
inherited by every task, callback and timer that the call makes, because asyncio runs each in the context in which it
was registered. Outside, the variable is None: the environment, an enclosing scope, the dependency's own steps.
"""

from __future__ import annotations

import asyncio
import sys
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Protocol

from treadle.loop import base_task

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from types import CoroutineType

    from treadle.schedule import TaskKind

    # What the tasks of a play have that asyncio's have not, or keep private.

    class ControllerTask(asyncio.Task[object]):
        """The task of a controller."""

        call: Caller
        _must_cancel: bool
        _fut_waiter: asyncio.Future[object] | None

    class DependencyTask(asyncio.Task[object]):
        """The task of a dependency, whatever kind it is of."""

        calls: Sequence[Caller]

        def __init__(
            self, coroutine: Coroutine[object, None, object], *, loop: asyncio.AbstractEventLoop, **options: object
        ) -> None:
            """Make it; `calls` is to be set."""

        def withdraw(self) -> None:
            """Uncancel it, without looking how many requests are left."""

        def count(self) -> int:
            """Return the number of requests, which is no reading."""


class Reads(Protocol):
    """Whoever wants to know whether somebody has read how many requests the dependency has had."""

    count_matters: bool
    dependency: asyncio.Future[object] | None


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


CAUSE: ContextVar[Caller | None] = ContextVar("treadle_cause", default=None)
"""The call on whose behalf code runs, or None."""

# Whether `uncancel()` itself looks how many requests are left: with the last one goes the one to be delivered.
_UNCANCEL_LOOKS = sys.version_info >= (3, 13)


@cache
def controller_class(kind: TaskKind, number: int) -> type[ControllerTask]:
    """Return the class of controller `number` (1 or 2); its attribute `call` must be set before it runs."""
    base = base_task(kind)
    base_cancel, base_uncancel, cancelling = base.cancel, base.uncancel, base.cancelling  # quicker than super()

    class Controller(base):  # type: ignore[misc, valid-type]
        call: Caller

        def __hash__(self) -> int:
            return number

        def cancel(self, msg: object = None) -> bool:
            call = self.call
            call.forwarding += 1
            try:
                effective: bool = base_cancel(self, msg)
            finally:
                call.forwarding -= 1
            if effective and CAUSE.get() is not call:
                call.on_request()
            return effective

        def uncancel(self) -> int:
            call = self.call
            before = cancelling(self)
            after: int = base_uncancel(self)
            if after < before and call.inside and CAUSE.get() is not call:
                call.on_withdrawal()
            return after

    return Controller


@cache
def dependency_class(kind: TaskKind) -> type[DependencyTask]:
    """Return the class of the dependency; its attribute `calls` says whose it may be."""
    base = _noticing_class(kind)
    base_cancel = base.cancel

    class Dependency(base):  # type: ignore[misc, valid-type]
        def __hash__(self) -> int:
            return 3

        def cancel(self, msg: object = None) -> bool:
            effective: bool = base_cancel(self, msg)
            if effective:
                attribute_request(self.calls, self)
            return effective

    return Dependency


@cache
def _noticing_class(kind: TaskKind) -> type[DependencyTask]:
    """Return a class of tasks that notice who reads how many requests they have had.

    Hardly any target does, and until one does, the number is left out of the state: see `Stage.count_matters`.
    """
    base = base_task(kind)
    base_uncancel, cancelling = base.uncancel, base.cancelling

    def notice(task: DependencyTask) -> None:
        if task.calls:  # else it is being made, and differs in nothing yet
            task.calls[0].stage.count_matters = True

    class Noticing(base):  # type: ignore[misc, valid-type]
        calls: Sequence[Caller] = ()

        def cancelling(self) -> int:
            notice(self)
            count: int = cancelling(self)
            return count

        def uncancel(self) -> int:
            notice(self)
            count: int = base_uncancel(self)
            return count

        def withdraw(self) -> None:
            """Uncancel, without looking how many requests are left."""
            if self._must_cancel and _UNCANCEL_LOOKS:
                notice(self)
            base_uncancel(self)

        def count(self) -> int:
            """Return the number of requests. That is no reading: for those who do not decide anything by it."""
            return cancelling(self)

        def fingerprint_requests(self) -> int | None:
            """Return what a state holds of that number."""
            stage = self.calls[0].stage if self.calls else None  # it has none where the target made it
            unread = stage is not None and self is stage.dependency and not stage.count_matters
            return None if unread else cancelling(self)

    return Noticing


class FutureDependency(asyncio.Future[object]):
    """A dependency that is a plain future; reports its cancellations."""

    calls: Sequence[Caller]

    def __hash__(self) -> int:
        """Hash to a constant of this role."""
        return 3

    def cancel(self, msg: object = None) -> bool:
        """Cancel the future and report the request if it was pending."""
        effective = super().cancel(msg)
        if effective:
            attribute_request(self.calls, self)
        return effective


def attribute_request(calls: Sequence[Caller], dependency: asyncio.Future[object]) -> None:
    """Count an effective cancel of the dependency for the call that caused it, if one did."""
    for call in calls:
        if call.forwarding and call.dependency is dependency:
            call.forwarded += call.inside
            return
    cause = CAUSE.get()
    if cause is None or not cause.inside or cause.dependency is not dependency:
        return
    if not cause.coroutine.cr_running and cause.task is asyncio.current_task():
        # The controller has suspended and its task cancels what it waits for: a pending cancel is delivered.
        cause.forwarded += 1
    else:
        cause.by_call += 1
