"""Wherever a random program or target keeps what decides its end, each state once finds what every schedule finds."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from kept.catalogue import ALL_PLACES
from kept.programs import SAMPLE, random_program
from kept.searching import Blind, each_state, every_schedule, found, loaded
from pythons import ALL, VERSIONS, drive, every_kind, interpreters

from treadle.programs import find_program

if TYPE_CHECKING:
    from pathlib import Path

PARTS = 5
PART = 1_000 if ALL else 40
"""So many programs on each version: 5,000, or 200; each place by itself is looked at in `test_kept_places`."""

TARGETS = 200 if ALL else 4
UNIDENTIFIED = 0.05
"""The share of programs that may be searched by every schedule although each of their places can be seen."""


def summary_of(python: str, first: int, count: int, *options: str) -> dict[str, Any]:
    return drive(python, "--first", str(first), "--count", str(count), *options, comparison="keeping.py")


def check(summary: dict[str, Any]) -> None:
    assert summary["differences"] == []
    assert summary["odd"] == []
    assert summary["too large"] <= summary["compared"] / 5 + 2, summary  # a part with few programs may be unlucky
    assert summary["with several ends"] * 3 >= summary["compared"], summary
    assert len(summary["unidentified"]) <= UNIDENTIFIED * summary["compared"], summary["unidentified"]


def python_of(part: int) -> str:
    """Return the interpreter for a part of the sample: there are as many parts as versions, and all are run."""
    found = [path for version in VERSIONS for path in list(interpreters(version).values())[:1]]
    return found[part % len(found)]


@every_kind
@pytest.mark.parametrize("part", range(PARTS))
def test_programs_that_keep_something_everywhere(part: int, kind: str) -> None:
    """With tasks in C, and some of them with tasks in Python."""
    if kind != "C" and part and not ALL:
        pytest.skip("with TREADLE_TESTS=all")
    check(summary_of(python_of(part), part * PART, PART if kind == "C" else PART // 8, "--task", kind))


@every_kind
@pytest.mark.parametrize("part", range(PARTS))
def test_targets_that_keep_something_everywhere(part: int, kind: str) -> None:
    if kind != "C" and part and not ALL:
        pytest.skip("with TREADLE_TESTS=all")
    count = TARGETS if kind == "C" else TARGETS // 4
    check(summary_of(python_of(part), part * TARGETS, count, "--task", kind, "--targets"))


def test_the_sample_has_every_place() -> None:
    """On a version that lacks a place, another one takes its turn."""
    had = {place.name for number in range(SAMPLE) for place in random_program(number).places}
    assert had >= {name for name, place in ALL_PLACES.items() if place.since <= sys.version_info}


def test_a_search_that_is_blind_to_it_is_wrong_on_most_of_them(tmp_path: Path) -> None:
    wrong = 0
    for number in range(4 * PARTS):
        written = random_program(number)
        with loaded(written, tmp_path) as path:
            source = find_program(f"{path}:program")
            every = every_schedule(written, source)
            wrong += not every.reason and found(each_state(written, source, run=Blind)) != found(every)
    assert wrong > 2 * PARTS


def test_a_number_always_gives_the_same_program() -> None:
    assert str(random_program(7)) == str(random_program(7))
    assert len({str(random_program(number)) for number in range(20)}) == 20
