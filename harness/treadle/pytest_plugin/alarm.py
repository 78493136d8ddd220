"""Notice that a test has timed out, whatever becomes of the exception that says so.

A plugin that times tests (pytest-timeout, with its method `signal`) sets a timer of the operating system. Its handler
raises in the main thread, in whatever code that runs: in a task of the test, which may handle the exception as its own,
or in the search, which would take it for one of the test. So the handler is called here, and its exception ends the
test.
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
    """Calls the handler of a timer that was set before, and raises its exception again at the end."""

    def __init__(self) -> None:
        """Do nothing before `__enter__`."""
        self.raised: BaseException | None = None
        self.executions = 0  # the number of executions begun
        self._handler: Callable[[int, FrameType | None], object] | None = None

    def __enter__(self) -> Self:
        """Replace the handler, if such a timer is running."""
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
        """Restore the handler, and raise the exception that it has raised."""
        if self._handler is not None and signal.getsignal(signal.SIGALRM) == self._ring:
            signal.signal(signal.SIGALRM, self._handler)
        if self.raised is not None:
            self._raise(self.raised)

    def begin(self) -> None:
        """Count an execution that begins; end the search instead if the test has timed out."""
        self.end_search()
        self.executions += 1

    def end_search(self) -> None:
        """End the search if the test has timed out, and the exception that says so was handled as another one."""
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
            f"{error.msg}\n\nThe test timed out while its schedules were tried; {self.executions:,} were "
            "started. Give it more time, or less to do: fewer events, or schedules drawn at random (random=1000)"
        )
        raise pytest.fail.Exception(told, pytrace=False) from None
