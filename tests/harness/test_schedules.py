"""Programs of tasks: every schedule of a random one is run once, as a plain recursion over all choices finds."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.explorer import (
    Answers,
    Ended,
    Execution,
    Limits,
    ReplayScheduler,
    Scheduler,
    enumerate_schedules,
)
from treadle.loop import Loop, abandon
from treadle.schedule import Kind, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable


Step = tuple[str, int]
STEPS = st.tuples(st.sampled_from(("sleep", "wait", "set", "cancel", "choose")), st.integers(0, 2))
TASKS = st.lists(st.lists(STEPS, max_size=3), min_size=1, max_size=3)


@dataclass
class TaskProgram:
    """A few tasks on three events; they choose themselves, and in each gap the environment may set an event, once."""

    tasks: list[list[Step]]

    def run(self, scheduler: Scheduler) -> Execution[tuple[str, ...]]:
        loop = Loop()
        world = World(scheduler, loop)
        running = world.running
        running += [loop.create_task(world.live(number, steps)) for number, steps in enumerate(self.tasks)]
        loop.run(world.gap)
        for task in running:
            if not task.done():
                world.log.append("left behind")
                abandon([task], loop)
        loop.forget()
        return Execution(tuple(world.log), (len(world.log),), cut=False)


class World:
    """One execution of such a program."""

    def __init__(self, scheduler: Scheduler, loop: Loop) -> None:
        self.log: list[str] = []
        self.running: list[asyncio.Task[None]] = []
        self._scheduler = scheduler
        self._loop = loop
        self._events = [asyncio.Event() for _ in range(3)]
        self._free = True

    async def live(self, number: int, steps: list[Step]) -> None:
        for what, which in steps:
            self.log.append(f"{number} {what} {which}")
            try:
                await self._step(what, which)
            except asyncio.CancelledError:
                self.log.append(f"{number} cancelled")

    async def _step(self, what: str, which: int) -> None:
        if what == "sleep":
            await asyncio.sleep(0)
        elif what == "wait":
            await self._events[which].wait()
        elif what == "set":
            self._events[which].set()
        elif what == "cancel":
            self.running[which % len(self.running)].cancel()
        else:
            self.log.append(f"chose {self._scheduler.choose(Kind.DEPENDENCY, 2 + which)}")

    def gap(self) -> bool:
        unset = [event for event in self._events if not event.is_set()]
        choice = self._scheduler.choose(Kind.EVENT, 1 + len(unset)) if self._free and unset else 0
        if choice:
            self._free = False
            unset[choice - 1].set()
        return bool(self._loop.ready)


class Probe(Answers):
    """Answers the first choice points as it was told, then with 0, and counts the options of the next one."""

    def __init__(self, choices: Schedule) -> None:
        self.choices = choices
        self.asked = 0
        self.next_options = 1

    def choose(self, _kind: Kind, options: int, _priced: int = 0) -> int:
        self.asked += 1
        if self.asked <= len(self.choices):
            return self.choices[self.asked - 1]
        if self.asked == len(self.choices) + 1:
            self.next_options = options
        return 0


def leaves_below(run: Callable[[Scheduler], Execution[Any]], choices: Schedule = ()) -> Counter[Any]:
    """Count outcomes by recursion, run by run: slow, and nothing like the search under test."""
    probe = Probe(choices)
    execution = run(probe)
    if probe.next_options == 1:
        return Counter([execution.outcome])
    branches = (leaves_below(run, (*choices, number)) for number in range(probe.next_options))
    return sum(branches, Counter())


@settings(max_examples=60)
@given(TASKS)
def test_every_schedule_of_a_program_of_tasks_is_run_once(tasks: list[list[Step]]) -> None:
    program = TaskProgram(tasks)
    exploration = enumerate_schedules(program, Limits(executions=3000))
    if exploration.ended is Ended.STOPPED:
        assert exploration.executions == 3000
        return
    assert exploration.ended is Ended.EXHAUSTED
    expected = leaves_below(program.run)
    assert exploration.executions == expected.total()
    assert {outcome: tally.schedules for outcome, tally in exploration.tallies.items()} == expected
    for outcome, tally in exploration.tallies.items():
        scheduler = ReplayScheduler(tally.example)
        assert program.run(scheduler).outcome == outcome
        scheduler.check()
