"""What becomes of the processes in which targets run when nobody listens to them any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks of workers on this platform")

# Writes down in which process it runs, and can be stopped by nothing but a kill.
STUBBORN = """
import os, pathlib, signal

async def target(task):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    pathlib.Path({note!r}).write_text(str(os.getpid()))
    while True:
        pass
"""
PATIENCE = 30.0


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return not state.exists() or state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False


def test_a_target_that_nothing_stops_ends_with_the_process_that_asked(tmp_path: Path) -> None:
    note = tmp_path / "process"
    file = tmp_path / "stubborn.py"
    file.write_text(STUBBORN.format(note=str(note)), encoding="utf-8")
    command = [sys.executable, "-m", "treadle", "check", f"{file}:target", "--situation", "plain", "--jobs", "1"]
    environment = {**os.environ, "TREADLE_SILENCE": "600"}
    asked = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while not note.exists() or not note.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline, "the target did not begin"
            time.sleep(0.05)
        target = int(note.read_text(encoding="utf-8"))
        assert lives(target)
    finally:
        asked.kill()
        asked.wait()
    deadline = time.monotonic() + PATIENCE
    while lives(target):
        assert time.monotonic() < deadline, f"process {target} went on"
        time.sleep(0.05)
