"""Each state once finds what every schedule finds, on each interpreter that is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pythons import ALL, ROOT, VERSIONS, drive, every_kind, every_version, found_or_skip, interpreters

if TYPE_CHECKING:
    from pathlib import Path

# All pairs of candidate and situation take minutes; by default one in eleven, a number that divides neither of them.
EXTENT = ("--events", "2", "--steps", "2") if ALL else ("--events", "2", "--steps", "1", "--every", "11")


@every_kind
@every_version
def test_each_state_once_and_every_schedule_agree(version: str, kind: str) -> None:
    if kind != "C" and not ALL:
        pytest.skip("tasks in pure Python are compared with TREADLE_TESTS=all")
    found = found_or_skip(version)
    for full, python in found.items():
        summary = drive(python, "--task", kind, *EXTENT, comparison="states.py")
        assert summary["python"] == full
        assert summary["differences"] == []
        assert summary["opaque"] == []
        assert summary["compared"] > (400 if ALL else 30)
        assert summary["executions"] < summary["schedules"]  # or no state was ever known


CORRELATOR = """
import asyncio
import logging

log = logging.getLogger("correlator")


class Correlator:
    def __init__(self):
        self.seq = 0
        self.open = {}

    async def request(self, timeout):
        self.seq += 1
        answer = self.open[self.seq] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            log.warning("no answer to %d", self.seq)
        finally:
            self.open.pop(self.seq, None)

    def reply(self, number):
        if number in self.open and not self.open[number].done():
            self.open[number].set_result(number)


async def program(env):
    correlator = Correlator()
    for number in (1, 2):
        env.may(lambda number=number: correlator.reply(number), name=f"reply {number}")
    begins = env.future("begins")

    async def second():
        await begins
        return await correlator.request(2)

    tasks = [asyncio.create_task(each) for each in (correlator.request(1), second())]
    env.cancellable(tasks[0])
    await asyncio.wait(tasks)
"""


def test_the_same_states_are_told_apart_on_every_version(tmp_path: Path) -> None:
    """What Treadle itself runs (on a tick of its watch, say), or puts in the place of others, is none of the program's.

    This one logs, and has an attribute that is called as a function of the operating system is.
    """
    file = tmp_path / "correlator.py"
    file.write_text(CORRELATOR, encoding="utf-8")
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("harness", "models"))
    told = {}
    for python in [path for version in VERSIONS for path in interpreters(version).values()]:
        command = [sys.executable, "-m", "treadle", "explore", f"{file}:program", "--events", "3", "--json"]
        run = subprocess.run(
            [*command, "--python", python], env={**os.environ, "PYTHONPATH": paths}, capture_output=True, check=False
        )
        found = json.loads(run.stdout)
        assert not found["opaque"], (python, found["opaque"])
        told[python] = found["schedules"], found["executions"], found["states"]
    assert len(set(told.values())) == 1, told
