"""Twins and guards without bounds: the solver says what the search says, for every set of readable things.

What suffices still does with more to read, so the smallest sets that suffice and the largest that do not settle all of
them. TREADLE_MODELS=full asks about each of the 32.
"""

from __future__ import annotations

import itertools
import os

import pytest

from treadle_models.explicit.twins import ENVIRONMENTS, READABLE, Guard, find_twins, guards, sufficient
from treadle_models.explicit.twins import moments as within_bounds
from treadle_models.smt.solver import Solver
from treadle_models.smt.twins import WAYS, has_twins, moments, right_guards, weakest

NEW = (3, 13)
FULL = os.environ.get("TREADLE_MODELS") == "full"
RIGHT = ("may be cancelling already",)
NOTHING = ("a request may be pending at entry", "others uncancel the caller")
"""Where no guard is right."""
SETS = [names for size in range(len(READABLE) + 1) for names in itertools.combinations(READABLE, size)]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_solver_finds_twins_where_there_are_some_and_proves_that_there_are_none_elsewhere(environment: str) -> None:
    """What suffices within bounds suffices in every execution."""
    known, solver = within_bounds(environment, NEW), Solver()
    insufficient = [names for names in SETS if find_twins(known, names) is not None]
    largest = [names for names in insufficient if not any(set(names) < set(other) for other in insufficient)]
    smallest = sufficient(known)
    assert largest
    assert all(any(set(names) <= set(each) for each in largest) for names in insufficient)
    for names in SETS if FULL else (*largest, *smallest):
        assert has_twins(moments(environment, NEW), names, solver) is (names in insufficient), names


def test_only_comparisons_with_the_snapshot_are_right_in_every_execution() -> None:
    solver = Solver()
    for environment in ENVIRONMENTS if FULL else (*RIGHT, *NOTHING):
        found = right_guards(moments(environment, NEW), solver)
        assert found == guards(within_bounds(environment, NEW))
        assert bool(found) is (environment not in NOTHING)


def test_the_weakest_right_guard_says_that_the_count_has_risen() -> None:
    """`>` and `!=` are both weakest: nobody lowers the count, so they are the same question."""
    environment, solver = "may be cancelling already", Solver()
    found = right_guards(moments(environment, NEW), solver)
    assert Guard("count", ">", "snapshot") in weakest(found, moments(environment, NEW), solver)
    wrong = [Guard("count", ">", "0"), Guard("count", ">=", "snapshot")]
    assert not set(wrong) & set(found)


def test_a_guard_that_is_not_asked_on_every_way_out_is_wrong() -> None:
    environment, solver = "may be cancelling already", Solver()
    for ways in itertools.combinations(WAYS, 2):
        assert right_guards(moments(environment, NEW), solver, ways) == []


def test_the_probe_ends_in_every_way() -> None:
    for environment in ENVIRONMENTS:
        assert {each.readable[0] for each in moments(environment, NEW)} == {"returned", "cancelled", "failed"}
