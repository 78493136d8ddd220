"""The queue, the timers and the protocol of futures: `Lib/asyncio/futures.py` and `base_events.py` of CPython.

Scheduling is first in, first out ("callbacks are called in the order in which they are registered").
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Protocol

from treadle_models.algebra import Formula, Linear
from treadle_models.machine.code import ERRORS, Opaque, Value
from treadle_models.machine.things import (
    CANCELLED,
    EXCEPTION,
    PENDING,
    RESULT,
    Callback,
    Error,
    Future,
    OutsideError,
    Sequence,
    Table,
    Task,
    Thrown,
    Timer,
    View,
)

if TYPE_CHECKING:
    from treadle_models.machine.world import World


_PLAIN = (int, float, str, bytes, tuple, type(None))
RESOLUTION = 1e-9
"""The resolution of asyncio's clock, in seconds: deadlines that are this close count as one."""


class TurnsCountError(Exception):
    """A timer is due when it is set, so the end of the loop's turn matters; see `Futures.turns`."""


class Oracle(Protocol):
    """Answers what the state leaves open: `choose` picks one of several options, `decide` says if a formula is true."""

    def choose(self, options: tuple[str, ...]) -> int:
        """Return the index of one of the options; there are at least two."""

    def decide(self, formula: Formula) -> bool:
        """Say whether to treat the formula as true; called only if that is not certain."""


