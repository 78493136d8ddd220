"""What a program does to the builtins, it does to itself: Treadle's own modules have a copy."""

from __future__ import annotations

import asyncio
import builtins
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NoReturn
from unittest import mock

import pytest

import treadle
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from treadle import Env


def _refuse(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError


@pytest.mark.parametrize("name", ["len", "sorted", "enumerate", "zip", "any", "sum", "range", "open", "dict", "min"])
def test_a_program_may_break_a_builtin_for_itself(name: str) -> None:
    async def program(env: Env) -> None:
        waits = env.cancellable(asyncio.create_task(asyncio.sleep(1)))
        with mock.patch.object(builtins, name, _refuse):
            while not waits.done():  # noqa: ASYNC110 - it runs again and again
                await asyncio.sleep(0.25)

    explored = treadle.explore(program, events=1)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules > 1


def test_one_that_it_never_gives_back_is_missed_by_nobody_else(tmp_path: Path) -> None:
    """In a process of its own: the others here need it."""
    file = tmp_path / "breaks.py"
    file.write_text(
        "import asyncio, builtins\n\n\nasync def program(env):\n    builtins.sorted = builtins.zip = None\n"
        "    await asyncio.wait([env.cancellable(asyncio.create_task(asyncio.sleep(1)))])\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "treadle", "explore", f"{file}:program", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    document: Any = json.loads(done.stdout)
    assert document["verdict"] == "holds"
