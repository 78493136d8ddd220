"""The programs of the PEP draft print the same on every Python found."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from pythons import VARIABLE, every_version, interpreters

ROOT = Path(__file__).parents[2]
PROGRAMS = ("documentation", "repaired")


@every_version
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_on_every_python_what_is_recorded(version: str, name: str) -> None:
    found = interpreters(version)
    if not found:
        pytest.skip(f"no Python {version} here; name one in {VARIABLE}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "models")}
    for python in found.values():
        command = [python, str(ROOT / "paper" / "programs" / f"{name}.py")]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
        assert run.stdout == (ROOT / "paper" / "results" / f"{name}.txt").read_text(encoding="utf-8"), python
