"""Write the reports of a run of pytest to files: as JSON for programs, and as a page for people (see `pages`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from treadle.errors import MisuseError
from treadle.pytest_plugin.options import is_page
from treadle.report.render import see_its_folder, see_that_it_can_be_written

if TYPE_CHECKING:
    from collections.abc import Collection

    from treadle.pytest_plugin.summary import Row, Seen

_FORMAT = 1


def see_that_they_can_be_written(config: pytest.Config) -> None:
    """Raise `UsageError` for a report that cannot be written, before the first test runs."""
    for file in config.getoption("--treadle-report"):
        try:
            (see_that_it_can_be_written if is_page(file) else see_its_folder)(file)
        except MisuseError as error:
            message = f"--treadle-report {file}: {error}"
            raise pytest.UsageError(message) from None


def write_report(file: str, seen: Collection[Seen], rows: Collection[Row], config: pytest.Config) -> None:
    """Write a report to a file; a lone surrogate is written as an escape."""
    if is_page(file):
        from treadle.pytest_plugin.pages import as_page  # noqa: PLC0415 - it imports pictures, which JSON does not need

        text = as_page(seen, rows, config)
    else:
        text = _as_json(seen)
    Path(file).write_bytes(text.encode("utf-8", "backslashreplace"))


def _as_json(seen: Collection[Seen]) -> str:
    """Return each explored test, with its counts and findings, as JSON."""
    tests = [
        {
            "test": each.test,
            "schedules": each.schedules,
            "executions": each.executions,
            "search": each.search,
            "stopped": each.stopped,
            "found": each.found,
        }
        for each in seen
    ]
    return json.dumps({"format": _FORMAT, "tests": tests}, indent=1) + "\n"
