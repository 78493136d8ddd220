"""The commands that a counterexample ends with: copied from where they were printed, they show it again."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from treadle.workers.interpreters import find_interpreter

ROOT = Path(__file__).parents[2]
TARGET = """\
import asyncio


async def swallows(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        return


async def program(env):
    task = env.cancellable(asyncio.create_task(swallows(env.future("never", never=True))))
    await asyncio.wait([task])
    assert not task.cancelled()
    assert task.result() is not None


async def busy(env):
    for _ in range(300):
        await asyncio.sleep(0)
    assert not env.branch()
"""


class Shell:
    """A shell in a folder with a file, in which the command `treadle` is found, and another interpreter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "it's here.py").write_text(TARGET, encoding="utf-8")
        tools = folder / "tools of mine"
        tools.mkdir()
        command = tools / "treadle"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m treadle "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        self.python = tools / "another python"
        self.python.symlink_to(Path(sys.executable).resolve())
        path = os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models")])
        paths = os.pathsep.join([str(tools), os.environ["PATH"]])
        self.environment = {**os.environ, "PYTHONPATH": path, "PATH": paths, "COLUMNS": "100"}

    def run(self, line: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert not done.stderr.startswith("treadle: '"), done.stderr
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def line_of(what: str, text: str) -> str:
    return next(line.removeprefix(f"{what}:").strip() for line in text.splitlines() if line.startswith(f"{what}:"))


def test_a_program_is_replayed_on_the_interpreter_with_the_tasks_and_bounds_that_it_needs(shell: Shell) -> None:
    name = '"it\'s here.py:busy" --task Py --any-order --callbacks 150 --events 1'
    first = shell.run(f"treadle explore {name} --python '{shell.python}'")
    line = line_of("replay", first)
    assert f"--python '{shell.python}' --callbacks 150" in line
    again = shell.run(line)
    assert line_of("replay", again) == line
    assert "the program goes on" in " ".join(first.split())
    assert "the program goes on" in " ".join(again.split())
    assert "Py tasks; at most 1 event" in again


def test_a_program_is_replayed_without_more_where_nothing_is_needed(shell: Shell) -> None:
    line = line_of("replay", shell.run('treadle explore "it\'s here.py:program" --events 1'))
    assert "--python" not in line
    assert "--callbacks" not in line
    assert line_of("replay", shell.run(line)) == line


def test_replay_takes_the_token_of_a_program_too(shell: Shell) -> None:
    line = line_of("replay", shell.run('treadle explore "it\'s here.py:program" --events 1'))
    token = shlex.split(line)[-1]
    again = shell.run(f"treadle replay {shlex.quote(token)}")
    assert "1 schedule in 1 execution" in again
    assert line_of("replay", again) == line
    for command, told in (
        (["replay", token, "--svg", "picture.svg"], "--svg picture.svg is for counterexamples of `check`"),
        (["replay", token, "--callbacks"], "--callbacks is for counterexamples of `check`"),
        (["script", token], "only a counterexample of `check` has a script"),
    ):
        refused = subprocess.run(
            [sys.executable, "-P", "-m", "treadle", *command],
            cwd=shell.folder,
            env=shell.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode == 2
        assert told in refused.stderr


def test_replay_shows_done_callbacks_in_text_and_picture_where_it_is_told_to(shell: Shell) -> None:
    """The controller awaits the dependency from its first step on: its wake-up is the one done callback."""
    token = "osipenko-proposal/plain/lost:v1:C.3.3.0001.e3dd96"
    told = " ".join(shell.run(f"treadle replay {token} --callbacks --svg picture.svg").split())
    assert "0 done callbacks]" in told
    drawn = (shell.folder / "picture.svg").read_text(encoding="utf-8")
    assert ">0 done callbacks<" in drawn
    assert ">1 done callback<" in drawn
    assert "done callback" not in shell.run(f"treadle replay {token}")


def test_a_target_is_replayed_on_the_interpreter_that_it_was_checked_on(shell: Shell) -> None:
    name = '"it\'s here.py:swallows" --task Py --situation plain --property lost --events 1 --steps 1'
    first = shell.run(f"treadle explain {name} --python '{shell.python}'")
    for what in ("replay", "script"):
        assert line_of(what, first).endswith(f" --python '{shell.python}'")
    again = shell.run(line_of("replay", first))
    assert "the controller goes on although it was cancelled" in " ".join(again.split())
    assert line_of("script", again) == line_of("script", first)
    assert "asyncio.run(main())" in shell.run(line_of("script", first))
    here = shell.run(f"treadle explain {name}")
    assert "--python" not in line_of("replay", here)
    assert line_of("replay", shell.run(f"{line_of('replay', here)}; echo 'replay: again'")) == "again"


def test_an_interpreter_is_named_in_a_way_that_finds_it_again(shell: Shell) -> None:
    found = find_interpreter(str(shell.python))
    assert found.option == f" --python '{shell.python}'"
    assert find_interpreter(sys.executable).option == ""


def test_explain_shows_states_and_numbers_of_done_callbacks_when_asked_for(shell: Shell) -> None:
    asked = "treadle explain osipenko-proposal --situation plain --property lost"
    told, with_states, with_callbacks = (
        " ".join(shell.run(f"{asked}{each}").split()) for each in ("", " --states", " --callbacks")
    )
    assert "cancelling 0" not in told
    assert "[cancelling 0; waits for dependency]" in with_states
    assert "done callback" not in with_states
    assert "1 done callback]" in with_callbacks
    for each in (told, with_states, with_callbacks):
        assert "minimal: no counterexample with fewer events" in each
        assert "replay: treadle replay osipenko-proposal/plain/lost:" in each


POLLS = """
import asyncio

async def stop(task):
    task.cancel()
    while True:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            pass
"""


def test_a_counterexample_that_goes_round_is_told_once_and_how_often(shell: Shell) -> None:
    (shell.folder / "poll.py").write_text(POLLS, encoding="utf-8")
    bounds = "--situation plain --property ends --events 1 --steps 1"
    told = shell.run(f"treadle explain poll.py:stop {bounds}")
    assert re.search(r"\n {6,}\.\.\. the 2 steps above, \d+ more times\n", told)
    assert told.count("goes on") <= 3
    states = shell.run(f"treadle explain poll.py:stop {bounds} --states")
    assert re.search(r"\n {6,}\.\.\. the \d+ steps above, \d+ more times\n", states)