class Futures:
    """The futures and the loop of the machine. `version` is the version of Python that is modelled.

    `turns`: count the callbacks that are left in the turn of the loop, at whose end due timers fire. That is part of
    the state, so it is counted only for programs that set a timer that is already due: without it, the machine raises
    `TurnsCountError` at the first such timer, and must begin again with it.
    """

    world: World
    oracle: Oracle
    turns = False

    def __init__(self, version: tuple[int, int]) -> None:
        self.version = version
        self.current: Task | None = None  # `asyncio.current_task()`
        self.sending: Task | None = None  # the task whose coroutine runs
        self.others_ask = False  # while the environment cancels a controller
        self.cause = -1  # outside of tasks: the call on whose behalf the callback runs

    # Truth

    def truth(self, value: Value) -> bool:
        """Say whether a value of the modelled program is true; ask the oracle if counters decide it."""
        kind = type(value)
        if kind is bool:
            return value  # type: ignore[no-any-return]
        if kind is Linear:
            natural = value.constant >= 0 and all(factor > 0 for _, factor in value.terms)
            value = value > 0 if natural else value != 0  # a count is never negative, a difference may be
            return value if isinstance(value, bool) else self.oracle.decide(value)
        if kind is Formula:
            return self.oracle.decide(value)
        if kind is Sequence:
            return bool(value.items)
        if kind is Table or kind is View:
            return bool((value if kind is Table else value.table).pairs)
        if kind is Opaque and value.truth is None:
            message = f"not modelled: whether {value.name} is true"
            raise OutsideError(message)
        return bool(value) if kind in _PLAIN else True

    # The loop

    def running_cause(self) -> int:
        """Return the call on whose behalf code runs (in asyncio: a context variable), or -1."""
        return self.cause if self.current is None else self.current.cause

    def call_later(self, delay: float, target: Value, *arguments: Value) -> Timer:
        """Set a timer; `BaseEventLoop.call_later`."""
        if type(delay) not in (int, float, bool) or not -inf < delay < inf:
            message = f"not modelled: a delay of {delay!r}"
            raise OutsideError(message)
        if delay < RESOLUTION and not self.turns:
            raise TurnsCountError
        timer = Timer(delay, Callback("call", target, arguments, self.running_cause()))
        self.world.timers.append(timer)
        self.world.timers.sort(key=lambda each: each.left)  # stable: of two with one deadline the first one first
        return timer

    def call_at_once(self, target: Value) -> Timer:
        """Append a call that can be cancelled; `BaseEventLoop.call_soon`, with its handle."""
        timer = Timer(0.0, Callback("call", target, (), self.running_cause()))
        timer.fired = True
        self.world.queue.append(timer.callback)
        return timer

    def cancel_timer(self, timer: Timer) -> None:
        """Drop a timer, also one that has fired and whose callback has not run; `TimerHandle.cancel`."""
        self._unset(timer)
        world = self.world
        if timer.fired and timer.callback in world.queue:
            place = world.queue.index(timer.callback)
            del world.queue[place]
            if world.turn is not None and place < world.turn:
                world.turn -= 1

    def take_callback(self) -> Callback:
        """Take the next callback out of the queue; if the last turn is over, begin one with all callbacks."""
        world = self.world
        if self.turns:
            world.turn = (world.turn or len(world.queue)) - 1
        return world.queue.pop(0)

    def end_callback(self) -> None:
        """Fire the timers that are due at the end of a turn; at rest their order is open; `_run_once`."""
        world = self.world
        if world.turn == 0 and world.queue and self.is_timer_due():
            self.let_time_pass()

    def is_timer_due(self) -> bool:
        """Say whether a timer fires at the end of this turn, without time passing."""
        timers = self.world.timers
        return bool(timers) and timers[0].left < RESOLUTION

    def let_time_pass(self) -> None:
        """Let time pass until the first deadline, and append all callbacks that are due; `BaseEventLoop._run_once`."""
        self.fire_timer(self.world.timers[0])
        while self.is_timer_due():
            self.fire_timer(self.world.timers[0])

    def fire_timer(self, timer: Timer) -> None:
        """Let time pass until the deadline of a timer, and append its callback."""
        passed = max(0.0, timer.left)
        self._unset(timer)
        timer.fired = True
        for each in self.world.timers:
            each.left = max(0.0, each.left - passed)
        self.world.queue.append(timer.callback)

    def _unset(self, timer: Timer) -> None:
        self.world.timers = [each for each in self.world.timers if each is not timer]
        timer.left = 0.0  # the rest of its time is not used any more

    # Futures

    def error(self, name: str, *members: Error) -> Error:
        """Make an exception of a built-in class."""
        return Error(ERRORS[name], members)

    def add_callback(self, future: Future, callback: Callback) -> None:
        """Register a callback; `Future.add_done_callback`."""
        if future.done:
            self._schedule(future, callback)
        else:
            future.callbacks.append(callback)

    def remove_callback(self, future: Future, target: Value) -> int:
        """Drop the callbacks to this target; `Future.remove_done_callback`."""
        kept = [each for each in future.callbacks if not (each.what == "call" and same(each.target, target))]
        removed = len(future.callbacks) - len(kept)
        future.callbacks = kept
        return removed

    def _schedule(self, future: Future, callback: Callback) -> None:
        if callback.what == "call":
            callback = callback._replace(arguments=(*callback.arguments, future))
        self.world.queue.append(callback)

    def end(self, future: Future, state: str, value: Value = None) -> None:
        """End a future and schedule its callbacks; `Future.set_result`, `set_exception`, `__schedule_callbacks`."""
        if future.done:
            raise Thrown(self.error("InvalidStateError"))
        future.state = state
        future.value = value
        future.unreported = state == EXCEPTION
        callbacks, future.callbacks = future.callbacks, []
        for each in callbacks:
            self._schedule(future, each)

    def cancelled_error(self, future: Future) -> Error:
        """Return the very exception with which it was cancelled, once; then new ones; `_make_cancelled_error`."""
        kept: Error | None = None
        if future.state == CANCELLED:
            kept, future.value = future.value, None
        return self.error("CancelledError") if kept is None else kept

    def result(self, future: Future) -> Value:
        """Return the result or throw the exception, which then counts as retrieved; `Future.result`."""
        if future.state == CANCELLED:
            raise Thrown(self.cancelled_error(future))
        if future.state == PENDING:
            raise Thrown(self.error("InvalidStateError"))
        future.unreported = False
        if future.state == EXCEPTION:
            raise Thrown(future.value)
        return future.value

    def exception(self, future: Future) -> Error | None:
        """Return the exception, which then counts as retrieved; `Future.exception`."""
        if future.state == CANCELLED:
            raise Thrown(self.cancelled_error(future))
        if future.state == PENDING:
            raise Thrown(self.error("InvalidStateError"))
        future.unreported = False
        return None if future.state == RESULT else future.value

    def cancel_future(self, future: Future) -> bool:
        """Cancel a future that is no task; `Future.cancel`, and `_GatheringFuture.cancel`, which passes it on."""
        future.unreported = False
        if future.done:
            return False
        if future.children:
            taken = [self.cancel(child) for child in future.children]
            future.asked = future.asked or any(taken)
            return any(taken)
        self.end(future, CANCELLED)
        return True

    def cancel(self, future: Future) -> bool:
        """Cancel a future or a task."""
        raise NotImplementedError


def same(left: Value, right: Value) -> bool:
    """Say whether two functions are the same: bound methods of one object are equal, all else by identity."""
    return left is right or (type(left) is type(right) and left == right)
