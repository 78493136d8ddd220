"""The growth of a search as a picture: schedules, executions and states against the bounds, on a logarithmic scale.

matplotlib draws it. The same numbers give the same file, byte for byte: it has no date, ids that depend on nothing
else, and text that is text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LINES = {"schedules": "#bb0000", "executions": "#0066cc", "states": "#008800"}


def draw_growth(rows: Sequence[dict[str, Any]], file: Path) -> None:
    """Write the plot as SVG."""
    with mpl.rc_context({"svg.hashsalt": "treadle", "svg.fonttype": "none"}):
        figure = Figure(figsize=(7, 4.5), layout="constrained")
        axes = figure.add_subplot(yscale="log", xlabel="events = steps", xticks=[row["bound"] for row in rows])
        for what, colour in _LINES.items():
            known = [row for row in rows if row[what]]
            axes.plot(
                [row["bound"] for row in known], [row[what] for row in known], marker="o", color=colour, label=what
            )
        axes.grid(color="#dddddd")
        axes.legend()
        figure.savefig(file, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
