"""What to judge, and how far to go."""

from __future__ import annotations

from dataclasses import dataclass, field

from treadle.explorer import Draw, Limits
from treadle.schedule import Bounds, TaskKind
from treadle_models.spec import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to judge, and how far to go. `readings` apply where others may uncancel; elsewhere they do not differ.

    `opaque` says why every schedule must be run, if an earlier search has shown that states are wrong here. `draw`:
    schedules are drawn at random, in place of trying all.
    """

    target: str
    situation: str
    bounds: Bounds
    task: TaskKind = TaskKind.C
    readings: tuple[Reading, ...] = (Reading.WEAK,)
    opaque: str = ""
    draw: Draw | None = None
    limits: Limits = field(default_factory=Limits)
