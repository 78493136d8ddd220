"""Task classes for controllers and dependencies, which report who cancels whom.

Each is a subclass of the real task that overrides `cancel` and `uncancel` only to report them, and has a constant hash,
so that sets of them iterate in a fixed order. CPython calls both methods through the instance, also when it forwards a
cancellation, so every call is seen. The caller is identified by cause: see `causes`.
"""

from __future__ import annotations

import asyncio
import sys
from functools import cache
from typing import TYPE_CHECKING

from treadle.loop import base_task, shown_as
from treadle.situation.causes import CAUSE, OTHERS, Cause

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from treadle.schedule import TaskKind
    from treadle.situation.causes import Caller, ControllerTask, Reads

    # The attributes that tasks of dependencies have in addition to asyncio's.

    class DependencyTask(asyncio.Task[object]):
        """The task of a dependency, of either kind of task."""

        calls: Sequence[Caller]

        def __init__(
            self, coroutine: Coroutine[object, None, object], *, loop: asyncio.AbstractEventLoop, **options: object
        ) -> None:
            """Make the task; `calls` must be set afterwards."""

        def withdraw(self) -> None:
            """Uncancel it, without reading how many requests are left."""

        def count(self) -> int:
            """Return the number of requests, without counting as a reader."""


# Whether `uncancel()` itself reads how many requests are left: with the last one it drops the undelivered cancellation.
_UNCANCEL_LOOKS = sys.version_info >= (3, 13)


@cache
def controller_class(kind: TaskKind, number: int) -> type[ControllerTask]:
    """Return the class of controller `number` (1 or 2); its attribute `call` must be set before it runs."""
    base = base_task(kind)
    base_cancel, base_uncancel, cancelling = base.cancel, base.uncancel, base.cancelling  # faster than super()

    class Controller(base):  # type: ignore[misc, valid-type]
        call: Caller
        fingerprint_ignores = "call"  # the state of a call contains its task

        def __hash__(self) -> int:
            return number

        def cancel(self, msg: object = None) -> bool:
            call = self.call
            call.forwarding += 1
            try:
                effective: bool = base_cancel(self, msg)
            finally:
                call.forwarding -= 1
            if effective and _who_acts(call.stage) is not call:
                call.on_request()
            return effective

        def uncancel(self) -> int:
            call = self.call
            before = cancelling(self)
            after: int = base_uncancel(self)
            if after < before and call.inside and _who_acts(call.stage) is not call:
                call.on_withdrawal()
            return after

    return shown_as(base, Controller)


@cache
def dependency_class(kind: TaskKind) -> type[DependencyTask]:
    """Return the class of the dependency; its attribute `calls` lists the calls that may use it."""
    base = _noticing_class(kind)
    base_cancel = base.cancel

    class Dependency(base):  # type: ignore[misc, valid-type]
        fingerprint_ignores = "calls"  # all of them, in each execution

        def __hash__(self) -> int:
            return 3

        def cancel(self, msg: object = None) -> bool:
            effective: bool = base_cancel(self, msg)
            if effective:
                attribute_request(self.calls, self)
            return effective

    return shown_as(base_task(kind), Dependency)


@cache
def _noticing_class(kind: TaskKind) -> type[DependencyTask]:
    """Return a class of tasks that notice when code reads their number of requests.

    Hardly any target does, and until one does, the number is left out of the state: see `Stage.count_matters`.
    """
    base = base_task(kind)
    base_uncancel, cancelling = base.uncancel, base.cancelling

    def notice(task: DependencyTask) -> None:
        if task.calls:  # otherwise it is being created, and the count makes no difference yet
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
            """Uncancel, without reading how many requests are left."""
            if self._must_cancel and _UNCANCEL_LOOKS:
                notice(self)
            base_uncancel(self)

        def count(self) -> int:
            """Return the number of requests, for code that decides nothing by it; this does not count as reading."""
            return cancelling(self)

        def fingerprint_requests(self) -> int | None:
            """Return what the state contains of that number."""
            stage = self.calls[0].stage if self.calls else None  # a task made by the target has none
            unread = stage is not None and self is stage.dependency and not stage.count_matters
            return None if unread else cancelling(self)

    return Noticing


class FutureDependency(asyncio.Future[object]):
    """A dependency that is a plain future; it reports its cancellations."""

    calls: Sequence[Caller]
    fingerprint_ignores = "calls"

    def __hash__(self) -> int:
        """Hash to a constant of this role."""
        return 3

    def cancel(self, msg: object = None) -> bool:
        """Cancel the future and report the request if it was pending."""
        effective = super().cancel(msg)
        if effective:
            attribute_request(self.calls, self)
        return effective


shown_as(asyncio.Future, FutureDependency)


def attribute_request(calls: Sequence[Caller], dependency: asyncio.Future[object]) -> None:
    """Count an effective cancel of the dependency for the call that caused it, if one did."""
    for call in calls:
        if call.forwarding and call.dependency is dependency:
            call.forwarded += call.inside
            return
    cause = CAUSE.get()
    if (cause is None or cause is OTHERS) and calls:  # checked here: a target that recurses has no frame to spare
        cause = calls[0].stage.whose(cause)
    if cause is None or cause is OTHERS or not cause.inside or cause.dependency is not dependency:
        return
    if not cause.coroutine.cr_running and cause.task is asyncio.current_task():
        # The controller is suspended and its task cancels what it waits for: a pending cancel is delivered.
        cause.forwarded += 1
    else:
        cause.by_call += 1


def _who_acts(stage: Reads) -> Cause:
    cause = CAUSE.get()
    return stage.whose(cause) if cause is None or cause is OTHERS else cause
