"""The records of one execution: what each callback did, what the environment did, how everything stood afterwards.

Whose execution it is, and how its tasks are called, is not known here.
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
"""What is told of a callback out of which an exception comes."""


class Recorder:
    """Writes one execution down.

    `name` names a task, `running` whoever runs, "" in a gap; `shows` says of a file whether its lines are kept;
    `standing` returns how the tasks stand and who is in the queue.
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
        """All that was written."""
        return tuple(self.records)

    def expect_callback(self, callback: object = None) -> None:
        """Get ready for the next callback, which is this one."""
        self.number += 1
        self.requests.scope = scope_of(callback)
        self.lines.listen()

    def write_callback(self, who: str, text: str) -> None:
        """Write down the callback that has run."""
        raised = self.lines.take_raised()
        self._write(self.number, who, "callback", text, raised if _RAISES.search(text) else None)
        self.notes.clear()

    def write_action(self, kind: Kind, text: str) -> None:
        """Write down what the environment has just done, in the gap before the next callback."""
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
    """Say how a task or a future stands; `waits_for` is what it waits for, or nothing."""
    return TaskState(
        name=name,
        cancelling=cancelling,
        must_cancel=getattr(future, "_must_cancel", False),
        waits_for=waits_for,
        ended=_how_it_ended(future),
        callbacks=_done_callbacks(future),
    )


def _done_callbacks(future: asyncio.Future[object]) -> int:
    """Count the done callbacks; a class that keeps them elsewhere has none to be seen."""
    callbacks: object = getattr(future, "_callbacks", None)
    return len(callbacks) if isinstance(callbacks, list) else 0


def _how_it_ended(future: asyncio.Future[object]) -> str:
    """Say how a future has ended: cancelled, exception, result, or "" where it has not."""
    if not future.done():
        return ""
    return "cancelled" if future.cancelled() else "exception" if future._exception is not None else "result"
