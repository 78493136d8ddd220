"""What was found in tests without the marker: told at the end, written to a file, and known from an earlier one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from treadle.programs import Explored

FOUND = "treadle_found"
_FORMAT = 1


def as_data(explored: Explored) -> list[dict[str, Any]]:
    """Return what is wrong with a test as plain data."""
    return [
        {
            "property": str(each.property),
            "text": each.text,
            "events": each.events,
            "token": None if each.token is None else str(each.token),
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
        message = f"--treadle-baseline {file} is no report of --treadle-report ({type(error).__name__}: {error})"
        raise pytest.UsageError(message) from None


def are_known(node: str, explored: Explored, known: frozenset[tuple[str, str, str]]) -> bool:
    """Say whether all that is wrong with a test is in the baseline."""
    return all((node, str(each.property), each.text) in known for each in explored.violations)


def write_report(file: str, tests: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Write each test that was explored, with its numbers and what was found, as JSON."""
    found = [
        {
            "test": node,
            "schedules": each["treadle_schedules"],
            "executions": each["treadle_executions"],
            "search": each["treadle_search"],
            "found": each.get(FOUND, []),
        }
        for node, each in tests
    ]
    text = json.dumps({"format": _FORMAT, "tests": sorted(found, key=lambda each: str(each["test"]))}, indent=1)
    Path(file).write_text(f"{text}\n", encoding="utf-8")


def told(tests: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Give a line for each kind of finding: how often, and in how many tests."""
    times: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for each in tests:
        kinds = [found["property"] for found in each.get(FOUND, [])]
        times.update(kinds)
        inside.update({*kinds})
    for kind, number in sorted(times.items()):
        yield f"  {kind:<14} {number:>5,}  in {inside[kind]:,} test{'' if inside[kind] == 1 else 's'}"
