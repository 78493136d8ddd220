"""Each state once finds what every schedule finds, on each interpreter that is found."""

from __future__ import annotations

import pytest
from pythons import ALL, VARIABLE, drive, every_kind, every_version, interpreters

# All pairs of candidate and situation take minutes; by default one in eleven, a number that divides neither of them.
EXTENT = ("--events", "2", "--steps", "2") if ALL else ("--events", "2", "--steps", "1", "--every", "11")


@every_kind
@every_version
def test_each_state_once_and_every_schedule_agree(version: str, kind: str) -> None:
    if kind != "C" and not ALL:
        pytest.skip("tasks in pure Python are compared with TREADLE_TESTS=all")
    found = interpreters(version)
    if not found:
        pytest.skip(f"no Python {version} here; name one in {VARIABLE} to compare with it")
    for full, python in found.items():
        summary = drive(python, "--task", kind, *EXTENT, comparison="states.py")
        assert summary["python"] == full
        assert summary["differences"] == []
        assert summary["opaque"] == []
        assert summary["compared"] > (400 if ALL else 30)
        assert summary["executions"] < summary["schedules"]  # or no state was ever known
