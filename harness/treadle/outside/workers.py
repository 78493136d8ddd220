"""A real thread that runs only while the thread that gave it work waits: in effect a coroutine.

Code in it finds what it would find in any thread: its own identity and name, nothing in `threading.local`, no signals,
no running loop. When it would sleep or wait, it pauses, and the other side goes on.
"""

from __future__ import annotations

import _thread
import contextlib
import sys
import threading
import time
from asyncio import events
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from treadle.explorer import StepTimeoutError
from treadle.fingerprint import account
from treadle.loop import Loop, ThreadTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Block = Callable[[Callable[[], bool], float | None], object]

_START = _thread.start_new_thread  # the original, even if it is replaced for programs
real_sleep, _now = time.sleep, time.monotonic
_ENDS = 100  # times that a thread is told to end before it is given up
_OF_THREADS = frozenset(vars(threading.Thread()))
_PATIENCE = 1.0  # seconds until the system has removed a thread


class _Ended(BaseException):
    """Ends a paused function when the execution is over."""


class Worker:
    """A thread. `is_paused`: it pauses within a function; `ready` then says whether it may go on.

    `until` is the loop's time at which it will be ready by itself, or None.
    """

    current: Worker | None = None

    def __init__(self, name: str) -> None:
        """Start it; it does nothing yet."""
        self.is_paused = False
        self.is_lost = False  # it did not return control
        self.ready: Callable[[], bool] = bool
        self.until: float | None = None
        self.thread = threading.Thread(name=name, daemon=True)
        self._go, self._back = _thread.allocate_lock(), _thread.allocate_lock()
        self._go.acquire()
        self._back.acquire()
        self._function: Callable[[], object] | None = None
        self._hooks: tuple[Any, Any] = None, None
        self.ends = False
        self._told = 0  # how often it was told to end
        self.result: object = None
        self.error: BaseException | None = None
        self.context = Context()  # the context variables of the thread
        _START(self._serve, ())

    @property
    def is_here(self) -> bool:
        """Say whether the caller runs in this thread."""
        return self.thread.ident == threading.get_ident()

    def run(self, function: Callable[[], object]) -> bool:
        """Call a function in the thread; return whether it has ended, with `result` or `error` set."""
        self._function = function
        return self.go_on()

    def go_on(self) -> bool:
        """Resume the paused function; return whether it has ended. Raises `StepTimeoutError` if it hangs."""
        profile = sys.getprofile()  # that of the account is no function, and handles other threads itself
        self._hooks = sys.gettrace(), profile if callable(profile) else None
        Worker.current = self
        try:
            self._go.release()
            self._back.acquire()
        except StepTimeoutError:
            self.is_lost = True
            raise
        finally:
            Worker.current = None
        return not self.is_paused

    def pause(self, ready: Callable[[], bool], until: float | None = None) -> None:
        """Give control to the other side until it resumes this thread. Called in the thread."""
        if not self.ends:
            self.ready, self.until = ready, until
            self.is_paused = True
            hooks = self._hooks
            self._unhook()
            self._back.release()
            self._go.acquire()
            self.is_paused = False
            self._hook(*hooks)
        if self.ends:
            self._told += 1
            if self._told > _ENDS:
                self._stand_still()
            raise _Ended

    def _stand_still(self) -> None:
        self.is_lost = True
        threading._active.pop(threading.get_ident(), None)  # type: ignore[attr-defined]
        self._back.release()
        self._go.acquire()  # for ever: it does not end when told

    def end(self) -> None:
        """End the thread, whatever it is doing, and wait until the system has removed it."""
        if self.is_lost:
            return
        before, self.ends, self._function = _thread._count(), True, None
        Worker.current = self
        try:
            self._go.release()
            self._back.acquire()
        finally:
            Worker.current = None
        self._wait_until_forgotten(before)

    def _wait_until_forgotten(self, before: int) -> None:
        """Wait until there are fewer threads than before, unless this one is lost."""
        until = _now() + _PATIENCE
        while not self.is_lost and _thread._count() >= before and _now() < until:
            real_sleep(0)

    def _serve(self) -> None:
        self.thread._set_ident()  # type: ignore[attr-defined]
        if hasattr(self.thread, "_set_tstate_lock"):  # until 3.12
            self.thread._set_tstate_lock()
        self.thread._started.set()  # type: ignore[attr-defined]
        threading._active[threading.get_ident()] = self.thread  # type: ignore[attr-defined]
        try:
            while True:
                self._go.acquire()
                function, self._function = self._function, None
                if function is None:
                    return
                self._call(function)
                if self.ends:
                    return
                self._back.release()
        finally:
            threading._active.pop(threading.get_ident(), None)  # type: ignore[attr-defined]
            self._back.release()

    def _call(self, function: Callable[[], object]) -> None:
        self.result = self.error = None
        self._hook(*self._hooks)
        try:
            with account().elsewhere():
                self.result = function()
        except BaseException as error:  # noqa: BLE001 - the futures of an executor take all of them, too
            self.error = error
        finally:
            self.context = copy_context()
            self._unhook()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what an idle thread keeps until its next function."""
        held = vars(self.thread)
        return (), (self.context, held["_name"], {name: each for name, each in held.items() if name not in _OF_THREADS})

    def _hook(self, trace: Any, profile: Any) -> None:
        """Set the trace and profile functions of the other side in this thread too."""
        if trace is not None:
            sys.settrace(trace)
        if profile is not None:
            sys.setprofile(profile)

    def _unhook(self) -> None:
        if self._hooks[0] is not None:
            sys.settrace(None)
        if self._hooks[1] is not None:
            sys.setprofile(None)


def sleep(loop: Loop, seconds: float) -> None:
    """Pause the calling thread for `seconds` of the loop's time."""
    worker, until = Worker.current, loop.time() + seconds
    if worker is not None and seconds > 0:
        if not worker.ends:
            loop.call_at(until, bool)  # so that time passes
        worker.pause(lambda: loop.time() >= until, until)


class _Waiter:
    """The lock of a waiter in `threading.Condition`, which makes one and acquires it twice."""

    def __init__(self, loop: Loop, block: Block) -> None:
        self._loop = loop
        self._block = block
        self._locked = False

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as locks have it
        """Acquire it, or pause until it is released or the time is up; the loop's own thread lets the others run."""
        worker, loop = Worker.current, self._loop
        if self._locked and blocking:
            until = None if timeout < 0 else loop.time() + timeout

            def ready() -> bool:
                return not self._locked or (until is not None and loop.time() >= until)

            if worker is None:
                self._block(ready, until)
            else:
                if until is not None and not worker.ends:
                    loop.call_at(until, bool)
                worker.pause(ready, until)
        taken, self._locked = not self._locked, True
        return taken

    def release(self) -> None:
        """Release it."""
        self._locked = False

    def locked(self) -> bool:
        """Say whether it is taken."""
        return self._locked


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """While the block runs, make `threading.Condition`, and what uses it, pause waiting threads of a program."""
    make = threading._allocate_lock  # type: ignore[attr-defined]

    def allocate_lock() -> object:
        worker = Worker.current
        here = worker is not None and worker.is_here
        loop: Any = ThreadTime.current.loop if here and ThreadTime.current is not None else events._get_running_loop()
        threads = getattr(loop, "threads", None) if isinstance(loop, Loop) else None
        return make() if threads is None else _Waiter(loop, threads.block)

    threading._allocate_lock = allocate_lock  # type: ignore[attr-defined]
    try:
        yield
    finally:
        threading._allocate_lock = make  # type: ignore[attr-defined]
