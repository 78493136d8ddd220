"""`TaskGroup.cancel()`, new in Python 3.15, judged as the last thing that a caller does in its group."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from pythons import interpreters, none_here

from treadle.cli import main

TARGET = Path(__file__).parents[2] / "paper" / "programs" / "group_cancel.py"


@pytest.fixture(scope="module")
def violated() -> dict[str, set[str]]:
    """The properties that are violated on 3.15, and in which situations."""
    found = interpreters("3.15")
    if not found:
        pytest.skip(none_here("3.15"))
    return judged(next(iter(found.values())))


def judged(python: str) -> dict[str, set[str]]:
    words = ["check", f"{TARGET}:group_cancel", "--python", python, "--events", "1", "--steps", "2", "--json"]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        assert main(words) == 1
    seen: dict[str, set[str]] = {}
    for each in json.loads(output.getvalue())["results"]:
        if each["verdict"] == "violated":
            seen.setdefault(each["property"], set()).add(each["situation"])
    return seen


def test_a_group_that_is_cancelled_loses_no_cancellation_and_sends_one_request(violated: dict[str, set[str]]) -> None:
    assert set(violated) == {"phantom", "prompt"}


def test_in_a_clean_up_it_raises_although_nobody_cancelled_the_call(violated: dict[str, set[str]]) -> None:
    """Its parent is being cancelled already, and leaving the group asks for that once more (gh-116720)."""
    assert violated["phantom"] == {"cleanup/1", "cleanup/2", "uncancel/1", "cleanup/1+unstarted"}
