"""The loop: about what `asyncio.BaseEventLoop` does between two callbacks, without a selector and with virtual time.

Two things set it apart. Before each callback it calls a *gap hook*, which may act on the program (cancel a task,
complete a future, fire a timer) and decides whether to go on. And nothing happens by itself: time passes only when a
timer fires, and a timer fires only when somebody says so.

Callbacks run first in, first out, as asyncio promises ("callbacks are called in the order in which they are
registered", documentation of `loop.call_soon`).
"""

from __future__ import annotations

import asyncio
import heapq
import sys
import threading
import traceback
import weakref
from asyncio import events
from asyncio.log import logger
from collections import deque
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.loop.handles import FIXED, Handle, TimerHandle
from treadle.loop.tasks import ordered_task_class
from treadle.loop.unsupported import NoOutsideWorld
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from contextvars import Context

T = TypeVar("T")
_new_tuple = tuple.__new__


class Loop(NoOutsideWorld, asyncio.AbstractEventLoop):
    """A deterministic event loop; use it through `run`, or as any loop through `run_until_complete`."""

    def __init__(self, task: TaskKind = TaskKind.C) -> None:
        """Make an empty loop whose tasks are of this kind."""
        self.ready: deque[Handle] = deque()
        self._timers: list[tuple[float, int, TimerHandle]] = []
        self._closed = False
        self._task_class = ordered_task_class(task)
        self.reset()

    def reset(self) -> None:
        """Go back to the state of a new loop, so that one loop serves many executions."""
        self.forget()
        self._time = 0.0
        self._timers_made = 0
        self._tasks_made = 0
        self._factory: Callable[..., Any] | None = None
        self._exception_handler: Callable[[Loop, dict[str, Any]], object] | None = None
        self._running = False
        self.stopping = False
        self.unsupported = None

    def forget(self) -> None:
        """Let go of all that waits for its turn; a generator that is dropped from now on is not closed any more."""
        self.ready.clear()
        self._timers.clear()
        self._asyncgens: list[weakref.ref[Any]] = []

    # Running

    def run(self, gap: Callable[[], bool]) -> None:
        """Run callbacks; call `gap` before each, and stop when it says False.

        `gap` must say False when `ready` is empty. `SystemExit` and `KeyboardInterrupt` from a callback leave the loop,
        as they do on the stock loop; any other exception of a callback goes to the exception handler.
        """
        take = self.ready.popleft
        self._enter()
        try:
            while gap():
                callback, args, context, _ = take()
                try:
                    context.run(callback, *args)
                except (SystemExit, KeyboardInterrupt):
                    raise
                except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - must not end the loop
                    self.call_exception_handler({"message": "Exception in callback", "exception": error})
        finally:
            self._leave()

    def _enter(self) -> None:
        """Become the running loop of this thread."""
        if events._get_running_loop() is not None:
            message = "this thread already runs an event loop; Treadle's cannot run inside it"
            raise RuntimeError(message)
        self._hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._note_asyncgen, partial(self._finalize_asyncgen, self._asyncgens))
        events._set_running_loop(self)
        self._running = True
        self._thread = threading.get_ident()

    def _leave(self) -> None:
        self._running = False
        events._set_running_loop(None)
        sys.set_asyncgen_hooks(*self._hooks)

    def _note_asyncgen(self, generator: Any) -> None:
        self._asyncgens.append(weakref.ref(generator))

    def _finalize_asyncgen(self, known: list[weakref.ref[Any]], generator: Any) -> None:
        """Close a generator that nobody refers to any more, unless it was left behind by an earlier execution."""
        if not self._closed and known is self._asyncgens:
            self.call_soon(self.create_task, generator.aclose())

    def run_until_complete(self, future: Awaitable[T]) -> T:  # type: ignore[override]
        """Run until the future is done and return its result; timers fire when nothing else is left."""
        task = asyncio.ensure_future(future, loop=self)
        self.stopping = False

        def gap() -> bool:
            if self.stopping or task.done():
                return False
            if not self.ready and not self.fire_timer():
                message = f"deadlock: {task!r} waits, and neither a callback nor a timer is left"
                raise RuntimeError(message)
            return True

        self.run(gap)
        return task.result()

    def run_forever(self) -> None:
        """Run until `stop` is called or nothing is left to do."""
        self.stopping = False
        self.run(lambda: not self.stopping and (bool(self.ready) or self.fire_timer()))

    def stop(self) -> None:
        """Stop before the next callback."""
        self.stopping = True

    def is_running(self) -> bool:
        """Say whether callbacks are being run."""
        return self._running

    def is_closed(self) -> bool:
        """Say whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Forget everything; a running loop refuses, as the stock loop does."""
        if self._running:
            message = "Cannot close a running event loop"
            raise RuntimeError(message)
        self.forget()
        self._closed = True

    async def shutdown_asyncgens(self) -> None:
        """Close the asynchronous generators that are still open."""
        generators = [each() for each in self._asyncgens]
        self._asyncgens.clear()
        closing = (each.aclose() for each in generators if each is not None)
        await asyncio.gather(*closing, return_exceptions=True)

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - stock signature
        """Do nothing: there is no executor."""

    # Callbacks and timers

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        """Append a callback to the ready queue.

        Tasks and futures name the context, and throw the handle away. Making one would be the largest part of the cost
        of a callback, so a caller who names the context gets a handle that cannot be cancelled.
        """
        ready = self.ready
        if context is not None:
            ready.append((callback, args, context, ready))  # type: ignore[arg-type]
            return FIXED
        handle: Handle = _new_tuple(Handle, (callback, args, copy_context(), ready))
        ready.append(handle)
        return handle

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        """Append a callback, from the loop's own thread only."""
        if self._running and threading.get_ident() != self._thread:
            self.refuse("call_soon_threadsafe", "other threads", "Keep the program under test in one thread.")
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        """Run a callback `delay` seconds of virtual time from now, when somebody fires the timer."""
        return self.call_at(self._time + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> TimerHandle:
        """Run a callback at a virtual time, when somebody fires the timer."""
        timer = TimerHandle(when, callback, args, copy_context() if context is None else context)
        self._timers_made += 1
        heapq.heappush(self._timers, (when, self._timers_made, timer))
        return timer

    def bring_forward(self, place: int) -> None:
        """Put a callback in front of all others; it is the one at this index of `ready`."""
        taken = self.ready[place]
        del self.ready[place]
        self.ready.appendleft(taken)

    def next_timer(self) -> TimerHandle | None:
        """Return the timer that is due first, or None; of two with one deadline, the one that was set first."""
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            heapq.heappop(timers)
        return timers[0][2] if timers else None

    def pending_timers(self) -> list[TimerHandle]:
        """Return all timers that wait, earliest first."""
        if not self._timers:
            return []
        return [timer for _, _, timer in sorted(self._timers, key=lambda each: each[:2]) if not timer._cancelled]

    def fire_timer(self, timer: TimerHandle | None = None) -> bool:
        """Let time pass to a deadline, the earliest by default, and append that callback; False if there is none."""
        timer = self.next_timer() if timer is None else timer
        if timer is None:
            return False
        self._timers = [each for each in self._timers if each[2] is not timer]
        heapq.heapify(self._timers)
        self._time = max(self._time, timer._when)
        timer.fired = _new_tuple(Handle, (timer.callback, timer.args, timer.context, self.ready))
        self.ready.append(timer.fired)
        return True

    def time(self) -> float:
        """Return the virtual time, in seconds since the loop was new."""
        return self._time

    # Futures and tasks

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, T], *, name: str | None = None, context: Context | None = None, **options: Any
    ) -> asyncio.Task[T]:
        """Make a task, through the task factory if there is one."""
        if name is not None:
            options["name"] = name
        if context is not None:
            options["context"] = context
        if self._factory is not None:
            task: asyncio.Task[T] = self._factory(self, coro, **options)
            return task
        return self.make_task(self, coro, **options)

    def make_task(
        self, _loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        """Make a task whose hash is its number, counted from 1 in the order of creation; the default factory."""
        self._tasks_made += 1
        return self._task_class.make(self._tasks_made, coroutine, loop=self, **options)  # type: ignore[no-any-return]

    def set_task_factory(self, factory: Callable[..., Any] | None) -> None:
        """Use this factory for tasks; None for the default."""
        self._factory = factory

    def get_task_factory(self) -> Callable[..., Any] | None:
        """Return the factory that was set."""
        return self._factory

    # Errors and debugging

    def set_exception_handler(self, handler: Callable[[Loop, dict[str, Any]], object] | None) -> None:
        """Send what would be logged to `handler(loop, context)`."""
        self._exception_handler = handler

    def get_exception_handler(self) -> Callable[[Loop, dict[str, Any]], object] | None:  # type: ignore[override]
        """Return the handler that was set."""
        return self._exception_handler

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report an exception that nobody caught."""
        if self._exception_handler is None:
            self.default_exception_handler(context)
        else:
            try:
                self._exception_handler(self, context)
            except Exception as error:  # noqa: BLE001 - must not end the loop either
                message = "Unhandled error in exception handler"
                self.default_exception_handler({"message": message, "exception": error})

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Write the message, and the exception if there is one, to the log of asyncio."""
        error = context.get("exception")
        lines = "".join(traceback.format_exception(error)) if error is not None else ""
        logger.error("%s\n%s", context["message"], lines)

    # Debug mode is off: it would record a traceback at every step. Asyncio asks whenever it makes a future, and nothing
    # says no as quickly as `bool()`.
    get_debug = staticmethod(bool)

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001 - stock signature
        """Ignore the request."""
