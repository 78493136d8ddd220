"""Compare the machine of the models with real tasks on stock asyncio: every edge of its bounded graph.

    PYTHONPATH=harness:models python tests/conformance/machine.py --task C

needs the standard library alone and prints a summary as JSON. For each edge the schedule that leads to it and through
it is played twice, on the machine and on real tasks on the stock loop, one callback at a time. After each callback the
two must agree on everything that can be seen: of each task the count, a pending cancel, what it waits for and how it
has ended; what is in the queue; and what was counted of each call. `--version` sets the machine's version switch.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sys
import time
import warnings
from typing import Any

from probes import PROBES, target_of  # beside this file, as the next one
from stock_loop import StockLoop

from treadle.check import resolve_target
from treadle.check.lockstep import first_difference, schedules
from treadle.check.sides import LoggingMachine, LoggingWorld
from treadle.loop import task_kind
from treadle.schedule import Bounds, TaskKind
from treadle.situation import parse_situation
from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import excluded, make_play
from treadle_models.explicit.search import explore
from treadle_models.machine.stage import MachineLimits
from treadle_models.situations import ALL_SITUATIONS

_SHOWN = 5


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """Compare all that is asked for."""
    python = sys.version_info[:2]
    major, minor = map(int, arguments.version.split(".")) if arguments.version else python
    version = major, minor
    stock = StockLoop(arguments.task)
    bounds = Bounds(events=arguments.events, steps=arguments.steps)
    limits = MachineLimits(events=arguments.events, steps=arguments.steps)
    edges = played = callbacks = differences = 0
    examples: list[str] = []
    for name in arguments.candidate or [*CANDIDATES, *PROBES]:
        candidate = PROBES.get(name, name)
        for situation in arguments.situation or ALL_SITUATIONS:
            if excluded(candidate, situation, python):
                continue
            model = make_play(candidate, situation, version, limits)
            graph = explore(model)
            edges += graph.edge_count
            machine = LoggingMachine.beside(model, limits)
            real = LoggingWorld(
                resolve_target(target_of(name)).subject, parse_situation(situation), bounds, arguments.task, stock
            )
            for choices in schedules(graph):
                played += 1
                ours, theirs = machine.run(choices), real.play_schedule(choices)
                callbacks += len(theirs[0])
                if ours != theirs:
                    differences += 1
                    if len(examples) < _SHOWN:
                        examples.append(
                            f"{name} {situation} {choices}: {first_difference(ours, theirs, machine.places)}"
                        )
    stock.close()
    return {
        "edges": edges,
        "schedules": played,
        "callbacks": callbacks,
        "differences": differences,
        "examples": examples,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=list(TaskKind), default=TaskKind.C, type=TaskKind)
    parser.add_argument("--candidate", action="append", help="default: all")
    parser.add_argument("--situation", action="append", help="default: all")
    parser.add_argument("--events", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--version", help="the machine's version switch; default: that of the interpreter")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # abandoned executions leave coroutines that were never awaited
    sys.unraisablehook = lambda _: None
    logging.disable()  # nor does anybody retrieve what they failed with
    start = time.process_time()
    with task_kind(arguments.task):
        found = compare(arguments)
    summary = {
        "python": platform.python_version(),
        "task": arguments.task,
        **found,
        "seconds": round(time.process_time() - start, 1),
    }
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
