"""Note which lines of the shown files run, and which of them raises, with a trace function."""

from __future__ import annotations

import linecache
import sys
from typing import TYPE_CHECKING

from treadle.trace import SourceLine, name_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

    from _typeshed import TraceFunction


class Lines:
    """Collects the lines that run; `shows` says whether the lines of a file are kept."""

    def __init__(self, shows: Callable[[str], bool]) -> None:
        """Begin with none, and do not trace yet."""
        self._shows = shows
        self._found: list[SourceLine] = []
        self._raised: SourceLine | None = None

    def listen(self) -> None:
        """Set the trace function."""
        sys.settrace(self._trace_call)

    def stop(self) -> None:
        """Remove the trace function."""
        sys.settrace(None)

    def take(self) -> tuple[SourceLine, ...]:
        """Return the lines that ran since the last call."""
        found = tuple(self._found)
        self._found.clear()
        return found

    def take_raised(self) -> SourceLine | None:
        """Return where the last exception since the last call was raised: its innermost line in a shown file."""
        raised, self._raised = self._raised, None
        return raised

    def _trace_call(self, frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
        return self._trace_line if self._shows(frame.f_code.co_filename) else None

    def _trace_line(self, frame: FrameType, event: str, argument: object) -> TraceFunction:
        if event == "line":
            self._found.append(_line(frame))
        elif event == "exception" and type(argument) is tuple and not self._came_up(argument[2]):
            self._raised = _line(frame)
        return self._trace_line

    def _came_up(self, traceback: TracebackType | None) -> bool:
        """Say whether an exception comes from a deeper line in a shown file, which was noted before."""
        below = None if traceback is None else traceback.tb_next
        while below is not None:
            if self._shows(below.tb_frame.f_code.co_filename):
                return True
            below = below.tb_next
        return False


def _line(frame: FrameType) -> SourceLine:
    file = frame.f_code.co_filename
    text = linecache.getline(file, frame.f_lineno).strip()
    return SourceLine(file=name_file(file), number=frame.f_lineno, text=text)
