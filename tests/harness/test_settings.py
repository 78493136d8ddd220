"""Settings are read by their names, and what makes no sense is refused before anything runs."""

from __future__ import annotations

import pytest

from treadle.errors import MisuseError
from treadle.programs.settings import make_settings


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("events", "2", "a whole number, at least 0"),
        ("events", -1, "a whole number, at least 0"),
        ("events", None, "a whole number, at least 0"),
        ("events", True, "a whole number, at least 0"),
        ("callbacks", 0, "a whole number, at least 1"),
        ("limit", 0, "a whole number, at least 1, or None"),
        ("random", 1.5, "a whole number, at least 1, or None"),
        ("seconds", "1", "a number, at least 0, or None"),
        ("seed", -1, "a whole number, at least 0"),
    ],
)
def test_a_number_that_an_option_cannot_have_is_refused(option: str, value: object, said: str) -> None:
    with pytest.raises(MisuseError) as error:
        make_settings({option: value})
    assert str(error.value) == f"{option}={value!r}: pass {said}"


def test_numbers_that_options_can_have_are_taken() -> None:
    given = {"events": 0, "callbacks": 1, "limit": None, "random": 1, "seconds": 0.5, "seed": 0}
    made = make_settings(given)
    assert {name: getattr(made, name) for name in given} == given


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"random": 50, "limit": 3}, "random=50 limits the number of executions already; leave limit=3 out"),
        ({"seed": 3}, "seed=3 is for schedules drawn at random; say also how many: random=10000"),
        ({"pct": True}, "pct says how to draw schedules at random; say also how many: random=10000, pct=True"),
    ],
)
def test_options_that_do_not_go_together_are_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(MisuseError) as error:
        make_settings(given)
    assert str(error.value) == said
