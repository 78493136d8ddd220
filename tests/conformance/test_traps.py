"""States are told apart where they differ, and only there, on every interpreter found."""

from __future__ import annotations

import pytest
from pythons import drive, every_kind, every_version, interpreters, none_here


@every_kind
@every_version
def test_states_are_told_apart_where_they_differ_and_only_there(version: str, kind: str) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(none_here(version))
    for full, python in found.items():
        summary = drive(python, "--task", kind, comparison="trapped.py")
        assert summary["python"] == full
        assert summary["unsupported"] == ""
        assert summary["taken_for_one"] == []
        assert summary["not_the_same"] == []
        assert summary["traps"] > 120
