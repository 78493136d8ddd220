"""The trace of one execution: its records, in order. Pure data.

Two executions are the same if their traces have the same `digest`, which covers who did what in which gap or callback,
but not the lines of the source.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A line of the target that ran."""

    file: str
    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """A task at a gap: its `cancelling()`, whether it must cancel, what it waits for, and how it ended, if it has.

    `callbacks` is the number of done callbacks that are registered with it; a task that awaits it has one, too.
    """

    name: str
    cancelling: int
    must_cancel: bool
    waits_for: str
    ended: str
    callbacks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The state between two callbacks: every task, and the names in the ready queue, the next to run first."""

    tasks: tuple[TaskState, ...] = ()
    queue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """One call of `cancel()`: its caller, the cancelled task, and whether it forwards a cancellation of the caller.

    `effective` is what `cancel()` returned: False for a task that is done. `scope` names the time-out or the group that
    called it in a callback of its own, as `asyncio.timeout()` does when its time is up; or it is empty.
    """

    by: str
    of: str
    forwarded: bool
    effective: bool
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that happened: an action of the environment in a gap, or a callback and what it did.

    `gap` is the number of callbacks before it, since the call could begin. `who` is environment, controller (1, 2),
    dependency, or the name of another task or callback. `lines` are the lines of shown files that ran; the step stopped
    at the last one. `raised` is the line that raised the exception that left it, if one did. `requests` are the
    cancellations that it requested, in order, each forwarded one after the one that it was forwarded from. `tasks` and
    `queue` are the state right after it.
    """

    gap: int
    who: str
    kind: str  # callback, event, completion, timer
    text: str
    lines: tuple[SourceLine, ...] = ()
    raised: SourceLine | None = None
    requests: tuple[CancelRequest, ...] = ()
    tasks: tuple[TaskState, ...] = ()
    queue: tuple[str, ...] = ()

    @property
    def raised_elsewhere(self) -> SourceLine | None:
        """The line in `raised`, unless it is the last line that ran, or the last line raised the exception again."""
        last = self.lines[-1] if self.lines else None
        again = last is not None and (last == self.raised or last.text.split(maxsplit=1)[:1] == ["raise"])
        return None if again else self.raised

    def as_json(self) -> dict[str, object]:
        """Return plain dictionaries and lists, without absolute paths."""
        return asdict(self)


Trace = tuple[Record, ...]


@functools.cache
def name_file(path: str) -> str:
    """Return the name of a file for people; "the cell" for one of a notebook, whose path differs from run to run."""
    return "the cell" if "ipykernel_" in path else Path(path).name


def digest(trace: Trace) -> str:
    """Return six hexadecimal digits that identify a trace."""
    told = "\n".join(f"{record.gap} {record.who} {record.kind} {record.text}" for record in trace)
    return hashlib.sha256(told.encode()).hexdigest()[:6]
