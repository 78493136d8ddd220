"""The names of situations, and how they combine."""

from __future__ import annotations

import re

import pytest
from exploring import (
    ASPECTS,
)

from treadle.errors import MisuseError
from treadle.situation import ALL_SITUATIONS, parse_situation
from treadle_models.situations import FURTHER_SITUATIONS, describe, instances


@pytest.mark.parametrize("name", [*ALL_SITUATIONS, *FURTHER_SITUATIONS, "cleanup/99", "uncancel/7", "cleanup/N+future"])
def test_every_situation_parses_and_keeps_its_name(name: str) -> None:
    assert parse_situation(name, symbols=True).name == name
    assert describe(name)


def test_the_count_at_entry_may_be_any_number() -> None:
    assert [parse_situation(f"cleanup/{number}").count for number in (1, 2, 3, 42)] == [1, 2, 3, 42]
    assert describe("cleanup/42") == "the controller was cancelled 42 times and calls from a finally"
    assert (parse_situation("uncancel/4").count, parse_situation("uncancel/4").uncancel) == (4, True)


def test_a_symbol_stands_for_numbers_and_real_tasks_need_one() -> None:
    assert instances("cleanup/N+future") == ("cleanup/1+future", "cleanup/2+future", "cleanup/3+future")
    assert instances("cleanup/2") == ("cleanup/2",)
    with pytest.raises(MisuseError, match=re.escape("give a number instead: uncancel/1, uncancel/2, uncancel/3")):
        parse_situation("uncancel/N")


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
        ("cleanup/0", "there is no situation 'cleanup/0'. Did you mean 'cleanup/"),
        ("cleanup/100", "there is no situation 'cleanup/100'. Did you mean 'cleanup/"),
        ("cleanup/-1", "there is no situation 'cleanup/-1'. Did you mean 'cleanup/"),
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
