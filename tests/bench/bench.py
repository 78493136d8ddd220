"""Run all measurements in one go, and write them: `make bench`.

    python tests/bench/bench.py [--repeats N] [--most N] [--executions N] [--write FILE] [--plot FILE]

Numbers of schedules, executions and states are the same on every machine; times are not, and only ratios that were
measured side by side should be quoted.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from depth import draw, measure_depth
from execution import measure_executions, show


def main() -> int:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=25, help="turns of each loop (default 25)")
    parser.add_argument("--most", type=int, default=8, help="largest bound of the searches (default 8)")
    parser.add_argument("--executions", type=int, default=1_000_000, help="for the memory (default a million)")
    parser.add_argument("--write", type=Path, help="write the results to this file as JSON")
    parser.add_argument("--plot", type=Path, help="draw the growth of the searches into this SVG file")
    options = parser.parse_args()
    execution = measure_executions(options.repeats)
    show(execution)
    depth = measure_depth(options.most, options.executions)
    for row in depth["growth"]:
        told = "bound {bound}: {schedules:,} schedules, {executions:,} executions, {states:,} states, {cpu_seconds} s\n"
        sys.stdout.write(told.format(**row))
    sizes = [row["kb"] for row in depth["memory"]]
    sys.stdout.write(f"states grow as the bound to the power of {depth['exponents']['states']}\n")
    sys.stdout.write(f"memory after a tenth and all of {options.executions:,} executions: {sizes[0]}, {sizes[-1]} KB\n")
    text = json.dumps({"execution": execution, "depth": depth}, indent=1) + "\n"
    for file, content in ((options.write, text), (options.plot, draw(depth["growth"]))):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
