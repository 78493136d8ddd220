"""Which readings of withdrawn requests code can keep: by search, by the solver without bounds, and on real tasks."""

from __future__ import annotations

import sys

import pytest
from pythons import ALL

from treadle.check import resolve_target
from treadle.explorer import ReplayScheduler
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, parse_situation
from treadle_models.explicit.impossible import clash, confused, possible_readings
from treadle_models.explicit.probe import PROBES
from treadle_models.explicit.twins import READABLE
from treadle_models.smt.solver import Solver
from treadle_models.smt.twins import has_twins, moments
from treadle_models.spec import Reading

NEW, OLD = (3, 13), (3, 12)
HERE = NEW if sys.version_info >= NEW else OLD


def test_after_await_task_only_the_net_reading_can_be_kept() -> None:
    for version in (OLD, NEW):
        assert possible_readings(version)["await task"] == (Reading.NET,)


def test_after_asyncio_wait_any_can_be_kept_up_to_3_12_only() -> None:
    assert possible_readings(OLD)["asyncio.wait"] == (Reading.WEAK, Reading.NET, Reading.ANY)
    assert possible_readings(NEW)["asyncio.wait"] == (Reading.WEAK, Reading.NET)


@pytest.mark.parametrize("version", [OLD, NEW] if ALL else [NEW])
@pytest.mark.parametrize("waiting", PROBES)
def test_the_solver_says_the_same_of_every_execution(version: tuple[int, int], waiting: str) -> None:
    """What can be kept within bounds can be kept without."""
    solver = Solver()
    for reading in Reading:
        found = has_twins(moments("others uncancel the caller", version, reading, waiting), READABLE, solver)
        assert found is (reading not in possible_readings(version)[waiting]), reading


@pytest.mark.parametrize("version", [OLD, NEW])
def test_what_no_way_to_wait_allows_leads_to_one_state_from_two_histories(version: tuple[int, int]) -> None:
    for reading in Reading:
        assert (clash(reading, version) is None) is (reading in possible_readings(version)["any code"]), reading


def test_who_withdraws_and_asks_again_leaves_what_asking_and_withdrawing_leaves() -> None:
    found = clash(Reading.STRICT, NEW)
    assert found is not None
    assert (found.must_raise, found.must_not) == (("uncancel", "cancel"), ("cancel", "uncancel"))


@pytest.mark.parametrize(
    ("waiting", "reading"), [("await task", each) for each in Reading] + [("asyncio.wait", each) for each in Reading]
)
def test_the_twins_of_a_reading_are_schedules_of_real_tasks(waiting: str, reading: Reading) -> None:
    twins = confused(reading, waiting, HERE)
    if reading in possible_readings(HERE)[waiting]:
        assert twins is None
        return
    assert twins is not None
    target = resolve_target(f"treadle_models.explicit.probe:{PROBES[waiting].function.__name__}")
    seen = []
    for moment in (twins.raises, twins.returns):
        play = SituationWorld(target.subject, parse_situation(moment.situation), Bounds(events=2, steps=2), TaskKind.C)
        scheduler = ReplayScheduler(moment.choices)
        (outcome,) = play.run(scheduler).outcome
        scheduler.check()
        seen.append(outcome.observation)
        assert outcome.observation.count_exit == moment.readable[READABLE.index("count")]
    assert seen[0].done_exit is seen[1].done_exit
    assert (seen[0].requests, seen[0].withdrawals, seen[0].outstanding) != (
        seen[1].requests,
        seen[1].withdrawals,
        seen[1].outstanding,
    )
