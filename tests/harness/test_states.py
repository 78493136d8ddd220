"""To visit each state once must give exactly what running every schedule gives: outcomes, counts, smallest examples."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.check.target import resolve_target
from treadle.execution import Engine
from treadle.explorer import EnumeratingScheduler, Exploration, Limits, enumerate_schedules, visit_states
from treadle.explorer.search import FEW
from treadle.explorer.states import StateScheduler
from treadle.fingerprint import OpaqueError, why_unsupported
from treadle.schedule import Bounds, Kind, TaskKind
from treadle.situation import ALL_SITUATIONS, SituationWorld, parse_situation
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.fingerprint import Fingerprint

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")

# One after another idea: nothing, await, a loop around it, asyncio.wait, wait_for, shield, a task group, a lock.
VARIED = (
    "osipenko-proposal",
    "osipenko-repeat",
    "rrevans-wait",
    "loucadufault-wait-for",
    "later-shield",
    "taskgroup",
    "osipenko-lock-repaired",
)


def play(  # noqa: PLR0913 - all that makes a play
    candidate: str,
    situation: str,
    events: int,
    steps: int,
    task: TaskKind = TaskKind.C,
    *,
    any_order: bool = False,
) -> SituationWorld:
    subject = resolve_target(candidate).subject
    bounds = Bounds(events=events, steps=steps, any_order=any_order)
    return SituationWorld(subject, parse_situation(situation), bounds, task)


def found(exploration: Exploration[Any]) -> dict[Any, Any]:
    """Return all of a result but how much work it was."""
    return {
        "ended": exploration.ended,
        "reason": exploration.reason,
        "schedules": exploration.schedules,
        "tallies": exploration.tallies,
    }


def smallest(exploration: Exploration[Any]) -> dict[Any, Any]:
    return {outcome: (tally.size, tally.example) for outcome, tally in exploration.tallies.items()}


def compare(make: Callable[[], SituationWorld]) -> Exploration[Any]:
    every = enumerate_schedules(make(), Limits())
    once = visit_states(make(), Limits(), few=0)
    assert once.opaque == ""
    assert found(once) == found(every)
    assert once.executions <= every.executions
    return once


@pytest.mark.parametrize("candidate", list(CANDIDATES)[:: 1 if ALL else 2])
def test_for_every_candidate_both_searches_find_the_same(candidate: str) -> None:
    target = resolve_target(candidate)
    for situation in ALL_SITUATIONS:
        if not target.excluded(parse_situation(situation)):
            compare(partial(play, candidate, situation, 1, 2))


WITH_MANY = ["third-party", "uncancel/1", *(["timeout", "shared", "group", "nested"] if ALL else [])]


@pytest.mark.parametrize("situation", WITH_MANY)
@pytest.mark.parametrize("candidate", VARIED)
def test_with_more_events_both_searches_find_the_same(candidate: str, situation: str) -> None:
    if resolve_target(candidate).excluded(parse_situation(situation)):
        pytest.skip("the contract of the candidate excludes it")
    once = compare(lambda: play(candidate, situation, 2, 2))
    assert once.states


@pytest.mark.parametrize("candidate", VARIED)
def test_with_tasks_in_pure_python_both_searches_find_the_same(candidate: str) -> None:
    compare(lambda: play(candidate, "third-party", 1, 2, TaskKind.PY))


@pytest.mark.parametrize("candidate", ["osipenko-proposal", "rrevans-wait", "taskgroup"])
def test_with_callbacks_in_any_order_both_searches_find_the_same(candidate: str) -> None:
    once = compare(partial(play, candidate, "plain", 2, 2, any_order=True))
    assert once.schedules > compare(partial(play, candidate, "plain", 2, 2)).schedules


class EngineThatDoesNotSay(Engine[Any]):
    """An engine that does not say how many events are left."""

    def seen(self) -> bool:
        self.pruned = self.scheduler.seen(self.world.size, self.world.identify)
        return self.pruned


class EventsInTheState(SituationWorld):
    """A play in which the number of events that are left is a part of the state."""

    engine_class = EngineThatDoesNotSay

    def identify(self) -> Fingerprint:
        return (self.engine.events_left, *super().identify())


def test_what_follows_with_few_events_left_is_known_from_where_more_were_left() -> None:
    made = play("docs-example", "plain", 4, 4)
    apart = EventsInTheState(made.subject, made.situation, made.bounds, made.task_kind)
    told_apart, once = visit_states(apart, Limits(), few=0), visit_states(made, Limits(), few=0)
    assert found(once) == found(told_apart)
    assert once.states is not None
    assert told_apart.states is not None
    assert once.states * 1.5 < told_apart.states


@pytest.mark.parametrize(("candidate", "situation"), [("treadle-await", "uncancel/1"), ("rrevans-wait", "third-party")])
def test_with_three_events_both_searches_find_the_same(candidate: str, situation: str) -> None:
    compare(partial(play, candidate, situation, 3, 2))


def test_deeper_down_most_schedules_need_no_execution() -> None:
    once = compare(lambda: play("docs-example", "plain", 4, 3))
    assert once.executions * 2 < once.schedules


def test_a_small_program_is_run_once_for_each_schedule() -> None:
    exploration = visit_states(play("docs-example", "plain", 1, 2), Limits())
    assert exploration.executions == exploration.schedules < FEW
    assert exploration.states is None


def test_a_limit_below_the_few_is_kept() -> None:
    exploration = visit_states(play("docs-example", "plain", 3, 3), Limits(executions=10))
    assert exploration.executions == 10
    assert exploration.reason == "the limit of 10 executions was reached"


def test_a_limit_above_the_few_is_kept() -> None:
    exploration = visit_states(play("docs-example", "plain", 4, 3), Limits(executions=FEW + 100))
    assert exploration.executions == FEW + 100
    assert exploration.reason == f"the limit of {FEW + 100:,} executions was reached"


def test_a_program_with_opaque_states_is_run_once_for_each_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    message = "an object that shows nothing"

    def refuse(_play: SituationWorld) -> None:
        raise OpaqueError(message)

    every = enumerate_schedules(play("docs-example", "plain", 3, 3), Limits())
    monkeypatch.setattr(SituationWorld, "identify", refuse)
    exploration = visit_states(play("docs-example", "plain", 3, 3), Limits())
    assert exploration.opaque == message
    assert exploration.states is None
    assert found(exploration) == found(every)


def test_who_says_that_more_events_are_left_than_there_are_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def boast(self: Engine[Any]) -> bool:
        self.pruned = self.scheduler.seen(self.world.size, self.world.identify, 3)
        return self.pruned

    every = enumerate_schedules(play("treadle-await", "plain", 3, 2), Limits())
    monkeypatch.setattr(Engine, "seen", boast)
    once = visit_states(play("treadle-await", "plain", 3, 2), Limits(), few=0, distrust=False)
    assert found(once) != found(every)


def test_an_event_that_is_not_paid_for_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    every = enumerate_schedules(play("docs-example", "plain", 2, 2), Limits())

    def choose(self: StateScheduler, kind: Kind, options: int, priced: int = 0) -> int:
        return EnumeratingScheduler.choose(self, kind, options, priced if kind is Kind.EVENT else 0)

    monkeypatch.setattr(StateScheduler, "choose", choose)
    once = visit_states(play("docs-example", "plain", 2, 2), Limits(), few=0, distrust=False)
    assert found(once) != found(every)


def test_a_state_that_comes_back_for_ever_is_left_to_the_other_search() -> None:
    scheduler = StateScheduler(0)
    assert not scheduler.seen(lambda: (0, 0), lambda: ("state",))
    assert not scheduler.seen(lambda: (0, 1), lambda: ("state",))
    assert "for ever" in scheduler.opaque
