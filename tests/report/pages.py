"""A report of two candidates, small and complete, made once in a process."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from treadle.cli import main

SITUATIONS = ("plain", "pending", "timeout", "self")


@cache
def small_report() -> Path:
    """Have it written, and return the file."""
    file = Path(tempfile.mkdtemp(prefix="treadle-report-")) / "report.html"
    situations = [option for name in SITUATIONS for option in ("--situation", name)]
    bounds = ["--events", "1", "--steps", "2", "--jobs", "1"]
    assert main(["check", "osipenko-proposal", "treadle-wait", *situations, *bounds, "--report", str(file)]) == 1
    return file
