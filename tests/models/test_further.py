"""The catalogue in situations that are judged by name: checker, search and proof say what is recorded, and one thing.

By default the whole record is compared with itself, and a part of it made anew; TREADLE_TESTS=all makes all of it anew
for this interpreter, on real tasks. `make further` writes it.
"""

from __future__ import annotations

import os
import sys
from collections import Counter

import pytest
from further import BOUNDS, SITUATIONS, cell_of, recorded

from treadle.check import Job, judge
from treadle.check.catalogue import record_cell
from treadle.check.proofs import PROVED, REFUTED, UNKNOWN, VERSIONS
from treadle.schedule import Bounds
from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import excluded
from treadle_models.smt.prove import Prover
from treadle_models.spec import Reading

EVERY = os.environ.get("TREADLE_TESTS") == "all"
RECORDED = recorded()
VERSION = max(each for each in VERSIONS if each <= sys.version_info[:2])
HERE = "{}.{}".format(*VERSION)
FEW = ("treadle-wait", "later-shield", "taskgroup")


def test_each_candidate_is_recorded_in_each_situation_that_it_does_not_exclude() -> None:
    assert list(RECORDED) == ["{}.{}".format(*version) for version in VERSIONS]
    for version in VERSIONS:
        cells = RECORDED["{}.{}".format(*version)]
        assert list(cells) == list(CANDIDATES)
        for name, situations in cells.items():
            assert list(situations) == [each for each in SITUATIONS if not excluded(name, each, version)]


def test_what_a_count_violates_is_refuted_and_what_it_exercises_is_proved() -> None:
    """Nothing is unknown, apart from circles that the proof does not model."""
    seen: Counter[str] = Counter()
    for cells in RECORDED.values():
        for name, situations in cells.items():
            for situation, cell in situations.items():
                if situation != "mutual" or not cell[UNKNOWN]:  # a circle of `await task` is not modelled
                    seen.update({each: len(cell[each]) for each in (PROVED, REFUTED, UNKNOWN)})
                for key, (_, violating) in cell.get("counts", {}).items():
                    assert key in (cell[REFUTED] if violating else [*cell[PROVED], *cell[REFUTED], *cell[UNKNOWN]]), (
                        f"{name}, {situation}: {key}"
                    )
    assert seen[PROVED] > 2_000
    assert seen[REFUTED] > 500
    assert seen[UNKNOWN] == 0


def test_any_count_has_the_verdicts_of_three() -> None:
    for cells in RECORDED.values():
        for name, situations in cells.items():
            symbol, three = situations["cleanup/N"], situations["cleanup/3"]
            assert [symbol[each] for each in (PROVED, REFUTED)] == [three[each] for each in (PROVED, REFUTED)], name


@pytest.mark.parametrize("name", CANDIDATES if EVERY else FEW)
def test_real_tasks_have_the_counts_that_are_recorded(name: str) -> None:
    bounds = Bounds(events=BOUNDS[0], steps=BOUNDS[1])
    for situation, cell in RECORDED[HERE][name].items():
        if "schedules" in cell:
            job = Job(target=name, situation=situation, bounds=bounds, readings=tuple(Reading))
            found = record_cell(judge(job))
            assert (found["schedules"], found["counts"]) == (cell["schedules"], cell["counts"]), situation


@pytest.mark.parametrize("name", CANDIDATES if EVERY else FEW[:2])
def test_every_cell_of_the_record_is_found_again(name: str) -> None:
    prover = Prover(name, VERSION)
    for situation, cell in RECORDED[HERE][name].items():
        if EVERY or situation in ("cleanup/N", "fails/cancelled", "again"):
            assert cell_of(prover, name, situation, VERSION) == cell, situation
