"""How many requests a dependency has had is no part of a state until somebody reads it; then it is."""

from __future__ import annotations

import asyncio
import inspect
import sys
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.explorer import (
    Execution,
    Limits,
    enumerate_schedules,
    find_frontier,
    merge,
    visit_states,
)
from treadle.fingerprint import why_unsupported
from treadle.loop import abandon
from treadle.schedule import Bounds, Kind, TaskKind
from treadle.situation import SituationWorld, Subject, parse_situation
from treadle.situation.roles import dependency_class

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from treadle.explorer import Exploration, Scheduler
    from treadle.situation import Outcome

    Target = Callable[[Any], Awaitable[object]]

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")


async def _cancel_and_wait(task: Any) -> int:
    """Ask again each time somebody else wants the caller to end; return how often that was."""
    times = 0
    while not task.done():
        task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            times += 1
    return times


async def reads_nothing(task: Any) -> None:
    await _cancel_and_wait(task)


async def reads_at_the_end(task: Any) -> None:
    await _cancel_and_wait(task)
    if task.cancelling() > 1:
        raise LookupError


async def reads_if_asked_to_end(task: Any) -> None:
    if await _cancel_and_wait(task) and task.cancelling() % 2:
        raise LookupError


async def reads_by_uncancelling(task: Any) -> None:
    await _cancel_and_wait(task)
    if task.uncancel() == 1:
        raise LookupError


async def reads_by_printing(task: Any) -> None:
    task.cancel()
    await asyncio.sleep(0)
    if "cancelling" in repr(task):
        await asyncio.wait([task])


async def reads_where_it_is_kept(task: Any) -> None:
    """Ask no method of the task's. Only tasks in Python say it so; others have none there."""
    await _cancel_and_wait(task)
    if getattr(task, "_num_cancels_requested", 0) > 1:
        raise LookupError


async def reads_by_a_class_that_it_is_made_of(task: Any) -> None:
    await _cancel_and_wait(task)
    kinds: Any = inspect.getmro(type(task))
    if kinds[-3].cancelling(task) > 1:
        raise LookupError


_OTHERS = (reads_where_it_is_kept, reads_by_a_class_that_it_is_made_of)
_READERS = (reads_at_the_end, reads_if_asked_to_end, reads_by_uncancelling, reads_by_printing)
READERS: dict[str, Target] = {each.__name__: each for each in (*_READERS, *_OTHERS)}
SITUATIONS = ("plain", "third-party", "shared")


def play(target: Target, situation: str = "plain", *, events: int = 2, kind: TaskKind = TaskKind.C) -> SituationWorld:
    return SituationWorld(Subject(function=target), parse_situation(situation), Bounds(events=events, steps=2), kind)


def found(exploration: Exploration[Outcome]) -> tuple[object, ...]:
    return exploration.ended, exploration.schedules, exploration.tallies


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("target", list(READERS)[:: 1 if ALL else 2])
def test_who_reads_it_finds_what_running_every_schedule_finds(target: str, situation: str, kind: TaskKind) -> None:
    if kind is TaskKind.PY and situation != "plain" and not ALL:
        pytest.skip("with TREADLE_TESTS=all")
    every = enumerate_schedules(play(READERS[target], situation, kind=kind), Limits())
    made = play(READERS[target], situation, kind=kind)
    once = visit_states(made, Limits(), few=0)
    assert found(once) == found(every)
    assert once.opaque == ""
    assert made.count_matters


