"""The protocol of tasks: `Lib/asyncio/tasks.py` of CPython, class `Task`, and which call causes a request.

The C implementation in `Modules/_asynciomodule.c` does the same, which the conformance tests show. The one difference
between versions is in `uncancel`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.machine.frames import placed
from treadle_models.machine.futures import Futures
from treadle_models.machine.things import (
    CANCELLED,
    EXCEPTION,
    RESULT,
    Callback,
    Error,
    Future,
    OutsideError,
    Task,
    Thrown,
)

if TYPE_CHECKING:
    from treadle_models.machine.code import Value
    from treadle_models.machine.world import Call

DECIDING = object()
"""What `resume` returns instead of a future if the dependency has to choose what to do in this step."""

_Signal = tuple[str, "Value"]


class Tasks(Futures):
    """The tasks of the machine."""

    def resume(self, task: Task, error: Error | None) -> _Signal:
        """Run the coroutine until it suspends or ends: `yields` a future, None or `DECIDING`; `returns`; `raises`."""
        raise NotImplementedError

    # Requests

    def cancel(self, future: Future) -> bool:
        """Cancel a future or task; the calls concerned note it, as in the task classes of the harness."""
        try:
            return self._cancel(future)
        except RecursionError:  # Python does not define how deep it goes
            error = OutsideError("not modelled: a cancellation of a task that waits for itself, which has no end")
            frames = [frame for call in self.world.calls if call.task is not None for frame in call.task.frames]
            raise placed(error, frames) from None

    def _cancel(self, future: Future) -> bool:
        if not isinstance(future, Task):
            effective = self.cancel_future(future)
        elif future.number >= 0:
            return self._cancel_controller(future)
        else:
            effective = self._cancel_task(future)
        if effective and future.role == "dependency":
            self._attribute(future)
        return effective

    def _cancel_task(self, task: Task) -> bool:
        """Count the request and pass it on to the awaited future, or keep it for the next step; `Task.cancel`."""
        task.unreported = False
        if task.done:
            return False
        task.count += 1
        if task.waits_for is not None and self.cancel(task.waits_for):
            return True
        task.must_cancel = True
        return True

    def _cancel_controller(self, task: Task) -> bool:
        call = self.world.calls[task.number]
        call.forwarding += 1
        effective = self._cancel_task(task)
        call.forwarding -= 1
        if effective and self.running_cause() != task.number:
            self._on_request(call)
        return effective

    def _on_request(self, call: Call) -> None:
        if call.inside:
            call.requests += 1
            call.outstanding += 1
            if self.others_ask:
                call.by_others = True
            else:
                call.by_scope = True
        elif call.exit:
            call.requested_after_exit = True

    def uncancel(self, task: Task) -> Value:
        """Withdraw one request; from 3.13 on, withdrawing the last one clears a pending one; `Task.uncancel`."""
        lowered = self.truth(task.count > 0)
        if lowered:
            task.count -= 1
            if self.forgets_at_zero() and task.must_cancel and self.truth(task.count == 0):
                task.must_cancel = False
        if task.number >= 0 and lowered and self.running_cause() != task.number:
            call = self.world.calls[task.number]
            if call.inside:
                call.withdrawals += 1
                if self.truth(call.outstanding > 0):
                    call.outstanding -= 1
        return task.count

    def forgets_at_zero(self) -> bool:
        """Say whether `uncancel()` to zero clears a pending cancellation: the change of 3.13."""
        return self.version >= (3, 13)

    def _attribute(self, dependency: Future) -> None:
        """Count an effective cancel of the dependency for the call that caused it, if one did."""
        for call in self.world.calls:
            if call.forwarding and call.dependency is dependency:
                if call.inside:
                    call.forwarded += 1
                return
        cause = self.running_cause()
        if cause < 0:
            return
        call = self.world.calls[cause]
        if not call.inside or call.dependency is not dependency:
            return
        if call.task is self.current and self.sending is not self.current:
            call.forwarded += 1  # a pending cancel is delivered to what the controller has begun to await
        else:
            call.by_call += 1

    # Steps

    def run_callback(self, callback: Callback) -> None:
        """Run one callback of the queue."""
        if callback.what == "step":
            self.step(callback.target, callback.arguments[0])
        elif callback.what == "wakeup":
            self._wake_up(callback.target, callback.arguments[0])
        else:
            self.cause = callback.cause
            try:
                self.call(callback.target, callback.arguments)
            except Thrown as thrown:  # the loop's exception handler gets it
                if thrown.error.is_a("KeyboardInterrupt") or thrown.error.is_a("SystemExit"):
                    message = f"not modelled: {thrown.error.kind.name} leaves a callback, which ends the event loop"
                    raise OutsideError(message) from None
            self.cause = -1

    def call(self, target: Value, arguments: tuple[Value, ...]) -> Value:
        """Call a function of the modelled program."""
        raise NotImplementedError

    def new_task(self, frame: Value, *, role: str = "", number: int = -1, eager: bool = False) -> Task:
        """Make a task and schedule its first step, or run it at once; `Task.__init__`, `__eager_start` (3.12)."""
        task = Task([frame], self.zero(), role=role, number=number, cause=self.running_cause())
        if not eager:
            self.world.queue.append(Callback("step", task, (None,)))
            return task
        before = self.current, self.sending
        self.current = task
        self._run_step(task, None)
        self.current, self.sending = before
        return task

    def zero(self) -> Value:
        """Return the number from which counters start."""
        raise NotImplementedError

    def step(self, task: Task, error: Error | None) -> None:
        """Run one step; `Task.__step`. A pending cancel is thrown now, unless a `CancelledError` comes anyway."""
        if task.done:
            return  # InvalidStateError, which the loop's exception handler gets
        if task.must_cancel:
            if error is None or not error.is_a("CancelledError"):
                error = self.error("CancelledError")
            task.must_cancel = False
        task.waits_for = None
        self.current = task
        self._run_step(task, error)
        self.current = self.sending = None

    def _run_step(self, task: Task, error: Error | None) -> None:
        self.sending = task
        signal = self.resume(task, error)
        self.sending = None
        if signal[1] is not DECIDING:
            self.finish_step(task, signal)

    def finish_step(self, task: Task, signal: _Signal) -> None:
        """Do what follows when the coroutine gives up control; `Task.__step_run_and_handle_result`."""
        how, value = signal
        if how == "returns":
            if task.must_cancel:  # cancelled right before the coroutine ends
                task.must_cancel = False
                self.end(task, CANCELLED)
            else:
                self.end(task, RESULT, value)
        elif how == "raises":
            if value.is_a("KeyboardInterrupt") or value.is_a("SystemExit"):
                message = f"not modelled: {value.kind.name} leaves a task, which ends the event loop"
                raise OutsideError(message)
            if value.is_a("CancelledError"):
                task.unreported = False
                # An ordinary one is made anew each time: nobody can tell.
                self.end(task, CANCELLED, value if value.kind.key != "CancelledError" else None)
            else:
                self.end(task, EXCEPTION, value)
        elif value is None:  # a bare yield
            self.world.queue.append(Callback("step", task, (None,)))
        elif value is task:
            self.world.queue.append(Callback("step", task, (self.error("RuntimeError"),)))
        else:
            self.add_callback(value, Callback("wakeup", task))
            task.waits_for = value
            if task.must_cancel and self.cancel(value):
                task.must_cancel = False

    def _schedule(self, future: Future, callback: Callback) -> None:
        if callback.what == "wakeup":
            callback = callback._replace(arguments=(future,))
        super()._schedule(future, callback)

    def _wake_up(self, task: Task, future: Future) -> None:
        """Go on when the awaited future is done; `Task.__wakeup`."""
        try:
            self.result(future)
        except Thrown as thrown:
            self.step(task, thrown.error)
        else:
            self.step(task, None)
