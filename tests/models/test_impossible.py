"""What is impossible after `await task`, and what suffices; each pair of twins is two schedules of real tasks."""

from __future__ import annotations

import pytest

from treadle.check import resolve_target
from treadle.explorer import ReplayScheduler
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation
from treadle_models.explicit.impossible import forwarding_alone, modes_exclude_each_other
from treadle_models.explicit.twins import ENVIRONMENTS, READABLE, Guard, Moment, find_twins, guards, moments, sufficient

SNAPSHOT = [Guard("count", ">", "snapshot"), Guard("count", "!=", "snapshot")]
NEW = (3, 13)


@pytest.fixture(scope="module")
def known() -> dict[str, tuple[Moment, ...]]:
    return {name: moments(name, NEW) for name in ENVIRONMENTS}


def test_a_caller_that_nobody_was_cancelling_may_look_at_its_count_alone(known: dict[str, tuple[Moment, ...]]) -> None:
    assert sufficient(known["alone"]) == (("count",),)


def test_a_caller_that_may_be_cancelling_already_needs_a_snapshot(known: dict[str, tuple[Moment, ...]]) -> None:
    for environment in ("may be cancelling already", "others cancel the dependency"):
        assert sufficient(known[environment]) == (("count", "snapshot"),)
        assert find_twins(known[environment], tuple(set(READABLE) - {"snapshot"})) is not None


def test_where_others_uncancel_the_caller_nothing_that_it_can_read_suffices(
    known: dict[str, tuple[Moment, ...]],
) -> None:
    assert sufficient(known["others uncancel the caller"]) == ()
    assert guards(known["others uncancel the caller"]) == []


def test_a_request_that_is_pending_at_entry_looks_like_one_that_was_thrown_long_ago(
    known: dict[str, tuple[Moment, ...]],
) -> None:
    """It is in the snapshot already, so the count does not rise when it comes up."""
    there = known["a request may be pending at entry"]
    assert sufficient(there) == ()
    assert guards(there) == []
    twins = find_twins(there, READABLE)
    assert twins is not None
    assert (twins.raises.situation, twins.returns.situation) == ("pending", "cleanup/1")


def test_only_comparisons_with_the_snapshot_are_right_and_only_on_all_three_ways_out(
    known: dict[str, tuple[Moment, ...]],
) -> None:
    moments_there = known["may be cancelling already"]
    right = [each for each in guards(moments_there) if each.left == "count"]
    assert right == SNAPSHOT
    for ways in (("cancelled",), ("returned", "cancelled"), ("cancelled", "failed"), ("returned", "failed")):
        assert guards(moments_there, ways) == []


@pytest.mark.parametrize(
    "environment",
    ["may be cancelling already", "a request may be pending at entry", "others uncancel the caller"],
)
def test_twins_are_schedules_of_real_tasks(known: dict[str, tuple[Moment, ...]], environment: str) -> None:
    readable = tuple(each for each in READABLE if each != "snapshot") if environment.startswith("may") else READABLE
    twins = find_twins(known[environment], readable)
    assert twins is not None
    target = resolve_target("treadle_models.explicit.probe:await_and_stop")
    for moment in (twins.raises, twins.returns):
        play = SituationWorld(target.subject, parse_situation(moment.situation), Bounds(events=2, steps=2), TaskKind.C)
        scheduler = ReplayScheduler(moment.choices)
        (outcome,) = play.run(scheduler).outcome
        scheduler.check()
        seen = outcome.observation
        assert seen.count_exit == moment.readable[READABLE.index("count")]
        assert (seen.outstanding > 0) is moment.must_raise


def test_forwarding_alone_disturbs_the_dependency_of_whoever_awaits_it() -> None:
    found = {each.candidate for each in forwarding_alone(NEW)}
    assert {"docs-example", "osipenko-check", "osipenko-proposal", "tacca-corrected", "lendvorsky-counter"} <= found
    assert found.isdisjoint({"treadle-wait", "treadle-joined", "rrevans-wait", "tacca-wait-done"})


def test_a_dependency_that_absorbs_its_cancellation_makes_the_modes_exclude_each_other() -> None:
    found = modes_exclude_each_other(NEW)
    assert found.must_leave
    assert found.must_stay
