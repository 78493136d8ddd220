"""A search in parts covers what it covers in one piece: outcomes, counts, smallest examples."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from treadle.check.target import resolve_target
from treadle.explorer import Ended, Limits, enumerate_schedules, merge, split, visit_states
from treadle.fingerprint import why_unsupported
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation

if TYPE_CHECKING:
    from typing import Any

    from treadle.explorer import Exploration


EVERY = "every schedule is wanted"


def play(candidate: str, situation: str, *, events: int = 1) -> SituationWorld:
    subject = resolve_target(candidate).subject
    return SituationWorld(subject, parse_situation(situation), Bounds(events=events, steps=2), TaskKind.C)


def found(exploration: Exploration[Any]) -> tuple[Any, ...]:
    return exploration.ended, exploration.reason, exploration.schedules, exploration.tallies


@pytest.mark.parametrize(
    ("candidate", "situation", "at_least"),
    [
        *(("docs-example", "plain", number) for number in (1, 7, 10_000)),
        *(("rrevans-wait", "uncancel/1", number) for number in (1, 7, 60)),
    ],
)
def test_subtrees_cover_every_schedule_once(candidate: str, situation: str, at_least: int) -> None:
    whole = enumerate_schedules(play(candidate, situation), Limits())
    subtrees = split(play(candidate, situation), at_least)
    assert at_least <= len(subtrees) or len(subtrees) == whole.schedules
    assert len(set(subtrees)) == len(subtrees)
    parts = [visit_states(play(candidate, situation), Limits(), roots=[each], opaque=EVERY) for each in subtrees]
    random.Random(at_least).shuffle(parts)  # noqa: S311 - no secrets here
    together = merge(parts)
    assert found(together) == found(whole)
    assert together.executions == whole.executions


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_subtrees_whose_states_are_visited_once_cover_every_schedule_too() -> None:
    whole = enumerate_schedules(play("docs-example", "third-party", events=2), Limits())
    subtrees = split(play("docs-example", "third-party", events=2), 8)
    parts = [
        visit_states(play("docs-example", "third-party", events=2), Limits(), few=0, roots=[each]) for each in subtrees
    ]
    together = merge(parts)
    assert found(together) == found(whole)
    assert together.executions < whole.executions


def test_one_part_that_was_cut_off_cuts_off_the_whole() -> None:
    subtrees = split(play("docs-example", "plain"), 4)
    parts = [
        visit_states(play("docs-example", "plain"), Limits(executions=2), roots=[each], opaque=EVERY)
        for each in subtrees
    ]
    assert merge(parts).ended is Ended.STOPPED
