"""Small programs of plain tasks on an unmodified loop, and the same pieces as plays.

A play observes through subclasses of the task: controller and dependency report who cancels them. Here nothing is
subclassed, hooked or virtual: `asyncio.run`, `asyncio.Task`, and a dependency that answers the call's cancel in one of
three ways, while the controller is cancelled or not. What the call does, how the dependency ends and how often it was
asked must be what the play observed.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.check import Target, resolve_target
from treadle.explorer import Limits, enumerate_schedules
from treadle.schedule import Bounds, TaskKind
from treadle.situation import CallOutcome, RecordedSituation, parse_situation
from treadle.situation.actor import Decision
from treadle.situation.failures import FailureError
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from treadle.explorer import Execution, Scheduler

ANSWERS = (Decision.RERAISE, Decision.RETURN, Decision.RAISE)
DISTURBANCES = ("nobody", "before the dependency runs", "in the dependency's step")
SITUATIONS = ("plain", "cleanup/1")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one call came to; `asked` counts the effective cancels of the dependency."""

    does: str
    ending: str
    count: int
    redelivered: bool
    asked: int


class Piece:
    """One program: a dependency, which gives the answer, and a controller, which makes the call."""

    dependency: asyncio.Task[str]
    controller: asyncio.Task[Seen]

    def __init__(self, target: Target, situation: str, answer: Decision, disturbance: str) -> None:
        self._function: Any = target.subject.function
        self._situation = situation
        self._answer = answer
        self._disturbance = disturbance

    async def main(self) -> Seen:
        wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._disturbance == "before the dependency runs":
            wait.add_done_callback(lambda _: self.controller.cancel())
        self.dependency = asyncio.create_task(self._depend(wait))
        await asyncio.sleep(0)
        self.controller = asyncio.create_task(self._control())
        if self._situation != "plain":
            await asyncio.sleep(0)
            self.controller.cancel()
        await asyncio.wait([self.controller])
        await asyncio.wait([self.dependency])
        return self.controller.result()

    async def _depend(self, wait: asyncio.Future[None]) -> str:
        try:
            await wait
        except asyncio.CancelledError:
            if self._disturbance == "in the dependency's step":
                self.controller.cancel()
            if self._answer is Decision.RERAISE:
                raise
            if self._answer is Decision.RAISE:
                raise FailureError from None
        return "result"

    async def _control(self) -> Seen:
        if self._situation != "plain":
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                return await self._look()
        return await self._look()

    async def _look(self) -> Seen:
        """Call, and look at what it came to before anything else runs."""
        does = await self._call()
        dependency = self.dependency
        ending = "cancelled" if dependency.cancelled() else "running"
        if dependency.done() and not dependency.cancelled():
            ending = "suppressed" if dependency.exception() is None else "exception"
        count, asked = self.controller.cancelling(), dependency.cancelling()
        redelivered = False
        if does != "raises CancelledError":
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                redelivered = True
        return Seen(does, ending, count, redelivered, asked)

    async def _call(self) -> str:
        try:
            await self._function(self.dependency)
        except asyncio.CancelledError:
            return "raises CancelledError"
        except FailureError:
            return "raises the failure"
        except Exception as error:  # noqa: BLE001 - whatever a candidate raises
            return f"raises {type(error).__name__}"
        return "returns"


class _Noting:
    """A program that notes what was played beside how it ended."""

    def __init__(self, play: RecordedSituation) -> None:
        self._play = play
        self.noted: dict[tuple[Any, ...], list[CallOutcome]] = {}

    def run(self, scheduler: Scheduler) -> Execution[Any]:
        execution: Execution[Any] = self._play.run(scheduler)
        score = self._play.score
        deeds = tuple((deed.name, deed.gap) for deed in score.actions)
        acts = tuple(act for step in score.steps for act, _ in step.decisions)
        self.noted.setdefault((deeds, acts), []).append(execution.outcome[0])
        return execution


def in_plays(target: Target, situation: str, task: TaskKind) -> dict[tuple[str, Decision], Seen]:
    """Play all schedules with one event and one step, and pick those of the programs."""
    play = RecordedSituation(target.subject, parse_situation(situation), Bounds(events=1, steps=1), task)
    program = _Noting(play)
    enumerate_schedules(program, Limits())
    found = {}
    for disturbance, answer in itertools.product(DISTURBANCES, ANSWERS):
        deeds = (("cancel-controller", 1),) if disturbance == "before the dependency runs" else ()
        acts = (Decision.CANCEL_FIRST, answer) if disturbance == "in the dependency's step" else (answer,)
        (outcome,) = program.noted[deeds, acts]
        seen = outcome.observation
        found[disturbance, answer] = Seen(
            outcome.does, outcome.ending, seen.count_exit, seen.redelivered, seen.by_call + seen.forwarded
        )
    return found


def compare_exact_tasks(task: TaskKind) -> tuple[int, list[str]]:
    """Compare every program; return their number and the differences."""
    programs = 0
    differences = []
    for name in CANDIDATES:
        target = resolve_target(name)
        if target.subject.owner:
            continue
        for situation in SITUATIONS:
            for (disturbance, answer), played in in_plays(target, situation, task).items():
                programs += 1
                seen = asyncio.run(Piece(target, situation, answer, disturbance).main())
                if seen != played:
                    differences.append(f"{name} {situation} {disturbance} {answer.name}: {seen}, in the play {played}")
    return programs, differences
