"""The loop: `asyncio.BaseEventLoop` without a selector, with virtual time, and with a gap before each callback.

Everything that asyncio's loop does besides running callbacks (reporting errors, debug mode, closing, task factories) is
inherited, so that it works as in the running interpreter. Two things are different. When `run` drives the loop, it
calls a *gap hook* before each callback. The hook may act on the program (cancel a task, complete a future, fire a
timer) and decides whether to go on. And nothing happens by itself: time passes only when the caller says so.

Used like any other loop, through `run_until_complete` or `run_forever`, it works in turns, and time passes when nothing
is ready: see `turns`.

Callbacks run first in, first out, as asyncio promises ("callbacks are called in the order in which they are
registered", documentation of `loop.call_soon`).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import weakref
from asyncio import base_events, coroutines, events, format_helpers, futures
from collections import deque
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.loop.handles import ClosedQueue
from treadle.loop.tasks import ordered_task_class
from treadle.loop.turns import Turns
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
    from contextlib import AbstractContextManager
    from contextvars import Context

    from treadle.loop.handles import Queued

T = TypeVar("T")

SLOW = 0.1
"""Seconds after which a callback counts as slow in debug mode, unless the program says otherwise: as in asyncio."""

# From this version on asyncio passes all options of `create_task` to a task factory; before, it sets the name
# afterwards.
_FACTORIES_TAKE_NAMES = sys.version_info >= (3, 13, 3)


class Loop(Turns):
    """A deterministic event loop; use it through `run`, or like any loop through `run_until_complete`."""

    # With asyncio's own, these are too many attributes for a fast dictionary.
    __slots__ = (
        *("_exception_handler", "_generators", "_hooks", "_own_factory", "_own_names", "_task_class", "_task_factory"),
        *("_tasks_made", "left", "unsupported"),
    )

    # Private names that asyncio's own code, tests and libraries read, but that the stubs do not declare.
    _task_factory: Callable[..., Any] | None
    _exception_handler: Callable[..., object] | None

    def __init__(self, task: TaskKind = TaskKind.C) -> None:
        """Make an empty loop with this kind of tasks."""
        self.ready: deque[Queued] = deque()
        self._own_names: frozenset[str] | None = None  # the attributes it had before it ran
        super().__init__()
        self._task_class = ordered_task_class(task)
        self.reset()
        self._hooks: Any = None
        self._turns_count = False
        if coroutines._is_debug_mode():  # type: ignore[attr-defined]
            self.set_debug(True)

    def __del__(self) -> None:
        """Do nothing: a loop without a selector has nothing to close, and explorations create many loops."""

    def reset(self) -> None:
        """Return to the state of a new loop, so that one loop serves many executions; debug mode is off.

        Attributes that a program has set on the loop while it ran are removed, too.
        """
        self.forget()
        own = self._own_names
        if own is not None:
            held = self.__dict__
            if len(held) > len(own):
                for name in held.keys() - own:
                    delattr(self, name)
        self._time = 0.0
        self._timers_made = 0
        self._tasks_made = 0
        self._task_factory = None
        self._own_factory = False
        self._exception_handler = None
        self._thread_id = None
        self._driven = False
        self._stopping = self.stopping = False
        self._starved = False
        self._busy = self._timer_cancelled_count = 0
        self.left = 0
        self.unsupported = None
        self.slow_callback_duration = SLOW
        if self._debug:
            self.set_debug(False)

    def direct(self, factory: Callable[..., Any], handler: Callable[..., object]) -> None:
        """Use a task factory of Treadle's own, and this exception handler, without checking them."""
        self._task_factory = factory
        self._own_factory = True
        self._exception_handler = handler

    def forget(self) -> None:
        """Drop all callbacks and timers; a generator that is released from now on is not closed any more."""
        self.ready.clear()
        self._scheduled.clear()
        self._todo = 0
        self._generators: list[weakref.ref[AsyncGenerator[object, None]]] = []

    @property
    def _ready(self) -> deque[Queued]:
        """The ready queue under asyncio's name for it."""
        return self.ready

    @_ready.setter
    def _ready(self, queue: deque[Queued]) -> None:
        self.ready = queue

    # Running

    def run(self, gap: Callable[[], int]) -> None:
        """Run callbacks; call `gap` first, and again after as many callbacks as it returns, until it returns 0.

        It is called earlier if `ready` is empty, and must return 0 if that is still so. `left` is the number of
        callbacks to run before the next call. `SystemExit` and `KeyboardInterrupt` from a callback leave the loop, as
        they do on the stock loop; any other exception of a callback goes to the exception handler.
        """
        ready, timers = self.ready, self._scheduled
        take = ready.popleft
        self._enter()
        self._driven = True
        try:
            while callbacks := gap():
                while True:
                    self.left = callbacks = callbacks - 1
                    self._todo = (self._todo or len(ready)) - 1
                    handle: Any = take()
                    try:
                        if handle._args:
                            handle._context.run(handle._callback, *handle._args)
                        else:  # most are steps of tasks; unpacking nothing takes as long as the call
                            handle._context.run(handle._callback)
                    except (SystemExit, KeyboardInterrupt):
                        raise
                    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - must not end the loop
                        self._report(handle, error)
                    handle = None  # releases what only this handle refers to before the next gap
                    if timers and ready and not self._todo and self._turns_count:
                        self._fire_due()  # between two turns, as asyncio does; at rest the world says what comes first
                    if not (callbacks and ready):
                        break
        finally:
            self._driven = False
            self._leave()

    def _report(self, handle: Queued, error: BaseException) -> None:
        """Report that a callback failed, as `asyncio.Handle` does."""
        source = format_helpers._format_callback_source
        told = source(handle._callback, handle._args or ())
        context = {"message": f"Exception in callback {told}", "exception": error, "handle": handle}
        if handle._source_traceback:
            context["source_traceback"] = handle._source_traceback
        self.call_exception_handler(context)

    def _enter(self) -> None:
        """Become the running loop of this thread."""
        if events._get_running_loop() is not None and not self.is_running():
            message = "this thread already runs an event loop, and Treadle's cannot run inside it"
            raise RuntimeError(message)
        if self._thread_id is not None or self._closed:
            self._check_closed()  # type: ignore[attr-defined]
            self._check_running()  # type: ignore[attr-defined]
        if self._debug:
            self._set_coroutine_origin_tracking(enabled=True)  # type: ignore[attr-defined]
        if self._own_names is None:
            self._own_names = frozenset(vars(self))
        self._hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(self._note_asyncgen, partial(self._finalize_asyncgen, self._generators))
        events._set_running_loop(self)
        self._thread_id = get_ident()

    def _leave(self) -> None:
        self._thread_id = None
        events._set_running_loop(None)
        if self._coroutine_origin_tracking_enabled:  # type: ignore[attr-defined]
            self._set_coroutine_origin_tracking(enabled=False)  # type: ignore[attr-defined]
        sys.set_asyncgen_hooks(*self._hooks)

    def run_until_complete(self, future: Awaitable[T]) -> T:  # type: ignore[override]
        """Run until the future is done, to the end of that turn, and return its result."""
        self._check_closed()  # type: ignore[attr-defined]
        new = not futures.isfuture(future)
        task: Any = asyncio.ensure_future(future, loop=self)
        if new:
            task._log_destroy_pending = False  # a caller that does not see it end gets an exception anyway
        ends = base_events._run_until_complete_cb  # type: ignore[attr-defined]
        task.add_done_callback(ends)
        try:
            self.run_forever()
        except BaseException:
            if new and task.done() and not task.cancelled():
                task.exception()  # the caller has no task to ask
            raise
        finally:
            task.remove_done_callback(ends)
        if not task.done():
            message = "Event loop stopped before Future completed."
            if self._starved:
                message = f"deadlock: {task!r} waits, and neither a callback nor a timer is left"
            raise RuntimeError(message)
        return task.result()  # type: ignore[no-any-return]

    def run_forever(self) -> None:
        """Run until `stop` is called or nothing is left to do."""
        self._starved = False
        self._enter()
        try:
            while True:
                self._run_once()
                if self._stopping:
                    break
        finally:
            self._stopping = self.stopping = False
            self._leave()

    def close(self) -> None:
        """Drop everything; raise if the loop is running, as the stock loop does."""
        super().close()
        self.forget()
        self.ready = ClosedQueue()  # type: ignore[assignment]

    # Generators

    def _note_asyncgen(self, generator: AsyncGenerator[object, None]) -> None:
        self._generators.append(weakref.ref(generator))

    def _finalize_asyncgen(
        self, known: list[weakref.ref[AsyncGenerator[object, None]]], generator: AsyncGenerator[object, None]
    ) -> None:
        """Close a generator that was garbage-collected, unless it was left by an earlier execution."""
        if not self._closed and known is self._generators:
            self.call_soon(self.create_task, generator.aclose())

    async def shutdown_asyncgens(self) -> None:
        """Close the asynchronous generators that are still open, in the order in which they were started."""
        generators = [each() for each in self._generators]
        self._generators.clear()
        closing = [each for each in generators if each is not None]
        results = await asyncio.gather(*(each.aclose() for each in closing), return_exceptions=True)
        for result, generator in zip(results, closing, strict=True):
            if isinstance(result, Exception):
                message = f"an error occurred during closing of asynchronous generator {generator!r}"
                self.call_exception_handler({"message": message, "exception": result, "asyncgen": generator})

    # Futures and tasks

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[object, None, T],
        *,
        name: str | None = None,
        context: Context | None = None,
        **options: Any,
    ) -> asyncio.Task[T]:
        """Make a task, through the task factory if there is one."""
        if self._closed:
            self._check_closed()  # type: ignore[attr-defined]
        if context is not None:
            options["context"] = context
        factory = self._task_factory
        named_later = factory is not None and not (_FACTORIES_TAKE_NAMES or self._own_factory)
        if name is not None and not named_later:
            options["name"] = name
        if factory is None:
            return self.make_task(self, coro, **options)
        task: asyncio.Task[T] = factory(self, coro, **options)
        if named_later and name is not None and hasattr(task, "set_name"):
            task.set_name(name)
        return task

    def make_task(
        self, _loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, None, T], **options: Any
    ) -> asyncio.Task[T]:
        """Make a task whose hash is its number, counted from 1 in the order of creation; the default factory."""
        self._tasks_made += 1
        task: Any = self._task_class.make(self._tasks_made, coroutine, loop=self, **options)
        if self._debug and task._source_traceback:
            del task._source_traceback[-3:]
        return task  # type: ignore[no-any-return]

    def number_task(self) -> int:
        """Return a number for a task that the program creates itself, without `create_task`."""
        self._tasks_made += 1
        return self._tasks_made

    def making(self, task: Any, coroutine: Any) -> AbstractContextManager[object]:  # noqa: ARG002 - see `ProgramLoop`
        """Return a context in which the program creates this task itself."""
        return contextlib.nullcontext()

    def set_task_factory(self, factory: Callable[..., Any] | None) -> None:
        """Use this factory for tasks; None for the default. A factory of Treadle's own gets all options directly."""
        if factory is not None and not callable(factory):
            message = "task factory must be a callable or None"  # type: ignore[unreachable]
            raise TypeError(message)
        self._task_factory = factory
        self._own_factory = factory is not None and getattr(factory, "takes_options", False)

    # Debugging

    # Asyncio calls it whenever it creates a future, and nothing returns False as fast as `bool()`.
    get_debug = staticmethod(bool)

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001 - stock signature
        """Record where coroutines, futures and handles are created, and check that callbacks are used correctly."""
        super().set_debug(enabled)
        vars(self).pop("get_debug", None)
        if enabled:
            vars(self)["get_debug"] = True.__bool__
