"""Note the threads that a target starts while an execution runs, and whether it has joined them.

A thread acts at any time. One that the target joins before its next suspension is code like any other. While there is
another one, nothing that the loop does can be judged, so the execution ends in the next gap.
"""

from __future__ import annotations

import threading
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check.refused import IN_A_PROGRAM, place_told
from treadle.inspecting import is_function, layers

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from treadle.loop import Loop

Places = list[tuple[str, int]]


@dataclass(slots=True)
class _Started:
    """A call that has started a thread: its place, outermost first; the code that runs there; the threads to join."""

    call: str
    places: Places
    runs: Places
    threads: Callable[[], list[threading.Thread] | None]  # None: it cannot be joined

    def __str__(self) -> str:
        return (
            f"it runs a thread of its own, by {self.call}{place_told(self.places, (), 'called in ')}, and no schedule "
            f"decides when that acts: do the work inline, or join the thread before the next `await`. {IN_A_PROGRAM}"
            f"{place_told(self.runs, (), 'what runs there: ')}"
        )


class Threads:
    """Notes the threads that were started in one execution and not joined."""

    def __init__(self) -> None:
        """Begin with none."""
        self.places: Places = []  # where the last one was started
        self._open: list[_Started] = []
        self._joined: list[threading.Thread] = []

    def begin(self) -> None:
        """Begin an execution."""
        self.places = []
        self._open.clear()
        self._joined.clear()

    def told(self) -> str:
        """Say which call has started a thread that was not joined, or nothing."""
        return str(self._open[0]) if self._open else ""

    def note(self, call: str, arguments: tuple[object, ...], loop: Loop, frame: FrameType | None) -> None:
        """Note a call that starts a thread, and make the execution end in the next gap."""
        self.places = _places_from(frame)
        made_by = arguments[0] if arguments else None
        self._open.append(_Started(call, self.places, _what_runs(arguments), lambda: _threads_of(made_by)))
        loop.stopping = True

    def joined(self, thread: threading.Thread, loop: Loop) -> None:
        """Note that the target has joined a thread; after the last one the execution may go on."""
        if not self._open:
            return
        self._joined.append(thread)
        self._open = [each for each in self._open if not self._is_over(each)]
        if not self._open:
            loop.stopping = loop._stopping  # noqa: SLF001 - unless the target has stopped it

    def _is_over(self, started: _Started) -> bool:
        threads = started.threads()
        return threads is not None and all(any(each is other for other in self._joined) for each in threads)


def _threads_of(made_by: object) -> list[threading.Thread] | None:
    if isinstance(made_by, threading.Thread):
        return [made_by]
    return list(made_by._threads) if isinstance(made_by, futures.ThreadPoolExecutor) else None  # noqa: SLF001


def _what_runs(arguments: tuple[object, ...]) -> Places:
    """Return the places of the function that a thread is to run, if they are known."""
    function, *rest = arguments
    if isinstance(function, futures.ThreadPoolExecutor):
        function = rest[0] if rest else None
    elif isinstance(function, threading.Thread):
        of_timer = getattr(function, "function", None)
        function = getattr(function, "_target", None) or of_timer or type(function).run
    functions = [layer for layer in layers(function) if is_function(layer)]
    return [(each.__code__.co_filename, each.__code__.co_firstlineno) for each in functions]  # type: ignore[attr-defined]


def _places_from(frame: FrameType | None) -> Places:
    """Return the files and lines of a frame and its callers, the outermost first."""
    places: Places = []
    while frame is not None:
        places.insert(0, (frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return places
