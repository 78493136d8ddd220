"""Simulated threads of executors: each runs when the environment decides, until it sleeps, waits or ends.

The operating system schedules real threads arbitrarily. Here one of them runs at a time, and the loop does not run
meanwhile: what a thread does from one pause to the next happens in one gap. An executor runs at most as many functions
at once as it has threads; a function that waits for a thread can be cancelled.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from concurrent.futures.thread import BrokenThreadPool
from contextvars import Context
from types import BuiltinMethodType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from treadle.errors import UnsupportedError
from treadle.explorer import StepTimeoutError
from treadle.fingerprint import OpaqueError
from treadle.loop import ThreadTime
from treadle.outside.underway import Way
from treadle.outside.workers import Worker, real_sleep, sleep

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from treadle.loop import Loop
    from treadle.outside.underway import UnderWay

_BLOCKS = (
    "a thread of an executor did not end: it waits for something that only the loop or another thread can give. "
    "Replace it by a future that the environment completes."
)
_MOMENT = 0.0005  # seconds
_SAFE = ("threading", "queue")
_BLOCKS_LOOP = (
    "the loop's own thread waits for another one, and none can go on: it would stand still for ever. "
    "Let it wait for a future, or with a time-out."
)
BESIDE = (
    "a step of the program did not end while a thread of an executor was at work: it may wait for that thread, for "
    "example for a lock. Let it wait in a thread, or for a future."
)
_GOES_ON = (
    "a thread of an executor does not end when the execution is over: it catches the exception that ends it. "
    "Let that exception pass."
)
_MIXED = (
    "an executor is used through its own submit(), which starts real threads, and through the loop, for which threads "
    "are simulated. Use loop.run_in_executor() for all calls."
)
_DEFAULT = 32  # threads of a loop's default executor: as many as asyncio would start at most


def innermost(function: Any) -> Any:
    """Return the innermost function, below partials and the context that `asyncio.to_thread` uses."""
    while issubclass(type(function), functools.partial):
        called = function.func
        in_context = type(called) is BuiltinMethodType and type(called.__self__) is Context and function.args
        function = function.args[0] if in_context else called
    return function


class Work(Way):
    """A function that a thread runs, or that waits for one. `name` is the text for the end of its thread."""

    __slots__ = ("_function", "_pool", "_threads", "_worker", "future", "name")

    def __init__(self, threads: Threads, pool: Pool, function: Callable[..., object], name: str) -> None:
        """Give a function to a pool of threads."""
        self._threads = threads
        self._pool = pool
        self._function = function
        self._worker: Worker | None = None  # once it has begun
        self.name = name
        self.future: asyncio.Future[Any] = threads.loop.create_future()
        threads.under_way.add(self)
        threads.under_way.sets_out(self)

    @property
    def has_thread(self) -> bool:
        """Say whether it has a thread, so that it cannot be cancelled any more."""
        return any(each is self for each in list(self._pool.works)[: self._pool.threads])

    @property
    def has_begun(self) -> bool:
        """Say whether a thread has begun it."""
        return self._worker is not None

    @property
    def is_python(self) -> bool:
        """Say whether it runs Python code, between whose lines other threads could run, except code made for that."""
        function = innermost(self._function)
        if type(function) is MethodType:
            function = function.__func__
        return type(function) is FunctionType and function.__globals__.get("__name__") not in _SAFE

    def offers(self) -> str:
        """Say what would happen next, if its thread can go on; see `Way`."""
        worker = self._worker
        if worker is None:
            return self.name if self.has_thread else ""
        return f"{self.name}, or pauses again" if worker.ready() else ""

    def arrive(self) -> None:
        """Run the thread until it pauses; if it has ended, set the result of the future."""
        threads = self._threads
        if self.is_python and any(each.is_python for each in threads.running() if each is not self):
            threads.together = True
        try:
            ended = self._go_on()
        except StepTimeoutError:
            self.leave()
            threads.give_up(_BLOCKS)
            return
        except UnsupportedError:  # the loop has noted it
            return
        if not ended:
            threads.under_way.sets_out(self)
            return
        worker, self._worker = self._worker, None
        self.leave()
        if worker is not None:
            threads.loop.call_soon(_tell, self.future, worker.result, worker.error)
            worker.result = worker.error = None
            self._pool.idle.append(worker)

    def _go_on(self) -> bool:
        threads = self._threads
        with ThreadTime(threads.loop, functools.partial(sleep, threads.loop)):
            if self._worker is not None:
                return self._worker.go_on()
            worker = self._pool.worker()
            if worker is None:  # its initializer failed
                threads.loop.call_soon(_tell, self.future, None, BrokenThreadPool("A thread initializer failed"))
                return True
            self._worker = worker
            return worker.run(self._function)

    @property
    def until(self) -> float | None:
        """The loop's time at which it goes on by itself; None if something else must wake it."""
        return None if self._worker is None else self._worker.until

    def fail(self, error: BaseException) -> None:
        """Make the thread fail with an exception instead of doing its work."""
        self.leave()
        self._threads.loop.call_soon(_tell, self.future, None, error)

    def leave(self) -> None:
        """Remove it from what is under way."""
        self._pool.works.remove(self)
        self._threads.under_way.close(self)

    def hear_of_end(self, future: asyncio.Future[Any]) -> None:
        """Drop it, if the future was cancelled before a thread has begun it."""
        if future.cancelled() and any(each is self for each in self._pool.works) and not self.has_thread:
            self.leave()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        if self._worker is not None:
            message = "a thread that is in the middle of what it does"
            raise OpaqueError(message)
        return (self.name,), (self._function, self.future, self._pool)


