"""What is observed of one call, from entry to exit: the fields of an `Observation` while the call runs."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Protocol

from treadle.situation.causes import CAUSE, Cause, Reads
from treadle.telling import type_told
from treadle_models.spec import Observation

if TYPE_CHECKING:
    import asyncio
    from types import CoroutineType

    from treadle.situation.causes import ControllerTask

_new_tuple = tuple.__new__

# Taken from the built-in classes: classes of the program may have properties of these names, which do anything.
_set_traceback = vars(BaseException)["__traceback__"].__set__
_exceptions_of = vars(BaseExceptionGroup)["exceptions"].__get__

_plain = attrgetter(
    *("by_call", "by_environment", "cleared", "count_entry", "count_exit", "does", "done_entry", "done_exit", "due"),
    *("ending", "entered", "exit", "failed", "first", "forwarded", "inside", "late", "left", "outstanding", "pending"),
    *("pending_at_exit", "redelivered", "requested_after_exit", "requests", "scope_alone", "scope_fired"),
    *("scope_kept", "withdrawals"),
)


_observed = attrgetter(*Observation._fields)
"""The values observed of a call, by their names in an `Observation`."""


class Looking(Protocol):
    """Says whether a state is being taken in which pure counters need not be exact."""

    looking: bool


class CallSite(Reads, Protocol):
    """The place of the calls: it knows which of them are inside, and whether a controller has been cancelled."""

    inside: int
    disturbed: bool
    others: Cause

    @property
    def standstill(self) -> Looking | None:
        """The object that detects earlier states of the world, if a target is judged; otherwise None."""


class Call:
    """One call of the target, made by one controller. See `treadle_models.spec.Observation` for the fields."""

    __slots__ = (
        "bit",
        "by_call",
        "by_environment",
        "cancelled",
        "cancelled_entry",
        "circling",
        "cleared",
        "coroutine",
        "count_entry",
        "count_exit",
        "dependency",
        "does",
        "done_entry",
        "done_exit",
        "due",
        "ending",
        "entered",
        "error",
        "exit",
        "failed",
        "failed_entry",
        "failure_raised",
        "first",
        "forwarded",
        "forwarding",
        "hung",
        "inside",
        "itself",
        "late",
        "left",
        "outstanding",
        "pending",
        "pending_at_exit",
        "raised",
        "redelivered",
        "requested_after_exit",
        "requests",
        "result_entry",
        "returned",
        "scope_alone",
        "scope_fired",
        "scope_kept",
        "spinning",
        "stage",
        "stuck",
        "task",
        "withdrawals",
    )

    def __init__(self, stage: CallSite, number: int) -> None:
        """Make a call that has not been entered; `number` is that of its controller, from 0."""
        self.stage = stage
        self.bit = 1 << number  # in `stage.inside`
        self.task: ControllerTask
        self.coroutine: CoroutineType[object, None, object]
        self.dependency: asyncio.Future[object] | None = None
        self.forwarding = 0  # depth of nested calls of the controller's cancel()
        self.by_call = self.forwarded = 0
        self._begin(first=False)

    def _begin(self, *, first: bool) -> None:
        """Begin anew; `first`: this is the first of two calls, of which only the second is judged."""
        self.first = first
        self.entered = self.inside = self.left = False
        self.exit = self.does = self.ending = ""
        self.error: BaseException | None = None
        self.pending = False
        self.requests = self.withdrawals = self.outstanding = 0
        self.redelivered = self.pending_at_exit = self.requested_after_exit = False
        self.count_entry = self.count_exit = 0
        self.due = self.late = False
        self.done_entry = ""
        self.done_exit = False
        self.failed = self.cleared = False
        self.by_environment = 0  # the requests that are events
        self.scope_fired = self.scope_alone = self.scope_kept = False

    def enter_first(self) -> None:
        """Begin to observe the first of two calls."""
        self.first = True
        self.enter()

    def come_again(self) -> None:
        """Forget the first of two calls, except what it and the second one have asked of the dependency together."""
        self.stage.inside &= ~self.bit
        self._begin(first=False)

    def enter(self) -> None:
        """Begin to observe; called by the controller right before the call."""
        task = self.task
        self.entered = self.inside = True
        self.stage.inside |= self.bit
        self.pending = task._must_cancel
        if self.pending:
            self.outstanding = 1
            self.stage.disturbed = True
        self.count_entry = task.cancelling()
        dependency = self.dependency
        if dependency is not None and dependency.done():
            self.done_entry = ending_of(dependency)
        CAUSE.set(self)

    def leave(self, how: str, error: BaseException | None, *, suppressed: bool) -> None:
        """Stop observing; called by the controller right after the call: returned, cancelled or raised."""
        CAUSE.set(self.stage.others)
        self.inside = False
        self.stage.inside &= ~self.bit
        self.left = True
        self.exit = how
        self.error = error
        self.count_exit = self.task.cancelling()
        self.pending_at_exit = self.task._must_cancel
        self.scope_fired = self.requests > self.by_environment
        self.scope_alone = self.scope_fired and not self.by_environment and not self.pending
        dependency = self.dependency
        self.ending = "running"
        if dependency is not None and dependency.done():
            self.done_exit = True
            self.ending = self.end_of_dependency(suppressed=suppressed)
            if not dependency.cancelled() and dependency._exception is not None:
                self.failed = True
                self.cleared = not dependency._log_traceback
        self.does = self._describe_exit(how, error)

    def _describe_exit(self, how: str, error: BaseException | None) -> str:
        if how == "returned":
            return "returns"
        if how == "cancelled":
            return "raises CancelledError"
        if self.raises_failure():
            failure = None if self.dependency is None else self.dependency._exception
            whole = error is failure or not issubclass(type(error), BaseExceptionGroup)
            return "raises the failure" if whole else "raises a group with it"
        return f"raises {type_told(error)}"

    def forget(self) -> None:
        """Drop everything that belongs to the execution."""
        if self.error is not None:
            _set_traceback(self.error, None)  # it refers to the target's frames, and these to the dependency: a cycle
        self.error = self.dependency = None
        if hasattr(self, "task"):
            del self.task, self.coroutine

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what can differ between states: plain values, and objects. See `treadle.fingerprint`."""
        plain = _plain(self)
        standstill = self.stage.standstill
        if standstill is not None and standstill.looking:  # all counts above one are equivalent
            plain = (min(self.by_call, 2), *plain[1:])
        return plain, (getattr(self, "task", None), self.dependency, self.error)

    def on_request(self) -> None:
        """Count a cancellation of the controller that is not from this call."""
        if self.inside:
            self.requests += 1
            self.outstanding += 1
            self.stage.disturbed = True
        elif self.left:
            self.requested_after_exit = True

    def on_withdrawal(self) -> None:
        """Count an uncancel of the controller that is not from this call."""
        self.withdrawals += 1
        if self.outstanding:
            self.outstanding -= 1

    def end_of_dependency(self, *, suppressed: bool) -> str:
        """Say how the dependency, which is done, ended."""
        ending = ending_of(self.dependency)  # type: ignore[arg-type]
        return "suppressed" if suppressed and ending == "result" else ending

    def raises_failure(self) -> bool:
        """Say whether the call raised the dependency's exception, or a group with it."""
        dependency = self.dependency
        if self.error is None or dependency is None or not dependency.done() or dependency.cancelled():
            return False
        failure = dependency._exception
        return failure is not None and contains(self.error, failure)

    def observe(self, *, at_rest: bool, circling: bool, spinning: bool, failure_raised: bool) -> Observation:
        """Return the observation. `at_rest`: neither a callback nor a timer is left."""
        dependency = self.dependency
        inside_and_done = self.inside and dependency is not None and dependency.done()
        how, done = self.exit, self.done_entry
        self.returned, self.cancelled, self.raised = how == "returned", how == "cancelled", how == "raised"
        self.itself = dependency is self.task
        self.result_entry, self.failed_entry = done == "result", done == "exception"
        self.cancelled_entry = done == "cancelled"
        self.failure_raised = failure_raised
        self.stuck, self.circling = at_rest and inside_and_done, circling and inside_and_done
        self.spinning, self.hung = spinning, self.inside
        return _new_tuple(Observation, _observed(self))  # many times faster than calling the class


def ending_of(future: asyncio.Future[object]) -> str:
    """Say how a future that is done ended: result, exception or cancelled. Does not mark its exception as retrieved."""
    if future.cancelled():
        return "cancelled"
    return "result" if future._exception is None else "exception"


def contains(error: BaseException, wanted: BaseException) -> bool:
    """Say whether an exception is the wanted one, or a group that contains it.

    A group that is wanted counts as contained if all its members are: `except*` makes a new group of them.
    """
    if error is wanted:
        return True
    if any(contains(each, wanted) for each in _members(error)):
        return True
    members = _members(wanted)
    return bool(members) and all(contains(error, each) for each in members)


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """Return the members of a group: by its real class, not by `__class__`."""
    return _exceptions_of(error) if issubclass(type(error), BaseExceptionGroup) else ()
