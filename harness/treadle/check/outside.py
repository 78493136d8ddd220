"""What a target starts past the loop: threads of its own, and signals to its own process.

A thread acts whenever it likes, so nothing can be said of a target that has left one behind. A thread that somebody
else has started meanwhile is none of the target's. A signal would interrupt Treadle, and is refused, as the loop
refuses what it cannot give.
"""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from treadle.errors import UnsupportedError
from treadle.loop import SENDERS, SENDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from treadle.loop import Loop

_TREADLE = str(Path(__file__).parents[1])
_STARTERS = ("_start_new_thread", "_start_joinable_thread")  # as `threading` has them by name; the second from 3.13 on
_HANDLED = (
    "sets a handler of real signals, and none comes while schedules are tried. "
    "Call what the handler would call in place of that."
)
_SENT = f"{SENDS}Call what the signal would call in place of that."

# Quicker than `threading.active_count`, and knows of all threads.
_count_threads: Callable[[], int] = _thread._count  # noqa: SLF001 - it has no public name


class CheckOutside:
    """Listens, from `__enter__` to `__exit__`, to this thread and no other."""

    def __init__(self) -> None:
        """Listen to nothing yet."""
        self.loop: Loop | None = None  # on which the target runs
        self._mine = threading.get_ident()
        self._starters: list[int] = []  # by which threads others were started, in the execution under way
        self._count = 0
        self._kept: list[tuple[object, str, object]] = []

    def __enter__(self) -> Self:
        """Listen."""
        for owner, name in (*((threading, name) for name in _STARTERS), (_thread, "start_new_thread")):
            if hasattr(owner, name):
                self._put(owner, name, self._hear_of_thread)
        for owner, name in SENDERS:
            if hasattr(owner, name):
                self._put(owner, name, self._refuse(f"{owner.__name__}.{name}() {_SENT}"))
        self._put(signal, "signal", self._refuse(f"signal.signal() {_HANDLED}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        for owner, name, function in reversed(self._kept):
            setattr(owner, name, function)
        self._kept.clear()

    def begin(self) -> None:
        """Begin an execution."""
        self._count = _count_threads()
        self._starters.clear()

    def has_left_a_thread(self) -> bool:
        """Say whether there are more threads than before, and not because of others alone."""
        return (
            bool(self._kept) and _count_threads() > self._count and (not self._starters or self._mine in self._starters)
        )

    def _put(self, owner: object, name: str, hear: Callable[[], object]) -> None:
        function: Callable[..., object] = getattr(owner, name)

        def heard(*arguments: object, **options: object) -> object:
            hear()
            return function(*arguments, **options)

        heard.__name__ = heard.__qualname__ = name
        self._kept.append((owner, name, function))
        setattr(owner, name, heard)

    def _hear_of_thread(self) -> None:
        self._starters.append(threading.get_ident())

    def _refuse(self, what: str) -> Callable[[], None]:
        def refuse() -> None:
            caller = sys._getframe(2).f_code.co_filename  # noqa: SLF001 - whoever has called the function
            if self.loop is not None and threading.get_ident() == self._mine and not caller.startswith(_TREADLE):
                error = UnsupportedError(what)
                self.loop.unsupported = self.loop.unsupported or error
                raise error

        return refuse
