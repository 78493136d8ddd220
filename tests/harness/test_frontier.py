"""A search cut at a frontier of states finds what it finds in one piece: outcomes, counts, smallest examples."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from treadle.check.target import resolve_target
from treadle.explorer import Ended, Limits, enumerate_schedules, find_frontier, in_groups, merge, split, visit_states
from treadle.fingerprint import why_unsupported
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation

if TYPE_CHECKING:
    from typing import Any

    from treadle.explorer import Exploration

tells_states_apart = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")


def play(candidate: str, situation: str, *, events: int = 2) -> SituationWorld:
    subject = resolve_target(candidate).subject
    return SituationWorld(subject, parse_situation(situation), Bounds(events=events, steps=2), TaskKind.C)


def found(exploration: Exploration[Any]) -> tuple[Any, ...]:
    return exploration.ended, exploration.reason, exploration.schedules, exploration.tallies


@tells_states_apart
@pytest.mark.parametrize("callbacks", [2, 3, 5])
@pytest.mark.parametrize(
    ("candidate", "situation"),
    [
        ("docs-example", "plain"),
        ("rrevans-wait", "uncancel/1"),
        ("osipenko-proposal", "timeout"),
        ("treadle-await", "third-party"),
    ],
)
def test_parts_that_begin_at_a_frontier_cover_every_schedule_once(
    candidate: str, situation: str, callbacks: int
) -> None:
    whole = enumerate_schedules(play(candidate, situation), Limits())
    frontier = find_frontier(play(candidate, situation), Limits(), lambda size: size[1] >= callbacks)
    assert frontier.roots
    groups = in_groups(frontier.roots, 5)
    assert sum(map(len, groups)) == len(frontier.roots)
    parts = [visit_states(play(candidate, situation), Limits(), few=0, roots=group) for group in groups]
    random.Random(callbacks).shuffle(parts)  # noqa: S311 - no secrets here
    together = merge([frontier.exploration, *parts])
    assert found(together) == found(whole)
    assert together.executions < whole.executions


@pytest.mark.parametrize("number", [1, 9])
def test_roots_may_be_subtrees_too(number: int) -> None:
    whole = enumerate_schedules(play("docs-example", "plain"), Limits())
    roots = split(play("docs-example", "plain"), number)
    parts = [visit_states(play("docs-example", "plain"), Limits(), few=0, roots=group) for group in in_groups(roots, 3)]
    assert found(merge(parts)) == found(whole)


@tells_states_apart
def test_a_search_that_never_gets_deep_has_no_frontier() -> None:
    whole = enumerate_schedules(play("docs-example", "plain"), Limits())
    frontier = find_frontier(play("docs-example", "plain"), Limits(), lambda size: size[1] >= 1000)
    assert frontier.roots == ()
    assert found(frontier.exploration) == found(whole)


@tells_states_apart
def test_a_part_that_was_cut_off_counts_what_it_has_covered() -> None:
    whole = enumerate_schedules(play("docs-example", "plain"), Limits())
    frontier = find_frontier(play("docs-example", "plain"), Limits(), lambda size: size[1] >= 3)
    part = visit_states(play("docs-example", "plain"), Limits(executions=20), few=0, roots=frontier.roots)
    assert part.ended is Ended.STOPPED
    assert 0 < part.schedules < whole.schedules
    all_of_it = visit_states(play("docs-example", "plain"), Limits(), few=0, roots=frontier.roots)
    assert frontier.exploration.schedules + all_of_it.schedules == whole.schedules


def test_a_frontier_that_was_not_reached_in_time_is_none() -> None:
    frontier = find_frontier(play("docs-example", "plain"), Limits(executions=1), lambda _: False)
    assert frontier.exploration.ended is Ended.STOPPED
    assert frontier.roots == ()
