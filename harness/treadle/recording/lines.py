"""Which lines of the files that are shown run, as the interpreter tells it."""

from __future__ import annotations

import linecache
import sys
from typing import TYPE_CHECKING

from treadle.trace import SourceLine, name_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from _typeshed import TraceFunction


class Lines:
    """Collects the lines that run; `shows` says of a file whether its lines are kept."""

    def __init__(self, shows: Callable[[str], bool]) -> None:
        """Begin with none, and do not listen yet."""
        self._shows = shows
        self._found: list[SourceLine] = []

    def listen(self) -> None:
        """Hear of every line from now on."""
        sys.settrace(self._trace_call)

    def stop(self) -> None:
        """Hear of no more."""
        sys.settrace(None)

    def take(self) -> tuple[SourceLine, ...]:
        """Return those that ran since this was called last."""
        found = tuple(self._found)
        self._found.clear()
        return found

    def _trace_call(self, frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        return self._trace_line if self._shows(frame.f_code.co_filename) else None

    def _trace_line(self, frame: FrameType, event: str, _argument: object) -> TraceFunction:
        if event == "line":
            file = frame.f_code.co_filename
            text = linecache.getline(file, frame.f_lineno).strip()
            self._found.append(SourceLine(file=name_file(file), number=frame.f_lineno, text=text))
        return self._trace_line
