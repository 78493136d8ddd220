"""Compare Treadle's loop with stock asyncio: every schedule of many explorations, run on both.

    PYTHONPATH=harness:models python tests/conformance/drive.py --task C

needs the standard library alone and prints a summary as JSON. A schedule is a difference if the two executions have
another outcome, another size, other choice points on the way or (with --traces) another trace. `--fault` puts a loop
with a known fault in the place of stock asyncio, to show that differences would be seen.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import platform
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

from exact import compare_exact_tasks
from pieces import compare_programs
from stock_loop import FAULTY, StockLoop

from treadle.check import resolve_target
from treadle.explorer import Answers, Ended, Execution, Limits, Scheduler, enumerate_schedules
from treadle.loop import task_kind
from treadle.schedule import Bounds, Kind, TaskKind
from treadle.situation import ALL_SITUATIONS, RecordedSituation, SituationWorld, parse_situation
from treadle.trace import digest
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Iterator

# Combinations in which the parts of two situations meet, beside those that are always judged.
_COMBINATIONS = (
    "third-party+eager",
    "third-party+unstarted",
    "third-party+future",
    "third-party+nested",
    "third-party+shared",
    "third-party+cleanup/1",
    "third-party+pending",
    "third-party+timeout",
    "third-party+uncancel/1",
    "uncancel/0+eager",
    "uncancel/0+shared",
    "uncancel/0+pending",
    "cleanup/1+eager",
    "shared+timeout",
    "group+eager",
)

_SHOWN = 5  # how many differences are told in full

Point = tuple[Kind, int, int]
"""One choice point: its kind, the number of options, the choice."""


class LoggingScheduler(Answers):
    """Passes every choice point on to another scheduler, and remembers it."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.points: list[Point] = []
        self._scheduler = scheduler

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:
        choice = self._scheduler.choose(kind, options)
        self.points.append((kind, options, choice))
        return choice


class StrictReplay(Answers):
    """Answers as before, and takes note of any choice point that is not as it was."""

    def __init__(self, points: list[Point]) -> None:
        self._points = points
        self.position = 0
        self.divergence = ""

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:
        position, self.position = self.position, self.position + 1
        expected = self._points[position] if position < len(self._points) else None
        if expected is not None and expected[:2] == (kind, options):
            return expected[2]
        self.divergence = self.divergence or f"choice point {position}: {expected}, on stock {(kind, options)}"
        return 0

    def told(self) -> str:
        if not self.divergence and self.position < len(self._points):
            return f"choice point {self.position}: {self._points[self.position]}, on stock the end"
        return self.divergence


class LatePlay(SituationWorld):
    """A play whose environment's cancels reach the controller one callback late."""

    def _cancel_controller(self, number: int) -> None:
        self.loop.call_soon(super()._cancel_controller, number)


class OtherUncancelPlay(SituationWorld):
    """A play in which `uncancel()` to zero does to a pending cancellation what it does in other versions of Python.

    From 3.13 on it clears it, before it does not. Only the pure-Python task can be told to do otherwise.
    """

    def _uncancel_controller(self, number: int) -> None:
        task: Any = self.calls[number].task
        pending = task._must_cancel
        super()._uncancel_controller(number)
        if not task.cancelling():
            task._must_cancel = pending if sys.version_info >= (3, 13) else False


FAULTY_PLAYS: dict[str, type[SituationWorld]] = {"late-cancel": LatePlay, "other-uncancel": OtherUncancelPlay}


@dataclasses.dataclass
class Tally:
    """What a comparison counts; `late_timers` is explained in `stock_loop`."""

    schedules: int = 0
    differences: int = 0
    late_timers: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)


