"""Random programs and targets that keep something everywhere: both searches of each, under whatever runs this.

    python keeping.py [--first N] [--count N] [--task C|Py] [--targets]
    python keeping.py --write N [--targets] [--into FOLDER]

Prints a summary as JSON; or writes one program, or target, into a folder and prints the command that explores it.
Standard library and Treadle only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from kept.programs import random_program
from kept.searching import compare, compare_target
from kept.targets import SITUATIONS, random_target

from treadle.schedule import TaskKind


def main() -> None:
    """Compare verdicts, exact counts and smallest examples of every end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--task", default="C")
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--write", type=int)
    parser.add_argument("--into", type=Path, default=Path())
    options = parser.parse_args()
    if options.write is not None:
        sys.stdout.write(f"{write(options.write, options.into, target=options.targets)}\n")
        return
    numbers = range(options.first, options.first + options.count)
    sys.stdout.write(json.dumps(summarize(numbers, TaskKind(options.task), targets=options.targets)))


def write(number: int, folder: Path, *, target: bool) -> str:
    """Write one of them; return the command that explores it with the same bounds."""
    if target:
        written, situation = random_target(number)
        events, steps = SITUATIONS[situation]
        bounds = f"--situation {situation} --events {events} --steps {steps}"
        return f"treadle check {written.write(folder)}:target {bounds}"
    written = random_program(number)
    bounds = f"--events {written.events}{' --any-order' if written.any_order else ''}"
    return f"treadle explore {written.write(folder)}:program {bounds}"


def summarize(numbers: range, task: TaskKind, *, targets: bool) -> dict[str, Any]:
    """Compare all of these, and say what was found.

    `odd` are those that are of no use: they ended for another reason than that nothing was left. `unidentified` are
    those whose states were opaque, though each of their places must be seen, with the reason.
    """
    told: dict[str, Any] = {
        "python": platform.python_version(),
        "compared": 0,
        "schedules": 0,
        "executions": 0,
        "with several ends": 0,
        "too large": 0,
        "opaque": 0,
        "unidentified": [],
        "odd": [],
        "differences": [],
    }
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            each = (compare_target if targets else compare)(number, Path(folder), task)
            if each.too_large:
                told["too large"] += 1
                continue
            if each.every.reason:
                told["odd"].append(f"{each.written.name}: {each.every.reason}")
                continue
            told["compared"] += 1
            told["schedules"] += each.every.schedules
            told["executions"] += each.once.executions if each.once else 0
            told["with several ends"] += len(each.every.tallies) > 1
            told["opaque"] += bool(each.opaque)
            if each.opaque and all(place.identified for place in each.written.places):
                told["unidentified"].append(f"{each.written.name}: {each.opaque}")
            if each.difference:
                told["differences"].append(each.difference)
    return told


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # CPython 3.12.1 crashes when it takes apart what programs 198 and 199 have kept, after all is said
