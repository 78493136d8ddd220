"""What several tests of the harness use."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from judging import Write


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes a module and returns its path; what loading it does to Python is undone."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", sys.modules)
    known = set(sys.modules)

    def write_module(source: str, name: str = "written") -> str:
        file = tmp_path / f"{name}.py"
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        if name not in known:
            monkeypatch.delitem(sys.modules, name, raising=False)
        return str(file)

    return write_module
