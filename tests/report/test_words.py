"""Each property has its words in one place."""

from __future__ import annotations

import ast

import pytest

from treadle.report.words import WORDS, Violating
from treadle.situation import parse_situation
from treadle_models.spec import BY_NAME, Observation

CALL = Violating(
    Observation(requests=1, withdrawals=1, by_call=2),
    "raises CancelledError",
    "the controller",
    parse_situation("timeout"),
)


def test_every_property_has_words_and_no_words_are_left_over() -> None:
    assert set(WORDS) == set(BY_NAME)


@pytest.mark.parametrize("name", WORDS)
def test_what_happened_is_a_sentence_about_the_call(name: str) -> None:
    happened = WORDS[name].happened(CALL)
    assert happened
    assert not happened.endswith(".")


@pytest.mark.parametrize("name", WORDS)
def test_a_check_is_python_that_says_whether_the_failure_shows(name: str) -> None:
    check = WORDS[name].check(CALL)
    bound = [each.id for each in ast.walk(ast.parse("\n".join(check.statements))) if isinstance(each, ast.Name)]
    assert "failed" in bound
    ast.parse(check.happened, mode="eval")