@pytest.mark.parametrize("target", ["reads_at_the_end", "reads_if_asked_to_end", "reads_by_uncancelling"])
def test_a_reader_that_nobody_noticed_would_be_judged_wrongly(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap: with that number left out for good, states are taken for one that are not."""
    every = enumerate_schedules(play(READERS[target], events=3), Limits())
    monkeypatch.setattr(SituationWorld, "count_matters", property(lambda _: False, lambda *_: None))
    once = visit_states(play(READERS[target], events=3), Limits(), few=0, distrust=False)
    assert found(once) != found(every)


def test_while_nobody_reads_it_there_are_fewer_states(monkeypatch: pytest.MonkeyPatch) -> None:
    every = enumerate_schedules(play(reads_nothing, events=3), Limits())
    without = visit_states(play(reads_nothing, events=3), Limits(), few=0)
    monkeypatch.setattr(SituationWorld, "count_matters", property(lambda _: True, lambda *_: None))
    with_it = visit_states(play(reads_nothing, events=3), Limits(), few=0)
    assert found(without) == found(with_it) == found(every)
    assert without.states is not None
    assert with_it.states is not None
    assert without.states < with_it.states


@pytest.mark.parametrize("target", [*READERS, "reads_nothing"])
def test_at_a_frontier_it_is_a_part_of_the_state(target: str) -> None:
    """Behind it others go on, and may read it."""
    function = READERS.get(target, reads_nothing)
    whole = enumerate_schedules(play(function, "third-party"), Limits())
    frontier = find_frontier(play(function, "third-party"), Limits(), lambda size: size[1] >= 3)
    assert frontier.roots
    behind = visit_states(play(function, "third-party"), Limits(), few=0, roots=frontier.roots)
    assert found(merge([frontier.exploration, behind])) == found(whole)


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize("started", [True, False])
def test_the_dependency_itself_withdraws_a_request_without_reading(kind: TaskKind, *, started: bool) -> None:
    """But where that may clear what is to be delivered, from 3.13 on, it does read."""
    made = play(reads_nothing, kind=kind)
    made.begin()
    loop = made.loop

    async def waits() -> None:
        await loop.create_future()

    async def withdraw() -> None:
        task: Any = dependency_class(kind)(waits(), loop=loop)
        task.calls = made.calls
        if started:
            await asyncio.sleep(0)
        task.cancel()
        task.withdraw()
        assert task.count() == 0
        assert made.count_matters == (not started and sys.version_info >= (3, 13))
        assert task.cancelling() == 0
        assert made.count_matters
        abandon([task], loop)

    loop.run_until_complete(withdraw())


def test_a_reading_past_the_task_is_expected_where_code_may_do_that() -> None:
    from unnoticed import reads_by_its_class  # noqa: PLC0415 - not among the names here, which are looked at

    for situation in ("plain", "third-party"):
        made = play(reads_by_its_class, situation)
        once = visit_states(made, Limits(), few=0)
        assert found(once) == found(enumerate_schedules(play(reads_by_its_class, situation), Limits()))
        assert made.count_matters


async def makes_another(task: Any) -> None:
    """Make a task of the dependency's class, which belongs to no call."""

    async def nothing() -> None:
        await asyncio.sleep(0)

    await type(task)(nothing())
    await _cancel_and_wait(task)


class CountingTask(asyncio.Task[Any]):
    """A task of the target's own, with attributes that are named like ours."""

    count = 3
    withdraw = None


class Owner:
    """Makes such a task."""

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine

    async def __aenter__(self) -> Any:
        self._task = CountingTask(self._coroutine)
        return self._task

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a task that no loop made
@pytest.mark.parametrize("subject", [Subject(function=makes_another), Subject(function=Owner, owner=True)])
def test_tasks_that_the_target_makes_do_not_get_in_the_way(subject: Subject) -> None:
    def made() -> SituationWorld:
        return SituationWorld(subject, parse_situation("plain"), Bounds(events=2, steps=2), TaskKind.C)

    assert found(visit_states(made(), Limits(), few=0)) == found(enumerate_schedules(made(), Limits()))


class Rounds:
    """A program that goes round, up to three times, and comes to where it was but for a number that nobody reads."""

    def run(self, scheduler: Scheduler) -> Execution[str]:
        self.rounds = 0
        while self.rounds < 3:
            known = scheduler.seen(self._size, lambda: ("here",), 0, self.rounds)
            if known or scheduler.choose(Kind.CHOICE, 2):
                break
            self.rounds += 1
        return Execution("over", self._size(), cut=False)

    def _size(self) -> tuple[int, ...]:
        return (self.rounds,)


def test_to_come_back_with_another_number_is_no_cycle() -> None:
    every = enumerate_schedules(Rounds(), Limits())
    once = visit_states(Rounds(), Limits(), few=0)
    assert every.schedules == 4
    assert (once.schedules, once.tallies, once.opaque) == (4, every.tallies, "")
