"""What happened: the records of one execution, in order. Pure data.

Two executions are the same when their traces have the same `digest`, which covers who did what in which gap or callback
and leaves out where the source stands.
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
    """How things stand between two callbacks: every task, and who is in the queue, the next to run first."""

    tasks: tuple[TaskState, ...] = ()
    queue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """One `cancel()`: who called it, of whom, and whether it was passed on from a cancellation of who called it.

    `effective` is what `cancel()` returned: a task that is done takes no request. `scope` names the time-out or the
    group that called it in a callback of its own, as `asyncio.timeout()` does when its time has come; or it is empty.
    """

    by: str
    of: str
    forwarded: bool
    effective: bool
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that happened: an action of the environment in a gap, or a callback and what it did.

    `gap` counts the callbacks that had run before, since the call could begin. `who` is environment, controller (1, 2),
    dependency, or the name of another task or callback. `lines` are those of the files that are shown that ran, the
    last of them where the step stopped; `raised` is the one that raised the exception that came out of it, if one did.
    `requests` are the cancellations that were requested by it, in order: one that was forwarded follows what it was
    forwarded from. `tasks` and `queue` are how things stood right
    after it.
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
        """The line that raised what came out, where that is not the last that ran, nor did the last raise it again."""
        last = self.lines[-1] if self.lines else None
        again = last is not None and (last == self.raised or last.text.split(maxsplit=1)[:1] == ["raise"])
        return None if again else self.raised

    def as_json(self) -> dict[str, object]:
        """Return plain dictionaries and lists, without absolute paths."""
        return asdict(self)


Trace = tuple[Record, ...]


@functools.cache
def name_file(path: str) -> str:
    """Name a file as people see it; a cell of a notebook is none, and its path differs from run to run."""
    return "the cell" if "ipykernel_" in path else Path(path).name


def digest(trace: Trace) -> str:
    """Return six hexadecimal digits that tell traces apart."""
    told = "\n".join(f"{record.gap} {record.who} {record.kind} {record.text}" for record in trace)
    return hashlib.sha256(told.encode()).hexdigest()[:6]
