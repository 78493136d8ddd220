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
from treadle.explorer import Answers
from treadle.loop import task_kind
from treadle.schedule import Bounds, Kind, TaskKind
from treadle.situation import SituationWorld as RealPlay
from treadle.situation import parse_situation
from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import excluded, make_play
from treadle_models.explicit.search import Graph, explore
from treadle_models.machine.play import End, Play, State
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.things import Task
from treadle_models.situations import ALL_SITUATIONS

_SHOWN = 5
Snapshot = tuple[Any, ...]


class Follow(Answers):
    """Answers choice points from a list, then with 0; for the machine and for real plays alike."""

    def __init__(self, choices: tuple[int, ...]) -> None:
        self._rest = list(choices)

    def choose(self, first: Kind | tuple[str, ...], count: int = 0, _priced: int = 0) -> int:
        options = count or len(first)
        choice = self._rest.pop(0) if self._rest else 0
        return min(choice, options - 1)

    def decide(self, formula: object) -> bool:
        message = f"{formula} has no truth value in a bounded play"
        raise AssertionError(message)


class LoggingMachine(Play):
    """The machine, noting what can be seen after each callback."""

    log: list[Snapshot]

    def arrive(self) -> State | End:
        if not self.world.actor.deciding and not self.world.closed:
            self.log.append(self._snapshot())
        return super().arrive()

    def _snapshot(self) -> Snapshot:
        world = self.world
        people = [call.task for call in world.calls] + [world.dependency]
        return (
            tuple(self._person(each) for each in people),
            tuple(self._name(each.target) if each.what != "call" else "loop" for each in world.queue),
            len(world.timers),
            tuple((c.inside, c.requests, c.withdrawals, c.outstanding, c.by_call, c.forwarded) for c in world.calls),
        )

    def _name(self, task: Any) -> str:
        if task.number >= 0:
            return f"controller {task.number + 1}"
        return "dependency" if task is self.world.dependency else "task"

    def _person(self, future: Any) -> Snapshot:
        if future is None:
            return ()
        ended = "" if future.state == "pending" else future.state
        if not isinstance(future, Task):
            return 0, False, "", ended, future.unreported
        waits = future.waits_for
        waits_for = "" if waits is None else "dependency" if waits is self.world.dependency else "future"
        return future.count, future.must_cancel, waits_for, ended, future.unreported

    def run(self, choices: tuple[int, ...]) -> tuple[list[Snapshot], Any]:
        """Play a schedule to its end."""
        self.log = []
        oracle = Follow(choices)
        state = self.first(oracle)
        while isinstance(state, State):
            state = self.act(state, oracle)
        return self.log, state.seen


class LoggingPlay(RealPlay):
    """Real tasks, noting the same."""

    log: list[Snapshot]
    watchful = True

    def start(self) -> None:
        super().start()
        self.log.append(self._snapshot())

    def must_end(self) -> bool:
        if self.started and not self.engine.closed:
            self.log.append(self._snapshot())
        return super().must_end()

    def _snapshot(self) -> Snapshot:
        people = [getattr(call, "task", None) for call in self.calls] + [self.dependency]
        return (
            tuple(self._person(each) for each in people),
            tuple(self._name(getattr(entry[0], "__self__", None)) for entry in self.loop.ready),
            len(self.loop.pending_timers()),
            tuple((c.inside, c.requests, c.withdrawals, c.outstanding, c.by_call, c.forwarded) for c in self.calls),
        )

    def _name(self, task: Any) -> str:
        for number, call in enumerate(self.calls, start=1):
            if task is getattr(call, "task", self):
                return f"controller {number}"
        if task is not None and task is self.dependency:
            return "dependency"
        return "task" if hasattr(task, "get_coro") else "loop"

    def _person(self, future: Any) -> Snapshot:
        if future is None:
            return ()
        ended = ""
        if future.done():
            ended = "cancelled" if future.cancelled() else "exception" if future._exception else "result"
        unreported = bool(future._log_traceback)
        if not hasattr(future, "get_coro"):
            return 0, False, "", ended, unreported
        waits = future._fut_waiter
        waits_for = "" if waits is None else "dependency" if waits is self.dependency else "future"
        return future.cancelling(), future._must_cancel, waits_for, ended, unreported

    def play_schedule(self, choices: tuple[int, ...]) -> tuple[list[Snapshot], Any]:
        """Play a schedule to its end."""
        self.log = []
        execution = self.run(Follow(choices))
        return self.log, tuple(call.observation for call in execution.outcome)


def schedules(graph: Graph) -> list[tuple[int, ...]]:
    """Return schedules that together go through every edge: the deepest edges first, whose ways cover others."""
    ways: list[tuple[int, ...]] = []
    for number, parent in enumerate(graph.parents):
        if parent is None:
            first = next(edge for edge in graph.beginnings if edge.target == graph.states[number])
            ways.append(first.choices)
        else:
            ways.append(ways[parent[0]] + parent[1].choices)
    covered: set[tuple[int, tuple[int, ...]]] = set()
    chosen: list[tuple[int, ...]] = []
    for number in reversed(range(len(graph.states))):
        for edge in graph.successors[number]:
            if (number, edge.choices) in covered:
                continue
            covered.add((number, edge.choices))
            chosen.append(ways[number] + edge.choices)
            place = graph.parents[number]
            while place is not None and (place[0], place[1].choices) not in covered:
                covered.add((place[0], place[1].choices))
                place = graph.parents[place[0]]
    return chosen or [edge.choices for edge in graph.beginnings]


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
            machine = LoggingMachine(
                version, model.situation, limits, model.target, owner=model.owner, roles=model.roles
            )
            real = LoggingPlay(
                resolve_target(target_of(name)).subject, parse_situation(situation), bounds, arguments.task, stock
            )
            for choices in schedules(graph):
                played += 1
                ours, theirs = machine.run(choices), real.play_schedule(choices)
                callbacks += len(theirs[0])
                if ours != theirs:
                    differences += 1
                    if len(examples) < _SHOWN:
                        examples.append(f"{name} {situation} {choices}: {first_difference(ours, theirs)}")
    stock.close()
    return {
        "edges": edges,
        "schedules": played,
        "callbacks": callbacks,
        "differences": differences,
        "examples": examples,
    }


def first_difference(ours: tuple[list[Snapshot], Any], theirs: tuple[list[Snapshot], Any]) -> str:
    """Tell where two logs part."""
    for number, (one, other) in enumerate(zip(ours[0], theirs[0], strict=False)):
        if one != other:
            return f"after callback {number}: machine {one}, real {other}"
    return f"{len(ours[0])} and {len(theirs[0])} callbacks; machine {ours[1]}, real {theirs[1]}"


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
