"""The worlds in which targets are judged. In a thread, all of them use one loop for each kind of task.

What a target keeps, such as a lock of its module, is bound to the loop on which it was first waited for. On another
loop it fails, so a search on a new loop would show failures that a program with one loop never has.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from treadle.loop import Loop
from treadle.situation import RecordedSituation, SituationWorld, parse_situation

if TYPE_CHECKING:
    from treadle.check.target import Target
    from treadle.schedule import Bounds, TaskKind


class _Loops(threading.local):
    """The loops of a thread: two threads cannot use a loop at the same time."""

    def __init__(self) -> None:
        self.of: dict[TaskKind, Loop] = {}


_loops = _Loops()


def loop_for(task: TaskKind) -> Loop:
    """Return the loop on which everything is judged in this thread, with tasks of this kind."""
    if task not in _loops.of:
        _loops.of[task] = Loop(task)
    return _loops.of[task]


def world_of(target: Target, situation: str, bounds: Bounds, task: TaskKind) -> SituationWorld:
    """Return the world of a target in a situation."""
    return SituationWorld(target.subject, parse_situation(situation), bounds, task, loop_for(task))


def recorded_world_of(target: Target, situation: str, bounds: Bounds, task: TaskKind) -> RecordedSituation:
    """Return the same world, with a recorded trace."""
    subject, files = target.subject, target.files
    return RecordedSituation(subject, parse_situation(situation), bounds, task, loop_for(task), files=files)
