"""`asyncio.gather(..., return_exceptions=True)`, which no candidate uses: counted, and proved, as real tasks do it."""

from __future__ import annotations

import sys

import pytest
from probes import PROBES, target_of

from treadle.check import Job, judge
from treadle.schedule import Bounds
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import count_outcomes, explore
from treadle_models.explicit.search import judge as judge_paths
from treadle_models.machine.stage import MachineLimits
from treadle_models.smt.prove import ProofVerdict, prove
from treadle_models.spec import BY_NAME, Reading

VERSION = sys.version_info[:2]
SITUATIONS = ("plain", "cleanup/1", "pending", "unstarted", "done/result", "done/exception", "done/cancelled", "future")


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("name", PROBES)
def test_the_machine_gathers_as_real_tasks_do(name: str, situation: str) -> None:
    cell = judge(Job(target=target_of(name), situation=situation, bounds=Bounds(events=2, steps=2)))
    outcomes = count_outcomes(explore(make_play(PROBES[name], situation, VERSION, MachineLimits(events=2, steps=2))))
    assert outcomes.total() == cell.schedules > 0
    for each in cell.findings:
        count = judge_paths(outcomes, BY_NAME[each.property], Reading.WEAK)
        assert (count.exercised, count.violated) == (each.exercised, each.violating), each.property


def test_gather_is_no_way_to_wait() -> None:
    """Its cancellation is passed on to the dependency, and an exception that it has looked at is dropped."""
    found = {each.property: each.verdict for each in prove(PROBES["gathering"], "plain", (3, 13)).answers}
    assert found["undisturbed"] is ProofVerdict.REFUTED
    assert found["failure-kept"] is ProofVerdict.REFUTED
    assert found["joined"] is ProofVerdict.PROVED
