"""What becomes of the processes in which targets run when nobody listens to them any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from treadle.cli import main
from treadle.report.stock import run_on_stock

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


# Is killed so many times, each time that it is imported or called, and then goes on.
KILLED = """
import asyncio, ctypes, os, pathlib, signal

kill = ctypes.CDLL(None).kill  # as somebody else would

def die(where):
    note = pathlib.Path(__file__).with_name("times")
    times = int(note.read_text()) if note.exists() else 0
    if where == {where!r} and times < {times}:
        note.write_text(str(times + 1))
        kill(os.getpid(), int(signal.{signal}))

die("import")

async def stop(task):
    die("call")
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
"""


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave room for the path of a target, and for the reason beside it."""
    monkeypatch.setenv("COLUMNS", "300")


@pytest.mark.parametrize("where", ["import", "call"])
@pytest.mark.parametrize(("signal", "times"), [("SIGKILL", 1), ("SIGTERM", 1), ("SIGKILL", 9), ("SIGABRT", 1)])
def test_a_worker_that_is_killed_is_asked_once_more(
    where: str, signal: str, times: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "killed.py").write_text(KILLED.format(where=where, signal=signal, times=times), encoding="utf-8")
    command = ["check", f"{tmp_path / 'killed.py'}:stop", "--situation", "plain", "--events", "1", "--jobs", "1"]
    status = main([*command, "--property", "lost", "--property", "prompt"])
    said = capsys.readouterr()
    told = " ".join(said.out.split())
    if signal == "SIGABRT":  # that is its own doing, and would be again
        assert "SIGABRT" in told + said.err
        assert status == (2 if where == "import" else 1)
    elif times == 1:
        assert status == 0, said
        assert "SIG" not in told
    else:
        assert status == 1, said
        assert "no violation found" in told
        assert "was killed by SIGKILL" in told
        assert "and so was the next one that was asked" in told


@pytest.mark.parametrize(("times", "status"), [(1, "reproduced"), (2, "not tried")])
def test_a_script_that_somebody_has_killed_has_shown_nothing(times: int, status: str, tmp_path: Path) -> None:
    note = tmp_path / "times"
    script = (
        "import os, pathlib, signal, sys\n"
        f"note = pathlib.Path({str(note)!r})\n"
        "killed = int(note.read_text()) if note.exists() else 0\n"
        f"if killed < {times}:\n"
        "    note.write_text(str(killed + 1))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "print('the failure shows')\n"
        "sys.exit(1)\n"
    )
    assert run_on_stock(script).status == status


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="whether a process sleeps is looked up in /proc")
def test_a_script_that_only_sleeps_is_given_up_and_one_that_is_busy_is_not() -> None:
    sleeps = run_on_stock("import time\ntime.sleep(60)", seconds=50, asleep=0.5)
    assert (sleeps.status, sleeps.output) == ("not reproduced", "no end within 0.5 seconds")
    busy = (
        "import sys, time\n"
        "while time.process_time() < 1.5: pass\n"
        "print('the failure shows')\n"
        "sys.exit(1)\n"
    )  # fmt: skip
    assert run_on_stock(busy, asleep=0.5).status == "reproduced"
    assert run_on_stock("while True: pass", seconds=1).output == "no end within 1 seconds"