class Comparison:
    """A program that runs each execution a second time, on another loop, and tallies the differences."""

    def __init__(self, where: str, ours: SituationWorld, other: SituationWorld, tally: Tally) -> None:
        self._where = where
        self._ours = ours
        self._other = other
        self._tally = tally

    def run(self, scheduler: Scheduler) -> Execution[Any]:
        log = LoggingScheduler(scheduler)
        execution = self._ours.run(log)
        replay = StrictReplay(log.points)
        on_stock = self._other.run(replay)
        tally = self._tally
        tally.schedules += 1
        tally.late_timers += getattr(self._other.loop, "late_timers", False)
        problem = replay.told()
        if not problem and execution != on_stock:
            problem = f"{execution}, on stock {on_stock}"
        if not problem and isinstance(self._ours, RecordedSituation) and isinstance(self._other, RecordedSituation):
            traces = self._ours.trace, self._other.trace
            problem = "" if digest(traces[0]) == digest(traces[1]) else f"{traces[0]}, on stock {traces[1]}"
        if problem:
            tally.differences += 1
            if len(tally.examples) < _SHOWN:
                tally.examples.append(f"{self._where}, choices {[choice for _, _, choice in log.points]}: {problem}")
        return execution


def explorations(arguments: argparse.Namespace) -> Iterator[tuple[str, str, Bounds]]:
    """Yield candidate, situation and bounds: all at (1, 2), combinations at (1, 1), the `--deep` part at (2, 2) too."""
    for name in arguments.candidate or CANDIDATES:
        for situation in arguments.situation or (*ALL_SITUATIONS, *_COMBINATIONS):
            if not resolve_target(name).excluded(parse_situation(situation)):
                yield name, situation, Bounds(events=1, steps=1 if situation in _COMBINATIONS else 2)
                if situation not in _COMBINATIONS and (arguments.deep == "all" or name in arguments.deep.split(",")):
                    yield name, situation, Bounds(events=2, steps=2)


def compare(arguments: argparse.Namespace, task: TaskKind, tally: Tally) -> list[str]:
    """Compare every schedule; return the explorations that were not covered whole, with the reason."""
    other_play = FAULTY_PLAYS.get(arguments.fault, SituationWorld)
    play_class: type[SituationWorld] = SituationWorld
    if arguments.traces:
        play_class = other_play = RecordedSituation
    stock = FAULTY.get(arguments.fault, StockLoop)(task)
    stopped = []
    for name, situation_name, bounds in explorations(arguments):
        subject, situation = resolve_target(name).subject, parse_situation(situation_name)
        ours = play_class(subject, situation, bounds, task)
        other = other_play(subject, situation, bounds, task, loop=stock)
        exploration = enumerate_schedules(Comparison(f"{name} {situation_name} {bounds}", ours, other, tally), Limits())
        if exploration.ended is Ended.STOPPED:
            stopped.append(f"{name} {situation_name}: {exploration.reason}")
    stock.close()
    return stopped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=list(TaskKind), default=TaskKind.C, type=TaskKind)
    parser.add_argument("--candidate", action="append", help="default: all")
    parser.add_argument("--situation", action="append", help="default: all")
    parser.add_argument("--deep", default="", help="candidates, by commas, to explore with two events too; or: all")
    parser.add_argument("--traces", action="store_true", help="compare the traces too, which is slow")
    parser.add_argument("--fault", choices=[*FAULTY, *FAULTY_PLAYS])
    parser.add_argument("--exact", action="store_true", help="compare with plain tasks on an unmodified loop instead")
    parser.add_argument("--programs", type=int, help="compare written programs and so many drawn ones instead")
    arguments = parser.parse_args()
    if arguments.fault == "other-uncancel" and arguments.task is TaskKind.C:
        parser.error("--fault other-uncancel needs --task Py: nothing can be written to a task in C")
    warnings.simplefilter("ignore")  # abandoned executions leave coroutines that were never awaited
    sys.unraisablehook = lambda _: None
    logging.disable()  # nor does anybody retrieve what they failed with
    start = time.process_time()
    tally = Tally()
    stopped: list[str] = []
    with task_kind(arguments.task):
        if arguments.exact:
            tally.schedules, tally.examples = compare_exact_tasks(arguments.task)
            tally.differences = len(tally.examples)
        elif arguments.programs is None:
            stopped = compare(arguments, arguments.task, tally)
    if arguments.programs is not None:
        tally.schedules, tally.examples = compare_programs(arguments.task, arguments.programs)
        tally.differences = len(tally.examples)
    summary = {
        "python": platform.python_version(),
        "task": arguments.task,
        **dataclasses.asdict(tally),
        "stopped": stopped,
        "seconds": round(time.process_time() - start, 1),
    }
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")


if __name__ == "__main__":
    main()
