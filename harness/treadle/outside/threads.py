"""Threads of an executor, simulated: what one does is done at once, in a moment that the environment chooses.

Nobody can say when a thread of the system runs. So the function that is given to an executor is called when the
environment lets its thread end, all of it in one gap, and the future hears of that as it would of a real thread. Of an
executor with few threads no more functions are under way than it has; those that wait for a thread can be cancelled.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections import deque
from contextvars import Context
from types import BuiltinMethodType
from typing import TYPE_CHECKING, Any

from treadle.errors import UnsupportedError
from treadle.explorer import StepTimeoutError
from treadle.loop import SLEEP, ThreadTime
from treadle.outside.underway import Way

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from treadle.loop import Loop
    from treadle.outside.underway import UnderWay

_WAITS = (
    "a thread waits for the loop or for another thread, and what a thread does is done at once here. "
    "Hand the result over when the thread ends, or replace it by a future that the environment completes."
)
_BLOCKS = (
    "a thread of an executor did not come to its end: it waits for something that only the loop or another thread can "
    "give, and what a thread does is done at once here. Replace it by a future that the environment completes."
)
_FIRST_IDENT = 1 << 48  # no thread of the system has such a number
_DEFAULT = 32  # threads of the executor that a loop has by itself: as many as asyncio would start at most


def innermost(function: Any) -> Any:
    """Return what is called in the end: `asyncio.to_thread` has a context call it, and people bind arguments."""
    while issubclass(type(function), functools.partial):
        called = function.func
        in_context = type(called) is BuiltinMethodType and type(called.__self__) is Context and function.args
        function = function.args[0] if in_context else called
    return function


class Work(Way):
    """A function that a thread runs, or that waits for one. `name` says in words that its thread ends."""

    __slots__ = ("_function", "_pool", "_threads", "future", "name")

    def __init__(self, threads: Threads, pool: Pool, function: Callable[..., object], name: str) -> None:
        """Give a function to a pool of threads."""
        self._threads = threads
        self._pool = pool
        self._function = function
        self.name = name
        self.future: asyncio.Future[Any] = threads.loop.create_future()
        threads.under_way.add(self)
        threads.under_way.sets_out(self)

    @property
    def has_thread(self) -> bool:
        """Say whether a thread runs it, so that it can not be cancelled any more."""
        return any(each is self for each in list(self._pool.works)[: self._pool.threads])

    def offers(self) -> str:
        """Say that its thread would end, if it has one; see `Way`."""
        return self.name if self.has_thread else ""

    def arrive(self) -> None:
        """Do all that the thread does, and let the future hear of it."""
        self.leave()
        loop = self._threads.loop
        error: BaseException | None = None
        result: object = None
        with ThreadTime(loop) as time, self._threads.within(self.action.number):
            try:
                result = self._function()
            except StepTimeoutError:
                with contextlib.suppress(UnsupportedError):
                    self._threads.refuse(_BLOCKS)
                return
            except BaseException as failure:  # noqa: BLE001 - the futures of an executor take all of them, too
                error = failure
        if time.slept:
            called = innermost(self._function)
            if all(called is not each for each in SLEEP):
                self._threads.slept = True
            loop.call_later(time.slept, _tell, self.future, result, error)
        else:
            loop.call_soon(_tell, self.future, result, error)

    def fail(self, error: BaseException) -> None:
        """Let the thread end with an exception in place of doing its work."""
        self.leave()
        self._threads.loop.call_soon(_tell, self.future, None, error)

    def leave(self) -> None:
        """Be under way no more."""
        self._pool.works.remove(self)
        self._threads.under_way.close(self)

    def hear_of_end(self, future: asyncio.Future[Any]) -> None:
        """Be dropped, where the future was cancelled before a thread has begun."""
        if future.cancelled() and any(each is self for each in self._pool.works) and not self.has_thread:
            self.leave()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (self.name,), (self._function, self.future, self._pool)


def _tell(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


class Pool:
    """An executor: so many threads, and what they run or will run, in the order in which it was given to them."""

    __slots__ = ("executor", "threads", "works")

    def __init__(self, executor: ThreadPoolExecutor | None) -> None:
        """Have as many threads as the executor would have."""
        self.executor = executor
        self.threads: int = _DEFAULT if executor is None else executor._max_workers
        self.works: deque[Work] = deque()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (self.threads,), tuple(self.works)


class Threads:
    """The threads of one loop. `slept`: one of them has slept and then gone on, while others might have run."""

    def __init__(self, loop: Loop, under_way: UnderWay, refuse: Callable[[str], object]) -> None:
        """Run nothing. `refuse` is called where a thread waits for what only the loop or another thread can give."""
        self.loop = loop
        self.refuse = refuse
        self.slept = False
        self.under_way = under_way
        self.begin()

    def begin(self) -> None:
        """Begin an execution."""
        self._pools: dict[int, Pool] = {}

    def start(self, executor: ThreadPoolExecutor | None, function: Callable[..., object], name: str) -> Any:
        """Give a function to an executor, None for that of the loop; return the future of its result."""
        pool = self._pools.get(id(executor))
        if pool is None:
            pool = self._pools[id(executor)] = Pool(executor)
        work = Work(self, pool, function, name)
        pool.works.append(work)
        work.future.add_done_callback(work.hear_of_end)
        return work.future

    @contextlib.contextmanager
    def within(self, number: int) -> Iterator[None]:
        """Be in the thread of a number: another than the loop's. Nobody waits there for the loop or another thread."""
        thread = threading.Thread(name=f"asyncio_{number}")

        def waits(*_: object, **__: object) -> bool:
            self.refuse(_WAITS)
            return False

        with contextlib.ExitStack() as stack:
            for owner, name, value in (
                (threading.Condition, "wait", waits),
                (threading, "get_ident", lambda: _FIRST_IDENT + number),
                (threading, "current_thread", lambda: thread),
            ):
                stack.callback(setattr, owner, name, getattr(owner, name))
                setattr(owner, name, value)
            yield

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return (), tuple(self._pools.values())
