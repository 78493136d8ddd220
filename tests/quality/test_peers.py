"""The programs of the comparison with other tools have the endings that are claimed, and Treadle sees all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import peers
import pytest
from contest import CONTESTS, LostCancel, LostUpdate
from players import EachState, EverySchedule, Played

if TYPE_CHECKING:
    from players import Contest


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda contest: contest.name)
def test_the_enumeration_sees_every_ending_and_each_state_once_counts_the_same(contest: Contest) -> None:
    every = EverySchedule().play(contest, 50_000, seed=0)
    assert every.exhausted
    assert set(every.outcomes) == set(contest.outcomes)
    assert every.schedules == every.executions == every.outcomes.total()
    each = EachState().play(contest, 50_000, seed=0)
    assert each.exhausted
    assert each.schedules == every.schedules
    assert each.outcomes["lost"] == sum(
        number for outcome, number in every.outcomes.items() if outcome.endswith("lost")
    )
    assert each.executions < every.executions


@dataclass(frozen=True, slots=True)
class Slow:
    """A player that sees one ending."""

    name: str = "slow"
    whole: bool = False

    def why_not(self, contest: Contest) -> str:
        return "" if contest is LostUpdate else "it runs nowhere"

    def play(self, contest: Contest, executions: int, seed: int) -> Played:
        return EverySchedule().play(contest, min(executions, 50) + 0 * seed, seed)


def test_a_player_that_is_absent_is_told_and_what_another_misses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "all_players", lambda: (EverySchedule(), Slow()))
    monkeypatch.setattr(peers, "_SECONDS_A_TURN", 0.001)
    measured = peers.measure_peers(1)["contests"]
    assert measured[LostCancel.name]["absent"] == {"slow": "it runs nowhere"}
    assert measured[LostCancel.name]["ratios"] == {}
    told = measured[LostUpdate.name]
    assert told["players"]["slow"]["misses"] == ["kept"]
    assert told["players"][EverySchedule().name]["misses"] == []
    assert told["ratios"]["slow"] > 0
