"""Plays: programs that are the same whenever they are run, whatever the call does."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from exploring import (
    calls_of,
    cancel_and_wait,
    explore,
    observations,
    only_wait,
)
from pythons import ALL

from treadle.check import resolve_target
from treadle.explorer import Answers, Ended, Execution, Limits, Scheduler, enumerate_schedules
from treadle.schedule import Bounds, Kind, TaskKind
from treadle.situation import ALL_SITUATIONS, Outcome, SituationWorld, Subject, parse_situation
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import LOST, Observation


def test_an_observation_has_all_its_fields() -> None:
    for situation in ("plain", "shared", "self", "timeout"):
        for seen in observations(only_wait, situation):
            assert len(seen) == len(Observation._fields)
            for name, value in seen._asdict().items():
                expected = type(Observation._field_defaults[name])
                assert type(value) is expected, name


@pytest.mark.parametrize("situation", ALL_SITUATIONS)
def test_the_same_exploration_gives_the_same_counts_and_examples(situation: str) -> None:
    if situation == "eager" and sys.version_info < (3, 12):
        pytest.skip("eager tasks came with Python 3.12")
    assert explore(cancel_and_wait, situation) == explore(cancel_and_wait, situation)


class AlwaysAsked(Answers):
    """A scheduler that lets no moment pass without working out the options."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:
        return self._scheduler.choose(kind, options)


class WithoutShortcuts:
    """A play that is always asked."""

    def __init__(self, play: SituationWorld) -> None:
        self._play = play

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        return self._play.run(AlwaysAsked(scheduler))


@pytest.mark.parametrize("situation", ALL_SITUATIONS)
def test_known_choices_that_are_passed_over_change_nothing(situation: str) -> None:
    """A reduction of work, so it is compared with doing all the work."""
    if situation == "eager" and sys.version_info < (3, 12):
        pytest.skip("eager tasks came with Python 3.12")
    bounds = Bounds(events=2, steps=2)
    play = SituationWorld(
        Subject(function=CANDIDATES["treadle-await"].function), parse_situation(situation), bounds, TaskKind.C
    )
    assert enumerate_schedules(play, Limits()) == enumerate_schedules(WithoutShortcuts(play), Limits())


@pytest.mark.parametrize("name", list(CANDIDATES)[:: 1 if ALL else 3])
def test_a_program_that_polls_is_interrupted_in_every_way_that_matters(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of gaps that repeat, one is enough: a reduction, so it is compared with interrupting them all."""
    target = resolve_target(name)
    for situation_name in ALL_SITUATIONS:
        situation = parse_situation(situation_name)
        if target.excluded(situation):
            continue
        bounds = Bounds(events=1, steps=2)
        play = SituationWorld(target.subject, situation, bounds, TaskKind.C)
        reduced = enumerate_schedules(play, Limits())
        with monkeypatch.context() as patch:
            patch.setattr("treadle.situation.waiting.POLLED_GAPS", 8)
            whole = enumerate_schedules(play, Limits())
        assert set(reduced.tallies) == set(whole.tallies)
        if name not in {"osipenko-repeat", "later-shield"}:  # these two do poll
            assert reduced == whole


@pytest.mark.parametrize("turn", range(8))
def test_a_fault_that_shows_in_one_of_many_turns_is_found(turn: int) -> None:
    """A call that yields again and again is not one that polls, if something it holds has changed."""

    async def swallow_in_one_turn(task: Any) -> None:
        task.cancel()
        for number in range(10):
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                if number == turn:
                    return
                raise
        await only_wait(task)

    assert not all(LOST.holds(seen) for seen in observations(swallow_in_one_turn))


def test_a_call_that_polls_is_covered_and_ends() -> None:
    async def poll(task: Any) -> None:
        task.cancel()
        while not task.done():  # noqa: ASYNC110 - that is what is tested
            await asyncio.sleep(0)

    exploration = explore(poll)
    assert exploration.ended is Ended.BOUNDED
    calls = [call for outcome in exploration.tallies for call in outcome]
    assert not any(call.observation.circling for call in calls)
    assert any(call.does == "returns" for call in calls)


def test_a_call_that_goes_on_and_on_after_the_end_circles() -> None:
    async def spin(task: Any) -> None:
        task.cancel()
        while True:  # noqa: ASYNC110 - that is what is tested
            await asyncio.sleep(0)

    done = [seen for seen in observations(spin) if not seen.left and seen.circling]
    assert done
    assert not any(seen.stuck for seen in done)


def test_a_call_that_waits_for_nothing_is_stuck() -> None:
    async def hang(task: Any) -> None:
        task.cancel()
        await asyncio.get_running_loop().create_future()

    calls = [call for call in calls_of(hang, events=0) if call.ending != "never"]
    assert {(call.observation.stuck, call.does) for call in calls} == {(True, "hangs")}


def test_a_call_that_waits_for_a_timer_is_not_stuck() -> None:
    async def hang_for_a_day(task: Any) -> None:
        task.cancel()
        await asyncio.sleep(86_400)

    assert not any(seen.stuck for seen in observations(hang_for_a_day))


def test_no_task_of_an_earlier_execution_is_seen() -> None:
    kept: list[Any] = []  # whoever keeps a task keeps it from being collected

    async def count_tasks(task: Any) -> None:
        kept.append(task)
        numbers.add(len(asyncio.all_tasks()))
        await cancel_and_wait(task)

    numbers: set[int] = set()
    explore(count_tasks)
    assert numbers == {2}, "the controller and the dependency"


def test_a_call_that_sets_one_timer_after_the_other_comes_to_an_end() -> None:
    """Time passes no more often than the bounds say; what would come later is not covered."""

    async def wait_in_slices(task: Any) -> None:
        task.cancel()
        slices = 0
        while not task.done():
            await asyncio.wait([task], timeout=1)
            slices += 1
            assert slices < 100, "this would go on for ever"

    exploration = explore(wait_in_slices, steps=1)
    assert exploration.ended is Ended.BOUNDED
    does = {call.does for outcome in exploration.tallies for call in outcome}
    assert {"returns", "waits"} <= does
    assert "raises AssertionError" not in does


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_an_exit_in_a_callback_of_the_call_stops_the_search(error: type[BaseException]) -> None:
    def exit_now() -> None:
        raise error

    async def leave(task: Any) -> None:
        asyncio.get_running_loop().call_soon(exit_now)
        await cancel_and_wait(task)

    play = SituationWorld(Subject(function=leave), parse_situation("plain"), Bounds(events=1, steps=1), TaskKind.C)
    exploration = enumerate_schedules(play, Limits())
    assert exploration.ended is Ended.STOPPED
    assert exploration.reason.startswith(f"{error.__name__} left a callback of the target")


def test_a_call_that_wants_the_outside_world_stops_the_search_even_if_it_hides_it() -> None:
    async def look_out(task: Any) -> None:
        task.cancel()
        try:
            await asyncio.to_thread(print)
        except Exception:  # noqa: BLE001 - as programs do
            return

    play = SituationWorld(Subject(function=look_out), parse_situation("plain"), Bounds(events=1, steps=1), TaskKind.C)
    exploration = enumerate_schedules(play, Limits())
    assert exploration.ended is Ended.STOPPED
    assert exploration.reason.startswith("loop.run_in_executor() (which asyncio.to_thread uses)")
