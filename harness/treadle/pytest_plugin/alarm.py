"""Hear of a test that was given so much time and has used it up, whatever became of the exception that says so.

Who times a test (pytest-timeout, by its method `signal`) sets a timer of the operating system, whose handler raises in
the main thread, wherever that happens to be: in a task of the test, which may take it for its own, or in the search,
which would take it for one of the test's. So the handler is called here, and what it raised ends the test.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, NoReturn, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType


class _RangError(BaseException):
    """Ends a search whose test has timed out. It never leaves an `Alarm`."""


class Alarm:
    """Hears what the handler of a timer raises that somebody has set before, and raises it again at the end."""

    def __init__(self) -> None:
        """Hear from `__enter__` to `__exit__`."""
        self.raised: BaseException | None = None
        self.executions = 0  # so many were begun
        self._handler: Callable[[int, FrameType | None], object] | None = None

    def __enter__(self) -> Self:
        """Listen, where there is such a timer."""
        if (
            hasattr(signal, "getitimer")
            and threading.current_thread() is threading.main_thread()
            and signal.getitimer(signal.ITIMER_REAL)[0]
        ):
            handler = signal.getsignal(signal.SIGALRM)
            if callable(handler):
                self._handler = handler
                signal.signal(signal.SIGALRM, self._ring)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the signal back, and raise what the handler has raised."""
        if self._handler is not None and signal.getsignal(signal.SIGALRM) == self._ring:
            signal.signal(signal.SIGALRM, self._handler)
        if self.raised is not None:
            self._raise(self.raised)

    def begin(self) -> None:
        """Count an execution that begins, and end the search if there is to be none."""
        self.end_search()
        self.executions += 1

    def end_search(self) -> None:
        """End the search, if the test has timed out and the exception that says so was taken for another."""
        if self.raised is not None:
            raise _RangError

    def _ring(self, number: int, frame: FrameType | None) -> None:
        try:
            if self._handler is not None:
                self._handler(number, frame)
        except BaseException as error:
            self.raised = error
            raise

    def _raise(self, error: BaseException) -> NoReturn:
        if not isinstance(error, pytest.fail.Exception):
            raise error from None
        told = (
            f"{error.msg}\n\nThe test timed out while its schedules were tried; {self.executions:,} were begun. Give "
            "it more time, or less to do: fewer events, or so many schedules at random, random=1000"
        )
        raise pytest.fail.Exception(told, pytrace=False) from None
