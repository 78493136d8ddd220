"""What to judge, and how far to go."""

from __future__ import annotations

from dataclasses import dataclass, field

from treadle.explorer import Draw, Limits
from treadle.schedule import Bounds, TaskKind
from treadle_models.spec import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What `judge` is to judge, and how far to go.

    :param target: a candidate's name, `package.module:function` or `path/file.py:function`.
    :param situation: the name of a situation, such as `"plain"` or `"cleanup/1+done/cancelled"`.
    :param bounds: most events and steps.
    :param task: which implementation of `asyncio.Task` runs.
    :param readings: what a cancellation counts for after `uncancel()` has withdrawn it; they differ only in situations
        in which others may uncancel.
    :param opaque: why every schedule must be run; empty to visit each state once.
    :param draw: how to draw schedules at random instead of trying all; None to try all.
    :param limits: where to cut the search off.
    """

    target: str
    situation: str
    bounds: Bounds
    task: TaskKind = TaskKind.C
    readings: tuple[Reading, ...] = (Reading.WEAK,)
    opaque: str = ""
    draw: Draw | None = None
    limits: Limits = field(default_factory=Limits)
