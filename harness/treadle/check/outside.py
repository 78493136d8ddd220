"""Notice what a target starts without the loop: threads, processes, sockets, and signals to its own process.

A thread acts at any time, so a target that goes on while one runs cannot be judged: see `threads`. A thread that other
code has started meanwhile does not belong to the target. A process, a socket or a signal is refused, as the loop
refuses calls that it cannot serve; but only while an execution runs, and not if asyncio asks, whose loops have sockets.
"""

from __future__ import annotations

import _thread
import asyncio
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from treadle.check.refused import threads_told
from treadle.check.threads import Threads
from treadle.errors import UnsupportedError
from treadle.loop import PROCESSES, SENDERS, SENDS, SOCKETS, THREADS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    from treadle.loop import Loop
    from treadle.situation import SituationWorld

_TREADLE = str(Path(__file__).parents[1])
_ASYNCIO = str(Path(asyncio.__file__).parent)
_STARTERS = ("_start_new_thread", "_start_joinable_thread")  # their names in `threading`; the second from 3.13 on
_HANDLED = (
    "sets a handler for a real signal, which never arrives while schedules are tried. "
    "Call the function that the handler would call."
)
_SENT = f"{SENDS}Call the function that handles the signal instead."

_PROCESS = "starts a process, and no schedule decides when it ends. Use its result in its place."
_SOCKET = "makes a socket, and no schedule decides when data arrives. Use an asyncio.Queue or a future in its place."

# Faster than `threading.active_count`, and counts all threads.
_count_threads: Callable[[], int] = _thread._count  # noqa: SLF001 - it has no public name


class CheckOutside:
    """Replaces functions that start something, from `__enter__` to `__exit__`; heeds only calls from this thread."""

    def __init__(self) -> None:
        """Do nothing before `__enter__`."""
        self.world: SituationWorld | None = None  # in which the target runs
        self._mine = threading.get_ident()
        self._starters: list[int] = []  # the threads that have started others in this execution
        self._count = 0
        self._threads = Threads()
        self._starting = False  # a function that starts a thread may call another one that does
        self._kept: list[tuple[object, str, object]] = []

    def __enter__(self) -> Self:
        """Replace the functions."""
        for owner, name in (*((threading, name) for name in _STARTERS), (_thread, "start_new_thread")):
            if hasattr(owner, name):
                self._put(owner, name, self._hear_of_thread)
        for starter in THREADS:
            self._put_starter(*starter)
        self._listen_to_joins()
        for starters, told in ((PROCESSES, _PROCESS), (SOCKETS, _SOCKET)):
            for each in starters:
                self._put(each.owner, each.name, self._refuse(f"{each.told} {told}", in_execution=True))
        for owner, name in SENDERS:
            if hasattr(owner, name):
                self._put(owner, name, self._refuse(f"{owner.__name__}.{name}() {_SENT}"))
        self._put(signal, "signal", self._refuse(f"signal.signal() {_HANDLED}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the functions back."""
        for owner, name, function in reversed(self._kept):
            setattr(owner, name, function)
        self._kept.clear()

    def begin(self) -> None:
        """Begin an execution."""
        self._count = _count_threads()
        self._starters.clear()
        self._threads.begin()

    @property
    def started_at(self) -> list[tuple[str, int]]:
        """Where the target has last started a thread: files and lines, the outermost first."""
        return self._threads.places

    def told(self) -> str:
        """Say which thread of the target was not joined, or is left; nothing if there is none."""
        return self._threads.told() or (threads_told() if self._has_left_a_thread() else "")

    def _has_left_a_thread(self) -> bool:
        """Say whether there are more threads than before, and the target may have started one."""
        return (
            bool(self._kept) and _count_threads() > self._count and (not self._starters or self._mine in self._starters)
        )

    def _put(self, owner: object, name: str, hear: Callable[[], object]) -> None:
        function: Callable[..., object] = getattr(owner, name)

        def heard(*arguments: object, **options: object) -> object:
            hear()
            return function(*arguments, **options)

        self._replace(owner, name, function, heard)

    def _replace(self, owner: object, name: str, function: Callable[..., object], heard: Callable[..., object]) -> None:
        heard.__name__ = heard.__qualname__ = name
        self._kept.append((owner, name, function))
        setattr(owner, name, heard)

    def _put_starter(self, owner: object, name: str, call: str) -> None:
        function: Callable[..., object] = getattr(owner, name)

        def heard(*arguments: object, **options: object) -> object:
            loop = self._loop_at_work
            if loop is None or self._starting:
                return function(*arguments, **options)
            self._starting = True
            try:
                self._threads.note(call, arguments, loop, sys._getframe(1))  # noqa: SLF001 - the caller
                return function(*arguments, **options)
            finally:
                self._starting = False

        self._replace(owner, name, function, heard)

    def _listen_to_joins(self) -> None:
        join = threading.Thread.join

        def joined(thread: threading.Thread, *arguments: float | None, **options: float | None) -> None:
            join(thread, *arguments, **options)
            loop = self._loop_at_work
            if loop is not None and not self._is_over() and not thread.is_alive():
                self._threads.joined(thread, loop)

        self._replace(threading.Thread, "join", join, joined)

    @property
    def _loop_at_work(self) -> Loop | None:
        """The loop, if an execution runs on it and this is the target's thread; else None."""
        loop = None if self.world is None else self.world.loop
        return loop if loop is not None and loop.is_running() and threading.get_ident() == self._mine else None

    def _is_over(self) -> bool:
        """Say whether the execution is being wound up, when joining a thread that ran beside the loop is too late."""
        return self.world is not None and self.world.actor.over

    def _hear_of_thread(self) -> None:
        self._starters.append(threading.get_ident())

    def _refuse(self, what: str, *, in_execution: bool = False) -> Callable[[], None]:
        def refuse() -> None:
            caller = sys._getframe(2)  # noqa: SLF001 - the caller of the function
            if self.world is None or threading.get_ident() != self._mine or _is_trusted(caller):
                return
            loop = self.world.loop
            if loop.is_running() or not in_execution:
                error = UnsupportedError(what)
                loop.unsupported = loop.unsupported or error
                raise error

        return refuse


def _is_trusted(frame: FrameType) -> bool:
    """Say whether the caller is Treadle, or an event loop that makes its own pair of sockets."""
    file = frame.f_code.co_filename
    if file == socket.__file__ and frame.f_back is not None:
        file = frame.f_back.f_code.co_filename
    return file.startswith((_TREADLE, _ASYNCIO))
