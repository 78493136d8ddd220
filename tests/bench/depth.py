"""How far a search gets: states, executions and schedules against the bounds, and memory over a million executions.

The program is the proposal with its condition corrected, called plainly; events and steps are raised together. The
exponent is the slope of a straight line through the logarithms of states and bound, by least squares, from bound 3 on:
with it, states grow as a power of the bound, while schedules grow faster than any. The plot is an SVG file without any
library behind it.
"""

from __future__ import annotations

import gc
import math
import platform
import resource
import time
from typing import TYPE_CHECKING, Any

from treadle.check import resolve_target
from treadle.explorer import Limits, enumerate_schedules, visit_states
from treadle.schedule import Bounds, TaskKind
from treadle.situation import Play, parse_situation

if TYPE_CHECKING:
    from collections.abc import Sequence

_TARGET = "tacca-corrected"
_FIRST_OF_FIT = 3
_WIDTH, _HEIGHT, _MARGIN = 640, 400, 60
_LINES = {"schedules": "#b00", "executions": "#06c", "states": "#080"}


def play(bound: int) -> Play:
    """Return the program."""
    bounds = Bounds(events=bound, steps=bound)
    return Play(resolve_target(_TARGET).subject, parse_situation("plain"), bounds, TaskKind.C)


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


def exponent(rows: Sequence[dict[str, Any]], what: str) -> float:
    """Fit a power of the bound."""
    points = [(math.log(row["bound"]), math.log(row[what])) for row in rows if row["bound"] >= _FIRST_OF_FIT]
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / sum((x - middle_x) ** 2 for x, _ in points)


def memory(executions: int) -> list[dict[str, Any]]:
    """Run so many executions of every schedule, ten parts; return the largest resident size after each, in KB."""
    rows = []
    for part in range(1, 11):
        left = executions // 10
        while left > 0:
            left -= enumerate_schedules(play(4), Limits(executions=left)).executions
        rows.append({"executions": executions // 10 * part, "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})
    return rows


def draw(rows: Sequence[dict[str, Any]]) -> str:
    """Return the plot: numbers on a logarithmic scale against the bound."""
    top = max(math.log10(row["schedules"]) for row in rows)
    last = rows[-1]["bound"]

    def at(bound: float, number: float) -> tuple[float, float]:
        x = _MARGIN + (bound - 1) / (last - 1) * (_WIDTH - 2 * _MARGIN)
        return x, _HEIGHT - _MARGIN - math.log10(number) / top * (_HEIGHT - 2 * _MARGIN)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 15}" text-anchor="middle">events = steps</text>',
    ]
    for power in range(0, math.ceil(top), 2):
        x, y = at(1, 10**power)
        parts.append(f'<line x1="{x}" y1="{y:.1f}" x2="{_WIDTH - _MARGIN}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 8}" y="{y + 4:.1f}" text-anchor="end">10^{power}</text>')
    for row in rows:
        x, _ = at(row["bound"], 1)
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _MARGIN + 18}" text-anchor="middle">{row["bound"]}</text>')
    for what, colour in _LINES.items():
        points = [at(row["bound"], max(row[what], 1)) for row in rows]
        told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{told}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = points[-1]
        parts.append(f'<text x="{x - 4:.1f}" y="{y - 8:.1f}" text-anchor="end" fill="{colour}">{what}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def measure_depth(most: int, executions: int) -> dict[str, Any]:
    """Measure; the memory first, because its largest size is never taken back."""
    sizes = memory(executions)
    rows = grow(most)
    return {
        "python": platform.python_version(),
        "target": _TARGET,
        "growth": rows,
        "exponents": {what: round(exponent(rows, what), 2) for what in ("states", "executions")},
        "memory": sizes,
    }
