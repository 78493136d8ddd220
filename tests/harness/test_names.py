"""The names of situations, and how they combine."""

from __future__ import annotations

import re

import pytest
from exploring import (
    ASPECTS,
)

from treadle.errors import MisuseError
from treadle.situation import ALL_SITUATIONS, parse_situation
from treadle_models.situations import describe


@pytest.mark.parametrize("name", ALL_SITUATIONS)
def test_every_situation_parses_and_keeps_its_name(name: str) -> None:
    assert parse_situation(name).name == name
    assert describe(name)


def test_the_situations_of_the_specification_are_there() -> None:
    specified = (
        "plain cleanup/1 cleanup/2 pending unstarted done/result done/exception done/cancelled third-party shared self "
        "uncancel/0 uncancel/1 timeout group eager future nested"
    )
    assert specified.split() == ASPECTS
    assert "cleanup/1+done/cancelled" in ALL_SITUATIONS


def test_plain_varies_nothing_and_every_other_aspect_something() -> None:
    situations = {name: parse_situation(name) for name in ASPECTS}
    fields = {name: tuple(getattr(each, field) for field in FIELDS) for name, each in situations.items()}
    assert len(set(fields.values())) == len(ASPECTS)
    assert fields["plain"] == ("waiting", 0, False, False, False, 1, "")


FIELDS = ("dependency", "count", "pending", "third_party", "uncancel", "controllers", "scope")


def test_a_combination_varies_what_its_aspects_vary() -> None:
    situation = parse_situation("third-party+cleanup/2+unstarted+timeout")
    assert (situation.third_party, situation.count, situation.dependency, situation.scope) == (
        True,
        2,
        "unstarted",
        "timeout",
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "there is no situation ''. There are: plain, cleanup/1"),
        ("clenup/1", "there is no situation 'clenup/1'. Did you mean 'cleanup/1'? There are: plain"),
        ("cleanup/3", "there is no situation 'cleanup/3'. Did you mean 'cleanup/"),
        ("PLAIN", "there is no situation 'PLAIN'. There are: plain"),
        ("cleanup/1 + pending", "there is no situation 'cleanup/1 '. Did you mean 'cleanup/1'?"),
        ("cleanup/1+", "there is no situation ''."),
        ("cleanup/1+cleanup/2", "the situation 'cleanup/1+cleanup/2' contradicts itself: count"),
        ("uncancel/1+cleanup/1", "the situation 'uncancel/1+cleanup/1' contradicts itself: count"),
        ("eager+nested", "the situation 'eager+nested' contradicts itself: dependency"),
        ("pending+pending", "the situation 'pending+pending' contradicts itself: pending"),
        ("plain+pending", "the situation 'plain+pending' contradicts itself: plain cannot be combined"),
        (
            "self+pending",
            "the situation 'self+pending': self stands alone: only no-self-hang is judged there",
        ),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_the_reason(name: str, message: str) -> None:
    with pytest.raises(MisuseError, match=re.escape(message)):
        parse_situation(name)
