"""Run all measurements in one go, and write them: `make bench`.

    python tests/bench/bench.py [--repeats N] [--turns N] [--most N] [--executions N] [--write FILE] [--plot FILE]

Numbers of schedules, executions and states are the same on every machine; times are not, and only ratios that were
measured side by side should be quoted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from depth import measure_depth
from elsewhere import measure_elsewhere
from execution import measure_executions, show
from outside import measure_outside, show_outside
from peers import measure_peers, show_peers


def measure_all_peers(turns: int) -> list[dict[str, Any] | str]:
    """Measure the peers here, and where all of them run if that is elsewhere; say why, where that could not be."""
    here = measure_peers(turns)
    missing = {
        name
        for contest in here["contests"].values()
        for name, why in contest["absent"].items()
        if why.startswith("not here")
    }
    return [here, measure_elsewhere(turns)] if missing else [here]


def tell_depth(depth: dict[str, Any], executions: int) -> None:
    """Print how searches and memory grow."""
    for row in depth["growth"]:
        told = "bound {bound}: {schedules:,} schedules, {executions:,} executions, {states:,} states, {cpu_seconds} s\n"
        sys.stdout.write(told.format(**{**row, "states": row["states"] or 0}))
    for what, exponent in depth["exponents"].items():
        power = "too few points to fit" if exponent is None else f"as the bound to the power of {exponent}"
        sys.stdout.write(f"{what} grow: {power}\n")
    sizes = [row["kb"] for row in depth["memory"]]
    sys.stdout.write(f"memory after a tenth and all of {executions:,} executions: {sizes[0]}, {sizes[-1]} KB\n")


def whole_number(least: int) -> Any:
    """Return what reads an option that is at least so large."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            message = f"{text!r} is no whole number from {least} on"
            raise argparse.ArgumentTypeError(message)
        return int(text)

    return read


def main() -> int:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=whole_number(1), default=25, help="turns of each loop (default 25)")
    parser.add_argument(
        "--turns",
        type=whole_number(1),
        default=9,
        help="turns of each peer, and outside (default 9)",
    )
    parser.add_argument("--most", type=whole_number(1), default=12, help="largest bound of the searches (default 12)")
    parser.add_argument(
        "--executions", type=whole_number(10), default=1_000_000, help="for the memory (default a million)"
    )
    parser.add_argument("--write", type=Path, help="write the results to this file as JSON")
    parser.add_argument("--plot", type=Path, help="draw the growth of the searches into this SVG file")
    options = parser.parse_args()
    execution = measure_executions(options.repeats)
    show(execution)
    outside = measure_outside(options.turns)
    show_outside(outside)
    depth = measure_depth(options.most, options.executions)
    tell_depth(depth, options.executions)
    peers = measure_all_peers(options.turns)
    for each in peers:
        show_peers(each)
    results = {"execution": execution, "outside": outside, "peers": peers, "depth": depth}
    if options.write is not None:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(f"{json.dumps(results, indent=1)}\n", encoding="utf-8")
    if options.plot is not None:
        from plot import draw_growth  # noqa: PLC0415 - of the extra `bench`

        options.plot.parent.mkdir(parents=True, exist_ok=True)
        draw_growth(depth["growth"], options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
