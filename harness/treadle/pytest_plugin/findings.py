"""What was found in tests: as data that crosses processes, and what of it is known from an earlier report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pytest

if TYPE_CHECKING:
    from treadle.programs import Explored

KNOWN = pytest.StashKey[frozenset[tuple[str, str, str]]]()
"""Where the configuration has what a baseline knows: test, property and text of each finding."""


class Finding(TypedDict):
    """What is wrong with a test, as a report tells it; `token` is None where it cannot be run again from one."""

    property: str
    text: str
    events: int
    token: str | None


def as_data(explored: Explored, *, replayable: bool) -> list[Finding]:
    """Return what is wrong with a test as plain data; with tokens, if it can be run again from one."""
    return [
        {
            "property": str(each.property),
            "text": each.text,
            "events": each.events,
            "token": str(each.token) if each.token is not None and replayable else None,
        }
        for each in explored.violations
    ]


def known_findings(config: pytest.Config) -> frozenset[tuple[str, str, str]]:
    """Return what the baseline knows: test, property and text of each. Raises `UsageError` for what is no report."""
    file = config.getoption("--treadle-baseline")
    if file is None:
        return frozenset()
    try:
        tests = json.loads(Path(file).read_text(encoding="utf-8"))["tests"]
        return frozenset((each["test"], found["property"], found["text"]) for each in tests for found in each["found"])
    except FileNotFoundError:
        message = f"--treadle-baseline {file}: there is no such file. --treadle-report {file} makes one"
        raise pytest.UsageError(message) from None
    except (ValueError, KeyError, TypeError) as error:
        message = (
            f"--treadle-baseline {file} is not a JSON report of --treadle-report ({type(error).__name__}: {error})"
        )
        raise pytest.UsageError(message) from None


def are_known(item: pytest.Item, explored: Explored) -> bool:
    """Say whether all that is wrong with a test is in the baseline."""
    known = item.config.stash.get(KNOWN, frozenset())
    return all((item.nodeid, str(each.property), each.text) in known for each in explored.violations)
