"""How far a search gets: states, executions and schedules against the bounds, and memory over a million executions.

The program is the proposal with its condition corrected, called plainly; events and steps are raised together. The
exponent is the slope of a straight line through the logarithms of states and bound, by least squares, from bound 3 on:
with it, states grow as a power of the bound, while schedules grow faster than any. Fewer than three such points fit
any line, so they have no exponent.
"""

from __future__ import annotations

import gc
import math
import platform
import resource
import statistics
import time
from typing import TYPE_CHECKING, Any

from treadle.check import resolve_target
from treadle.explorer import Limits, enumerate_schedules, visit_states
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation

if TYPE_CHECKING:
    from collections.abc import Sequence

_TARGET = "tacca-corrected"
_FIRST_OF_FIT = 3
_POINTS_OF_FIT = 3


def play(bound: int) -> SituationWorld:
    """Return the program."""
    bounds = Bounds(events=bound, steps=bound)
    return SituationWorld(resolve_target(_TARGET).subject, parse_situation("plain"), bounds, TaskKind.C)


def grow(most: int) -> list[dict[str, Any]]:
    """Search with every bound up to the largest; identify states from the first execution on."""
    rows = []
    for bound in range(1, most + 1):
        gc.collect()
        began = time.process_time()
        found = visit_states(play(bound), Limits(), few=0)
        rows.append(
            {
                "bound": bound,
                "ended": str(found.ended),
                "schedules": found.schedules,
                "executions": found.executions,
                "states": found.states,
                "cpu_seconds": round(time.process_time() - began, 2),
            }
        )
    return rows


def exponent(rows: Sequence[dict[str, Any]], what: str) -> float | None:
    """Fit a power of the bound; None where there are too few points, or states were not told apart."""
    points = [(row["bound"], row[what]) for row in rows if row["bound"] >= _FIRST_OF_FIT]
    if len(points) < _POINTS_OF_FIT or not all(number for _, number in points):
        return None
    slope, _ = statistics.linear_regression(*([math.log(each) for each in axis] for axis in zip(*points, strict=True)))
    return round(slope, 2)


def memory(executions: int) -> list[dict[str, Any]]:
    """Run so many executions of every schedule, in ten parts; return the largest resident size after each, in KB."""
    rows = []
    for part in range(1, 11):
        left = executions // 10
        while left > 0:
            left -= enumerate_schedules(play(4), Limits(executions=left)).executions
        rows.append({"executions": executions // 10 * part, "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})
    return rows


def measure_depth(most: int, executions: int) -> dict[str, Any]:
    """Measure; the memory first, because its largest size is never taken back."""
    sizes = memory(executions)
    rows = grow(most)
    return {
        "python": platform.python_version(),
        "target": _TARGET,
        "growth": rows,
        "exponents": {what: exponent(rows, what) for what in ("states", "executions")},
        "memory": sizes,
        "memory_grew_kb": sizes[-1]["kb"] - sizes[0]["kb"],
    }
