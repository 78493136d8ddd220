"""The findings of tests as plain data, and the baseline of known findings from an earlier report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pytest

if TYPE_CHECKING:
    from treadle.programs import Explored

KNOWN = pytest.StashKey[frozenset[tuple[str, str, str]]]()
"""The key of the baseline in the configuration: test, property and text of each finding."""


class Finding(TypedDict):
    """A finding as it stands in a report; `token` is None if it cannot be replayed from one."""

    property: str
    text: str
    events: int
    token: str | None


def as_data(explored: Explored, *, replayable: bool) -> list[Finding]:
    """Return the findings of a test as plain data, with tokens if it is `replayable`."""
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
    """Return test, property and text of each finding in the baseline. Raises `UsageError` if the file is no report."""
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
    """Say whether all findings of a test are in the baseline."""
    known = item.config.stash.get(KNOWN, frozenset())
    return all((item.nodeid, str(each.property), each.text) in known for each in explored.violations)
