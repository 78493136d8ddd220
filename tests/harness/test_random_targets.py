"""Random targets, judged by every schedule and by each state once, in one piece and in parts: the same is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from deeds import ANSWERS, DEEDS, Deeds, make_target
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pythons import ALL

from treadle.explorer import Limits, enumerate_schedules, find_frontier, merge, visit_states
from treadle.fingerprint import why_unsupported
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, Subject, parse_situation

if TYPE_CHECKING:
    from treadle.explorer import Exploration
    from treadle.situation import Outcome

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")

SITUATIONS = ("plain", "cleanup/1", "pending", "third-party", "shared", "uncancel/1", "timeout", "group", "nested")
EXAMPLES = 500 if ALL else 12


def found(exploration: Exploration[Outcome]) -> tuple[object, ...]:
    return exploration.ended, exploration.schedules, exploration.tallies


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(ANSWERS)), min_size=1, max_size=5),
    situation=st.sampled_from(SITUATIONS),
    kind=st.sampled_from(TaskKind),
    callbacks=st.integers(2, 6),
)
def test_whatever_a_target_does_all_searches_find_the_same(
    deeds: Deeds, situation: str, kind: TaskKind, callbacks: int
) -> None:
    def play() -> SituationWorld:
        bounds = Bounds(events=2, steps=2)
        return SituationWorld(Subject(function=make_target(deeds)), parse_situation(situation), bounds, kind)

    every = enumerate_schedules(play(), Limits(executions=2_000))
    if every.reason:
        return  # it is too large, or does what ends a search
    once = visit_states(play(), Limits(), few=0)
    assert found(once) == found(every)
    assert once.opaque == ""
    frontier = find_frontier(play(), Limits(), lambda size: size[1] >= callbacks)
    assert not frontier.exploration.opaque
    parts = [visit_states(play(), Limits(), few=0, roots=[root]) for root in frontier.roots]
    assert found(merge([frontier.exploration, *parts])) == found(every)
