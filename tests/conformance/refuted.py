"""Play on real tasks, on stock asyncio, every schedule with which the models refute a property.

    PYTHONPATH=harness:models python tests/conformance/refuted.py --task C

needs the standard library alone and prints a summary as JSON. The schedules are those of the package data; each must
violate its property. `--spoil` plays each without its choices, as a control: then most of them must not.
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import sys
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stock_loop import StockLoop  # beside this file

from treadle.check import resolve_target
from treadle.check.counterexamples import violates
from treadle.check.proofs import Proofs
from treadle.check.sides import Follow
from treadle.loop import task_kind
from treadle.schedule import TaskKind
from treadle.situation import SituationWorld, parse_situation
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from treadle.tokens import Token

_SHOWN = 5


def refutes(token: Token, stock: StockLoop, task: TaskKind) -> bool:
    """Play a schedule and say whether it violates the property that it is a schedule of."""
    subject = resolve_target(token.target).subject
    play = SituationWorld(subject, parse_situation(token.situation), token.bounds, task, stock)
    execution = play.run(Follow(token.choices))
    return violates(execution.outcome, BY_NAME[token.property], Reading(token.reading))


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """Play all of them."""
    stock = StockLoop(arguments.task)
    played, failed = 0, []
    for token in Proofs.load(sys.version_info[:2]).refutations():
        schedule = replace(token, choices=()) if arguments.spoil else token
        played += 1
        if not refutes(schedule, stock, arguments.task):
            failed.append(str(token))
    stock.close()
    return {"schedules": played, "differences": len(failed), "examples": failed[:_SHOWN]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=list(TaskKind), default=TaskKind.C, type=TaskKind)
    parser.add_argument("--spoil", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # abandoned executions leave coroutines that were never awaited
    sys.unraisablehook = lambda _: None
    logging.disable()  # nor does anybody retrieve what they failed with
    with task_kind(arguments.task):
        found = compare(arguments)
    summary = {"python": platform.python_version(), "task": arguments.task, **found}
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
