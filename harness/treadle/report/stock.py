"""Run a stand-alone script in a new interpreter, on the stock event loop, with a time limit."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_TRIED = "not tried"
LATE = "no end within"

_LOOKS = 0.25
"""Seconds between two looks at a running script."""


@dataclass(frozen=True, slots=True)
class StockRun:
    """The result of running a script: `status` is reproduced (it exited with 1), not reproduced or not tried."""

    status: str
    output: str


_KILLED = frozenset(-getattr(signal, each) for each in ("SIGKILL", "SIGTERM", "SIGHUP") if hasattr(signal, each))


def run_on_stock(
    script: str, *, python: str = sys.executable, seconds: float = 15, asleep: float = math.inf
) -> StockRun:
    """Run a script that exits with 1 when the failure shows; an empty one is not tried.

    It is given up after `seconds`, or after it has only slept for `asleep` seconds, where the system shows that. A
    script that was killed from outside has shown nothing, so it is run once more; after that it counts as not tried.
    """
    if not script:
        return StockRun(NOT_TRIED, "")
    run = _run(script, python, seconds, asleep)
    return run if run.output != _WAS_KILLED else _run(script, python, seconds, asleep)


_WAS_KILLED = "the script was killed"


def _run(script: str, python: str, seconds: float, asleep: float) -> StockRun:
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        file = Path(folder) / "counterexample.py"
        file.write_text(script, encoding="utf-8", errors="backslashreplace")
        try:
            process = subprocess.Popen(  # noqa: S603 - a script that we wrote, in the user's own interpreter
                [python, "-X", "utf8", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            return StockRun(NOT_TRIED, str(error))
        with process:
            try:
                output, errors = _hear(process, seconds, asleep)
            except subprocess.TimeoutExpired as late:
                return StockRun(NOT_REPRODUCED, f"{LATE} {late.timeout:g} seconds")
            finally:
                process.kill()
    if process.returncode in _KILLED:
        return StockRun(NOT_TRIED, _WAS_KILLED)
    # An uncaught exception exits with 1 too, so the script's last line is checked.
    shown = process.returncode == 1 and output.rstrip().endswith("the failure shows")
    return StockRun(REPRODUCED if shown else NOT_REPRODUCED, output + errors)


def _hear(process: subprocess.Popen[str], seconds: float, asleep: float) -> tuple[str, str]:
    """Return the output of a script when it has ended; raise `TimeoutExpired` if it does not, or only sleeps."""
    began = awake = time.monotonic()
    seen = ""
    while True:
        now = time.monotonic()
        stands = _stands(process.pid)
        if stands is None or stands != seen:
            seen, awake = stands or "", now
        if now - began > seconds:
            raise subprocess.TimeoutExpired(process.args, seconds)
        if now - awake > asleep:
            raise subprocess.TimeoutExpired(process.args, asleep)
        try:
            return process.communicate(timeout=_LOOKS)
        except subprocess.TimeoutExpired:
            continue


def _stands(number: int) -> str | None:
    """Return the processor time that a sleeping process has used, as text; None if it runs, or if that is unknown."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] != "S" else " ".join(fields[11:13])
