"""What an execution does again without asking is what it would have done if it had asked for everything."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, Any

import pytest
from exploring import Asked
from pythons import ALL
from test_explore import PROGRAMS, every_deed

from treadle.check.target import resolve_target
from treadle.execution import Engine
from treadle.explorer import Ended, EnumeratingScheduler, Limits
from treadle.explorer.search import search_under
from treadle.programs import ProgramProperty, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import Bounds, TaskKind
from treadle.situation import RecordedSituation, SituationWorld, Subject, parse_situation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from treadle import Env
    from treadle.explorer import Execution, Exploration
    from treadle.situation import Outcome

SITUATIONS = ("plain", "cleanup/1", "third-party", "shared", "uncancel/1", "timeout", "group", "nested", "unstarted")


async def polls(task: Any) -> None:
    task.cancel()
    while not task.done():  # noqa: ASYNC110 - of all things, that
        await asyncio.sleep(0)


async def polls_in_two_places(task: Any) -> None:
    task.cancel()
    while not task.done():
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def polls_with_timers(task: Any) -> None:
    task.cancel()
    while not task.done():  # noqa: ASYNC110 - likewise
        await asyncio.sleep(1)


async def gives_up_after_a_while(task: Any) -> None:
    task.cancel()
    await asyncio.wait([task], timeout=1)


async def polls_with_timers_of_the_task(task: Any) -> None:
    """What a timer calls is a method of a task that may have ended."""
    task.cancel()
    while True:
        asyncio.get_running_loop().call_later(1, task.cancel)
        await asyncio.sleep(2)


async def drops_generators(task: Any) -> None:
    """When a generator is closed depends on who still looks at the frame that held it."""
    closed = []

    async def generate() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            closed.append(1)

    task.cancel()
    while not task.done():
        generator = generate()
        await anext(generator)
        await asyncio.sleep(0)
        del generator
        await asyncio.sleep(0)
        if len(closed) > 2:
            raise LookupError


_TARGETS = (polls, polls_in_two_places, polls_with_timers, gives_up_after_a_while, drops_generators)
TARGETS = {each.__name__: each for each in _TARGETS}


class Meter(Engine[Any]):
    """An engine that counts the gaps which it repeats."""

    gaps_repeated = 0
    repeating = False

    def repeat(self) -> int:
        self.gaps_repeated += 1
        self.repeating = True
        going_on = super().repeat()
        self.repeating = False
        return going_on


class MeteredPlay(SituationWorld):
    engine_class = Meter
    engine: Meter


def explore(play: SituationWorld, scheduler: EnumeratingScheduler) -> Exploration[Outcome]:
    return search_under(scheduler, play, Limits(), lambda _: None)


def compare(subject: Subject, situation: str, *, steps: int = 2, any_order: bool = False) -> None:
    bounds = Bounds(events=2, steps=steps, any_order=any_order)
    repeating, asking = (MeteredPlay(subject, parse_situation(situation), bounds, TaskKind.C) for _ in range(2))
    assert explore(repeating, EnumeratingScheduler()) == explore(asking, Asked())
    assert repeating.engine.gaps_repeated > 0
    assert asking.engine.gaps_repeated == 0


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("candidate", ["rrevans-wait", "osipenko-repeat", "loucadufault-wait-for", "taskgroup"])
def test_a_candidate_does_the_same(candidate: str, situation: str) -> None:
    target = resolve_target(candidate)
    if target.excluded(parse_situation(situation)):
        pytest.skip("the contract of the candidate excludes it")
    compare(target.subject, situation, steps=1)


@pytest.mark.parametrize("situation", ["plain", "shared", "third-party", "nested"])
@pytest.mark.parametrize("target", TARGETS)
def test_a_call_that_polls_does_the_same(target: str, situation: str) -> None:
    if target == "polls_in_two_places" and situation != "shared" and not ALL:
        pytest.skip("it has many schedules; with TREADLE_TESTS=all")
    steps = 1 if situation in ("shared", "third-party") else 2  # those have ten times as many schedules
    compare(Subject(function=TARGETS[target]), situation, steps=steps)


def test_a_timer_that_calls_a_method_of_the_task_is_repeated() -> None:
    compare(Subject(function=polls_with_timers_of_the_task), "plain", steps=1)


@pytest.mark.parametrize("target", ["polls", "gives_up_after_a_while"])
def test_with_callbacks_in_any_order_it_does_the_same(target: str) -> None:
    compare(Subject(function=TARGETS[target]), "plain", steps=1, any_order=True)


def test_another_search_repeats_nothing_of_the_one_before() -> None:
    play = MeteredPlay(Subject(function=polls), parse_situation("plain"), Bounds(events=1, steps=1), TaskKind.C)
    alone = explore(play, EnumeratingScheduler())
    begun = EnumeratingScheduler()
    for _ in range(3):
        begun.record(play.run(begun))
        assert begun.advance()
    assert explore(play, EnumeratingScheduler()) == alone
    assert search_under(begun, play, Limits(), lambda _: None).tallies == alone.tallies


@pytest.mark.parametrize("second", ["ends", "waits"])
def test_a_target_that_does_something_else_in_what_is_repeated_is_noticed(second: str) -> None:
    """The second execution leaves nothing to complete, or no callback to run, where the first did."""
    calls = 0

    async def differs(task: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 1 and second == "ends":
            return
        if calls > 1:
            await asyncio.get_running_loop().create_future()
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.wait([task])

    play = SituationWorld(Subject(function=differs), parse_situation("plain"), Bounds(events=1, steps=2), TaskKind.C)
    assert explore(play, EnumeratingScheduler()).reason.startswith("nondeterminism: ")


def test_a_deed_that_cannot_be_repeated_ends_the_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "there is nothing to complete"

    def refuse(play: MeteredPlay) -> None:
        if play.engine.repeating:
            raise asyncio.InvalidStateError(message)
        play.actor.wait.set_result(None)  # type: ignore[union-attr]

    monkeypatch.setattr(SituationWorld, "_complete", refuse)
    play = MeteredPlay(Subject(function=polls), parse_situation("plain"), Bounds(events=1, steps=2), TaskKind.C)
    found: Exploration[Outcome] = explore(play, EnumeratingScheduler())
    assert found.reason.startswith("nondeterminism: ")


def test_what_is_written_down_is_asked_for() -> None:
    """See `RecordedSituation`: a deed that is repeated is not heard of."""
    target = resolve_target("rrevans-wait")
    recorded = RecordedSituation(target.subject, parse_situation("plain"), Bounds(events=1, steps=1), TaskKind.C)
    deeds: list[int] = []

    class Noting:
        def run(self, scheduler: Any) -> Execution[Outcome]:
            execution: Execution[Outcome] = recorded.run(scheduler)
            deeds.append(len(recorded.score.actions))
            return execution

    search_under(EnumeratingScheduler(), Noting(), Limits(), lambda _: None)
    again = []
    asked = Asked()
    more = True
    while more:
        asked.record(recorded.run(asked))
        again.append(len(recorded.score.actions))
        more = asked.advance()
    assert deeds == again
    assert max(deeds) > 0


# Programs


def both_ways(run: ProgramWorld) -> tuple[Exploration[Any], Exploration[Any]]:
    """Search with what is repeated done again without asking, and with asking."""
    limits = Limits(executions=3_000)
    return search_under(EnumeratingScheduler(), run, limits, str), search_under(Asked(), run, limits, str)


@pytest.mark.parametrize("any_order", [False, True])
@pytest.mark.parametrize("violated", PROGRAMS, ids=str)
def test_a_program_does_the_same(violated: ProgramProperty, any_order: bool) -> None:
    source = make_source(functools.partial(PROGRAMS[violated], good=False))
    repeating, asking = both_ways(ProgramWorld(source, ProgramBounds(events=2, callbacks=150, any_order=any_order)))
    assert repeating == asking


@pytest.mark.parametrize("any_order", [False, True])
def test_a_program_with_all_kinds_of_deeds_does_the_same(any_order: bool) -> None:
    repeating, asking = both_ways(ProgramWorld(make_source(every_deed), ProgramBounds(events=2, any_order=any_order)))
    assert repeating == asking
    assert len(asking.tallies) > 5


async def chooses_in_a_gap(env: Env) -> None:
    told: list[bool] = []
    env.may(lambda: told.append(env.branch()), times=2)
    for _ in range(3):
        await asyncio.sleep(0)
    env.branch()
    raise AssertionError(told)


def test_a_program_that_chooses_in_a_gap_does_the_same() -> None:
    repeating, asking = both_ways(ProgramWorld(make_source(chooses_in_a_gap), ProgramBounds(events=2)))
    assert repeating == asking
    assert repeating.ended is not Ended.STOPPED
    assert len(asking.tallies) > 5


async def goes_on_behind(env: Env) -> None:
    """End before those that run in the background have."""

    async def turns(number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)

    async def reports() -> None:
        await turns(7)
        asyncio.get_running_loop().call_exception_handler({"message": "late"})

    _ = env.background(asyncio.create_task(reports()))
    _ = env.background(asyncio.create_task(turns(0)))
    await asyncio.sleep(0)


def test_what_runs_behind_a_program_that_has_ended_is_limited_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.programs.ending._RUN_DOWN", 6)
    repeating, asking = both_ways(ProgramWorld(make_source(goes_on_behind), ProgramBounds(events=0, any_order=True)))
    assert repeating == asking


async def polls_long(env: Env) -> None:
    """Poll for longer than the environment has patience, after which it completes what is awaited."""
    reply = env.future("reply", cancels=True)
    rounds = 0
    while not reply.done():
        await asyncio.sleep(0)
        rounds += 1
        if rounds in (10, 50):
            env.branch()


@pytest.mark.parametrize("events", [0, 1])
def test_a_program_that_polls_for_long_does_the_same(events: int) -> None:
    repeating, asking = both_ways(ProgramWorld(make_source(polls_long), ProgramBounds(events=events)))
    assert repeating == asking
    assert asking.ended is Ended.BOUNDED


@pytest.mark.parametrize("second", ["declares nothing", "declares something else", "has done it", "has one task"])
def test_a_program_that_offers_something_else_in_what_is_repeated_is_noticed(second: str) -> None:
    runs = 0

    async def turns() -> None:
        await asyncio.sleep(0)

    async def differs(env: Env) -> None:
        nonlocal runs
        runs += 1
        if second == "has one task":
            await asyncio.gather(*(turns() for _ in range(3 if runs < 24 else 1)))
            return
        if runs == 1 or second == "has done it":
            first = env.future("first", cancels=True)
            if runs > 1:
                first.set_result(None)
            with contextlib.suppress(asyncio.CancelledError):
                await first
        if runs == 1 or second != "declares nothing":
            await env.future("second", cancels=True)

    run = ProgramWorld(make_source(differs), ProgramBounds(events=0, any_order=second == "has one task"))
    found = search_under(EnumeratingScheduler(), run, Limits(), str)
    assert found.reason.startswith("nondeterminism: ")
    assert not [
        problem for problems in found.tallies for problem in problems if problem.property is ProgramProperty.REPORTED
    ]
