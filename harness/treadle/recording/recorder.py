"""Make the records of one execution: what each callback and the environment did, and the state afterwards.

It knows neither the world nor the names of tasks; its arguments do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from treadle.recording.lines import Lines
from treadle.recording.requests import ENVIRONMENT, Requests, scope_of
from treadle.trace import Record, SourceLine, TaskState, Trace

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from treadle.schedule import Kind

    Standing = tuple[tuple[TaskState, ...], tuple[str, ...]]


_RAISES = re.compile(r"\b(?:raises|ends cancelled|fails)\b")
"""Matches the text of a callback that an exception has left."""


class Recorder:
    """Records one execution.

    `name` returns the name of a task; `running` that of the running one, or "" in a gap; `shows` says whether the lines
    of a file are kept; `standing` returns the states of the tasks and the names in the ready queue.
    """

    def __init__(
        self,
        *,
        name: Callable[[asyncio.Future[object]], str],
        running: Callable[[], str],
        shows: Callable[[str], bool],
        standing: Callable[[], Standing],
    ) -> None:
        """Begin with nothing."""
        self.records: list[Record] = []
        self.kinds: set[Kind] = set()
        self.notes: list[str] = []  # of the callback that runs
        self.number = -1  # of the callback that runs, or ran last
        self.lines = Lines(shows)
        self.requests = Requests(name, running)
        self._standing = standing

    @property
    def trace(self) -> Trace:
        """All records so far."""
        return tuple(self.records)

    def expect_callback(self, callback: object = None) -> None:
        """Prepare for the next callback, which is this one."""
        self.number += 1
        self.requests.scope = scope_of(callback)
        self.lines.listen()

    def write_callback(self, who: str, text: str) -> None:
        """Record the callback that has run."""
        raised = self.lines.take_raised()
        self._write(self.number, who, "callback", text, raised if _RAISES.search(text) else None)
        self.notes.clear()

    def write_action(self, kind: Kind, text: str) -> None:
        """Record what the environment has just done, in the gap before the next callback."""
        self._write(self.number + 1, ENVIRONMENT, str(kind), text)

    def _write(self, gap: int, who: str, kind: str, text: str, raised: SourceLine | None = None) -> None:
        tasks, queue = self._standing()
        self.records.append(
            Record(
                gap=gap,
                who=who,
                kind=kind,
                text=text,
                lines=self.lines.take(),
                raised=raised,
                requests=self.requests.take(),
                tasks=tasks,
                queue=queue,
            )
        )


def state_of(future: asyncio.Future[object], *, name: str, cancelling: int, waits_for: str) -> TaskState:
    """Return the state of a task or future; `waits_for` is what it waits for, or empty."""
    return TaskState(
        name=name,
        cancelling=cancelling,
        must_cancel=getattr(future, "_must_cancel", False),
        waits_for=waits_for,
        ended=_how_it_ended(future),
        callbacks=_done_callbacks(future),
    )


def _done_callbacks(future: asyncio.Future[object]) -> int:
    """Count the done callbacks; 0 for a class that keeps them elsewhere."""
    callbacks: object = getattr(future, "_callbacks", None)
    return len(callbacks) if isinstance(callbacks, list) else 0


def _how_it_ended(future: asyncio.Future[object]) -> str:
    """Say how a future has ended: cancelled, exception, result, or "" if it has not."""
    if not future.done():
        return ""
    return "cancelled" if future.cancelled() else "exception" if future._exception is not None else "result"
