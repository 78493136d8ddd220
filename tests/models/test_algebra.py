"""The few connectives of the specification: on Python values they are Python's, on terms they build terms."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import z3  # type: ignore[import-untyped]  # it has no annotations
from hypothesis import given
from hypothesis import strategies as st

from treadle_models.algebra import all_of, any_of, both, either, equal, implies, negate

TRUTHS = (False, True)
PAIRS = tuple(itertools.product(TRUTHS, TRUTHS))


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_on_booleans_the_connectives_are_those_of_python(left: bool, right: bool) -> None:
    assert both(left, right) is (left and right)
    assert either(left, right) is (left or right)
    assert negate(left) is (not left)
    assert implies(left, right) is (not left or right)


@given(st.lists(st.booleans(), max_size=5))
def test_any_number_of_truths_can_be_joined(truths: list[bool]) -> None:
    assert all_of(*truths) is all(truths)
    assert any_of(*truths) is any(truths)


@given(st.integers(), st.integers())
def test_numbers_are_equal_as_in_python(left: int, right: int) -> None:
    assert equal(left, right) is (left == right)


def test_what_is_known_is_not_made_part_of_a_term() -> None:
    term = z3.Bool("term")
    for connect in (both, all_of):
        assert connect(True, term) is connect(term, True) is term
        assert connect(False, term) is connect(term, False) is False
    for connect in (either, any_of):
        assert connect(False, term) is connect(term, False) is term
        assert connect(True, term) is connect(term, True) is True
    assert implies(False, term) is True
    assert implies(True, term) is term
    assert implies(term, True) is True


@pytest.mark.parametrize("connect", [both, either, implies, all_of, any_of, equal])
@pytest.mark.parametrize("values", PAIRS)
def test_a_term_has_the_value_that_python_computes(connect: Any, values: tuple[bool, bool]) -> None:
    names = z3.Bools("left right")
    for known in itertools.product(TRUTHS, TRUTHS):  # either side may be a term or known
        sides = [value if is_known else name for name, value, is_known in zip(names, values, known, strict=True)]
        term = connect(*sides)
        if not isinstance(term, bool):
            constants = [(name, z3.BoolVal(value)) for name, value in zip(names, values, strict=True)]
            term = z3.is_true(z3.simplify(z3.substitute(term, *constants)))
        assert term is connect(*values)


def test_the_negation_of_a_term_is_a_term() -> None:
    term = z3.Bool("term")
    assert z3.eq(negate(term), z3.Not(term))


def test_the_truth_of_a_term_is_never_asked_for() -> None:
    """Python's `and`, `or` and `not` would; a term refuses."""
    left, right = z3.Bools("left right")
    with pytest.raises(z3.Z3Exception):
        bool(z3.And(left, right))
    all_of(left, right, any_of(left, negate(right)), implies(right, left), z3.Int("number") > 0)
