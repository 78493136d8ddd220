"""Execute a stand-alone script in a fresh interpreter, on the stock event loop, with a time limit."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
NOT_TRIED = "not tried"
LATE = "no end within"


@dataclass(frozen=True, slots=True)
class StockRun:
    """What became of a script: `status` is reproduced (it exited with 1), not reproduced or not tried."""

    status: str
    output: str


_KILLED = frozenset(-getattr(signal, each) for each in ("SIGKILL", "SIGTERM", "SIGHUP") if hasattr(signal, each))


def run_on_stock(script: str, *, python: str = sys.executable, seconds: float = 15) -> StockRun:
    """Run a script that exits with 1 when the failure shows; an empty one is not tried.

    One that somebody has killed has shown nothing, so it is run once more; after that it counts as not tried.
    """
    if not script:
        return StockRun(NOT_TRIED, "")
    run = _run(script, python, seconds)
    return run if run.output != _WAS_KILLED else _run(script, python, seconds)


_WAS_KILLED = "somebody has killed the script"


def _run(script: str, python: str, seconds: float) -> StockRun:
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        file = Path(folder) / "counterexample.py"
        file.write_text(script, encoding="utf-8", errors="backslashreplace")
        try:
            done = subprocess.run(  # noqa: S603 - a script that we wrote, in the user's own interpreter
                [python, "-X", "utf8", str(file)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return StockRun(NOT_REPRODUCED, f"{LATE} {seconds:g} seconds")
        except OSError as error:
            return StockRun(NOT_TRIED, str(error))
    if done.returncode in _KILLED:
        return StockRun(NOT_TRIED, _WAS_KILLED)
    # An uncaught exception exits with 1 too, so the script's own last word is asked for.
    shown = done.returncode == 1 and done.stdout.rstrip().endswith("the failure shows")
    return StockRun(REPRODUCED if shown else NOT_REPRODUCED, done.stdout + done.stderr)
