"""Compare the lines that the first schedule of a test runs before and after all others.

Fixtures are set up once. A test that uses up what a fixture holds runs completely under the first schedule, and may
return early under all others, in which nothing is then wrong. So the first schedule is run again after all others, and
the lines of the test itself are compared. Those of functions that it calls are not: they may fill a cache.

If a trace function is set already (by a debugger or a coverage tool), it is left alone, and nothing is compared.
"""

from __future__ import annotations

import inspect
import sys
from itertools import zip_longest
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from _typeshed import TraceFunction


Line = tuple[int, str]
"""The number of a line, and `line` if it ran or `exception` if it raised."""


class Way:
    """Notes the lines of a test that an execution runs."""

    def __init__(self, function: Callable[..., object]) -> None:
        """Begin with the code of the test, and of what is defined inside of it."""
        codes = [inspect.unwrap(function).__code__]
        for code in codes:  # it grows meanwhile
            codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        self._codes = frozenset(codes)
        self._lines: list[Line] = []
        self._noted = False
        self._tracing = False
        self.wanted = True  # whether to note the next execution

    def start(self) -> None:
        """Note the lines of this execution, if that is wanted and no trace function is set."""
        if self.wanted and sys.gettrace() is None:
            self._lines = []
            self._noted = self._tracing = True
            sys.settrace(self._enter)
        self.wanted = False

    def stop(self) -> list[Line] | None:
        """Note no more; return the lines since `start`, or None if none were noted."""
        if sys.gettrace() == self._enter:  # a recorded execution has restored it
            sys.settrace(None)
        self._tracing = False
        return self._lines if self._noted else None

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        return self._step if frame.f_code in self._codes else None

    def _step(self, frame: FrameType, event: str, _argument: object) -> TraceFunction:
        if self._tracing and event in ("line", "exception"):
            self._lines.append((frame.f_lineno, event))
        return self._step


def differ(first: list[Line] | None, last: list[Line] | None) -> str:
    """Say where two lists of lines first differ, or nothing."""
    if first is None or last is None or first == last:
        return ""
    before = ""
    for one, other in zip_longest(first, last):
        if one != other:
            return f"{before}{_at(one)} at first, and {_at(other)} the second time"
        before = f"after {_at(one)} came "
    return ""


def _at(line: Line | None) -> str:
    if line is None:
        return "the end"
    return f"line {line[0]}" if line[1] == "line" else f"an exception in line {line[0]}"
