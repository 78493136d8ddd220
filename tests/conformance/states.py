"""Each state once against every schedule: candidates and situations, under whatever interpreter runs this.

    python states.py [--task C|Py] [--events N] [--steps N] [--every N]

`--every` takes each Nth of all pairs of candidate and situation. Prints a summary as JSON. Standard library and Treadle
only.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys

from treadle.check import resolve_target
from treadle.explorer import Limits, enumerate_schedules, visit_states
from treadle.loop import task_kind
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS, SituationWorld, parse_situation
from treadle_models.candidates import CANDIDATES


def main() -> None:
    """Compare outcomes, exact counts and smallest examples."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", default="C")
    parser.add_argument("--events", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    task = TaskKind(options.task)
    bounds = Bounds(events=options.events, steps=options.steps)
    compared = schedules = executions = 0
    differences, opaque = [], set()
    pairs = [(name, parse_situation(each)) for name in CANDIDATES for each in ALL_SITUATIONS]
    with task_kind(task):
        for name, situation in pairs[:: options.every]:
            target = resolve_target(name)
            if target.excluded(situation):
                continue
            every = enumerate_schedules(SituationWorld(target.subject, situation, bounds, task), Limits())
            once = visit_states(SituationWorld(target.subject, situation, bounds, task), Limits(), few=0)
            compared += 1
            schedules += every.schedules
            executions += once.executions
            if once.opaque:
                opaque.add(once.opaque)
            if (every.ended, every.schedules, every.tallies) != (once.ended, once.schedules, once.tallies):
                differences.append(f"{name}, {situation.name}")
    told = {
        "python": platform.python_version(),
        "compared": compared,
        "schedules": schedules,
        "executions": executions,
        "differences": differences,
        "opaque": sorted(opaque),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
