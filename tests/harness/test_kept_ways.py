"""What a program keeps is seen by every way to search it: in parts, in two processes, from a journal, in any order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kept.catalogue import PLACES
from kept.programs import minimal
from kept.searching import each_state, every_schedule, found, loaded

from treadle.explorer import Limits, enumerate_schedules, merge, quiet, split, visit_states
from treadle.loop import task_kind
from treadle.programs import find_program
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import TaskKind

ROOT = Path(__file__).parents[2]

# One of each kind: bound in a module, a cache, imported late, in the process, in a frame, on the loop.
VARIED = (
    "a global: a function",
    "a global: functools.lru_cache",
    "a module imported late: text",
    "a nested class: text",
    "the environment's variables",
    "a frame: which of two names is bound",
    "the loop: text",
    "a global: a simple namespace",
)


@pytest.mark.parametrize("where", VARIED)
def test_in_parts_as_in_one_piece(where: str, tmp_path: Path) -> None:
    """Parts are searched one after the other, as a process does that is given several of them."""
    written = minimal(PLACES[where])
    with loaded(written, tmp_path) as path:
        source = find_program(f"{path}:program")
        every = every_schedule(written, source)
        with quiet():
            run = ProgramWorld(source, ProgramBounds(events=written.events))
            parts = [visit_states(run, Limits(), few=0, roots=[root]) for root in split(run, 8)]
        assert len(parts) >= 8
        assert found(merge(parts)) == found(every)


@pytest.mark.parametrize("where", VARIED)
def test_with_tasks_in_python_as_by_every_schedule(where: str, tmp_path: Path) -> None:
    written = minimal(PLACES[where])
    with loaded(written, tmp_path) as path:
        source = find_program(f"{path}:program")
        assert found(each_state(written, source, TaskKind.PY)) == found(every_schedule(written, source, TaskKind.PY))


@pytest.mark.parametrize("where", VARIED)
def test_in_any_order_as_by_every_schedule(where: str, tmp_path: Path) -> None:
    written = minimal(PLACES[where])
    with loaded(written, tmp_path) as path, task_kind(TaskKind.C), quiet():
        source = find_program(f"{path}:program")
        runs = [ProgramWorld(source, ProgramBounds(events=0, any_order=True)) for _ in range(2)]
        every, once = (visit_states(run, Limits(), few=few) for run, few in zip(runs, (10**9, 0), strict=True))
        assert every.executions == every.schedules
        assert found(once) == found(every)


SHOWS_FRAMES = """
import asyncio
import traceback


async def program(env):
    failed = []

    async def worker(number):
        try:
            await env.future(f"f{number}", error=OSError)
        except OSError as error:
            failed.append(error)

    await asyncio.gather(worker(1), worker(2))
    await asyncio.wait([env.future("d"), env.future("e"), env.future("f")])
    numbers = [frame.f_locals["number"] for each in failed for frame, _ in traceback.walk_tb(each.__traceback__)]
    assert numbers != [2, 1]
"""


SHOWS_LINES = """
import asyncio


async def program(env):
    traces = []

    async def worker(number):
        try:
            if number == 1:
                await env.future(f"f{number}", error=OSError)
            else:
                await env.future(f"f{number}", error=OSError)
        except OSError as error:
            traces.append(error.__traceback__)

    await asyncio.gather(worker(1), worker(2))
    await asyncio.wait([env.future("d"), env.future("e"), env.future("f")])
    assert len(traces) < 2 or traces[0].tb_lineno < traces[1].tb_lineno
"""


@pytest.mark.parametrize("text", [SHOWS_FRAMES, SHOWS_LINES])
def test_what_a_traceback_shows_belongs_to_the_state(text: str, tmp_path: Path) -> None:
    file = tmp_path / "shows.py"
    file.write_text(text, encoding="utf-8")
    source = find_program(f"{file}:program")
    with quiet():
        every = enumerate_schedules(ProgramWorld(source, ProgramBounds(events=2)), Limits())
        once = visit_states(ProgramWorld(source, ProgramBounds(events=2)), Limits(), few=0, distrust=False)
    assert len(every.tallies) == 2
    assert found(once) == found(every)


def told(program: str, *options: str) -> dict[str, Any]:
    """Return what the command line tells of a program, but for what may differ from run to run."""
    command = [sys.executable, "-m", "treadle", "explore", program, "--events", "2", "--json", *options]
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("harness", "models"))
    answer = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False
    )
    assert answer.returncode in (0, 1), answer.stderr
    return dict(json.loads(answer.stdout))


@pytest.mark.parametrize("where", ["a module imported late: text", "a nested class: text"])
def test_two_processes_and_a_journal_tell_the_same(where: str, tmp_path: Path) -> None:
    written = minimal(PLACES[where])
    program = f"{written.write(tmp_path)}:program"
    with loaded(written, tmp_path):
        every = every_schedule(written, find_program(program))
    violating = sum(tally.schedules for outcome, tally in every.tallies.items() if outcome)
    journal = ("--jobs", "2", "--journal", str(tmp_path / "journal"))
    for options in ((), journal, journal):
        result = told(program, *options)
        assert result["verdict"] == "violated", options
        assert result["schedules"] == every.schedules, options
        assert [each["schedules"] for each in result["violations"]] == [violating], options