def _tell(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _initializer_of(executor: Any) -> Callable[[], object]:
    """Return the initializer of an executor's threads."""
    if hasattr(executor, "_create_worker_context"):  # from 3.14 on
        initialize: Callable[[], object] = executor._create_worker_context().initialize
        return initialize
    return functools.partial(executor._initializer or bool, *executor._initargs)


class Pool:
    """An executor: the number of its threads, the functions that they run or will run, and the idle threads."""

    __slots__ = ("executor", "idle", "threads", "workers", "works")

    def __init__(self, executor: ThreadPoolExecutor | None) -> None:
        """Take as many threads as the executor would have."""
        self.executor = executor
        self.threads: int = _DEFAULT if executor is None else executor._max_workers
        self.works: deque[Work] = deque()
        self.idle: list[Worker] = []
        self.workers: list[Worker] = []

    def worker(self) -> Worker | None:
        """Return an idle thread, or a new one; None if its initializer fails."""
        if self.idle:
            return self.idle.pop()
        executor: Any = self.executor
        prefix = "asyncio" if executor is None else executor._thread_name_prefix
        worker = Worker(f"{prefix or 'ThreadPoolExecutor'}_{len(self.workers)}")
        self.workers.append(worker)
        if executor is not None:
            worker.run(_initializer_of(executor))
            if worker.error is not None:
                return None
        return worker

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (self.threads, len(self.workers)), (*self.works, *self.idle)


class _Joined:
    """Stands for the threads of an executor in `shutdown()`, which joins them."""

    def __init__(self, pool: Pool, threads: Threads) -> None:
        self._pool = pool
        self._threads = threads

    def join(self, timeout: float | None = None) -> None:  # noqa: ARG002 - as threads have it
        self._threads.block(lambda: not self._pool.works, None)


class Threads:
    """The threads of one loop.

    `together`: two of them were under way at once, and their interleavings line by line were not tried.
    """

    def __init__(self, loop: Loop, under_way: UnderWay, refuse: Callable[[str], object]) -> None:
        """Begin without threads. `refuse` is called if a thread waits for what only the loop or another can give."""
        self.loop = loop
        self._refuse = refuse
        self.together = False
        self.under_way = under_way
        self._pools: dict[int, Pool] = {}
        self._known: list[threading.Thread] = []  # the threads before the execution

    def begin(self) -> None:
        """Begin an execution."""
        self.end()
        self._known = threading.enumerate()

    def end(self) -> None:
        """End all simulated threads, whatever they are doing."""
        if not self._pools:
            return
        for pool in self._pools.values():
            for worker in pool.workers:
                with ThreadTime(self.loop, functools.partial(sleep, self.loop)):
                    worker.end()
                if worker.is_lost:
                    self.give_up(_GOES_ON)
            if pool.executor is not None:
                threads: Any = pool.executor._threads
                threads -= {each for each in threads if type(each) is _Joined}
        self._pools = {}

    def start(self, executor: ThreadPoolExecutor | None, function: Callable[..., object], name: str) -> Any:
        """Give a function to an executor, or to the loop's own if it is None; return the future of its result."""
        pool = self._pools.get(id(executor))
        if pool is None:
            pool = self._pools[id(executor)] = Pool(executor)
            if executor is not None:
                joined: Any = executor._threads
                if joined:
                    self._refuse(_MIXED)
                joined.add(_Joined(pool, self))
        work = Work(self, pool, function, name)
        pool.works.append(work)
        work.future.add_done_callback(work.hear_of_end)
        return work.future

    def block(self, ready: Callable[[], bool], until: float | None) -> None:
        """Run threads while the loop's own thread waits, until that can go on: if it is `ready`, or at a time."""
        while not ready():
            works = [each for each in self.running() if each.offers()]
            self.together = self.together or len(works) > 1
            if works:
                works[0].arrive()
                continue
            if self._has_others():
                real_sleep(_MOMENT)  # real threads of the program, which run at any time
                continue
            wakes = [each.until for each in self.running() if each.until is not None]
            wakes += [] if until is None else [until]
            if not wakes:
                self._refuse(_BLOCKS_LOOP)
                return
            self.loop.sleep(max(0.0, min(wakes) - self.loop.time()))

    def _has_others(self) -> bool:
        """Say whether there are new threads that are not simulated."""
        known = {*self._known, *(each.thread for pool in self._pools.values() for each in pool.workers)}
        return any(each not in known for each in threading.enumerate())

    @property
    def is_any_paused(self) -> bool:
        """Say whether some thread has begun a function and not ended it."""
        return any(each.has_begun for each in self.running())

    def running(self) -> list[Work]:
        """Return the functions that threads have begun, or may begin at any moment."""
        return [each for pool in self._pools.values() for each in pool.works if each.has_begun or each.has_thread]

    def give_up(self, message: str) -> None:
        """Report that a thread does something that is not simulated; the loop notes that, and ends."""
        try:
            self._refuse(message)
        except UnsupportedError:
            return

    async def shut_down(self) -> None:
        """Wait until the loop's default executor has done its work."""
        pool = self._pools.get(id(None))
        while pool is not None and pool.works:
            done = self.loop.create_future()
            pool.works[-1].future.add_done_callback(lambda _, done=done: done.done() or done.set_result(None))  # type: ignore[misc]
            await done

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (), tuple(self._pools.values())
