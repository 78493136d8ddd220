"""A command ends in one line and an exit status, whatever becomes of its streams and its terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pythons import ALL

from treadle.errors import MisuseError
from treadle.report.render import see_its_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK = ["check", "treadle-wait", "--situation", "plain", "--situation", "self", "--events", "1"]
COMMAND = [sys.executable, "-m", "treadle", *CHECK]
POOL = """\
import asyncio


async def program(env):
    free = asyncio.Semaphore(1)

    async def use(number):
        async with free:
            await env.future(f"answer {number}")

    tasks = [env.cancellable(asyncio.create_task(use(number))) for number in range(5)]
    await asyncio.wait(tasks)
"""


def environment(**changed: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **changed}


def in_shell(redirected: str, command: Sequence[str] = COMMAND) -> subprocess.CompletedProcess[str]:
    line = f'exec "$@" {redirected}'
    return subprocess.run(
        ["bash", "-c", line, "-", *command],  # noqa: S607
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirected", "status"),
    [
        (">&-", 2),
        ("> /dev/full", 2),
        ("2>&-", 0),
        ("<&-", 0),
        ("<&- 2>&- >&-", 2),
        ("2> /dev/full", 0),
    ],
)
def test_a_stream_that_is_closed_or_full_is_told_in_a_line(redirected: str, status: int) -> None:
    done = in_shell(redirected)
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (status != 0 and "2>" not in redirected)
    if not status:
        assert "treadle-wait" in done.stdout


@pytest.mark.parametrize("asked", ["--help", "--version", "explore --help"])
def test_help_that_is_lost_is_told(asked: str) -> None:
    command = f"{sys.executable} -m treadle {asked} > /dev/full"
    done = subprocess.run(["bash", "-c", command], env=environment(), capture_output=True, text=True, check=False)  # noqa: S607
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_whoever_has_read_enough_is_told_nothing() -> None:
    for command in (["claims"], ["check", "--help"]):
        done = in_shell("| head -c 10", [sys.executable, "-m", "treadle", *command])
        assert len(done.stdout) == 10
        assert not done.stderr


BARE = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
SURROUNDINGS = {
    "nothing": BARE,
    "no home": {**BARE, "HOME": "/nowhere/at/all"},
    "ASCII": {**BARE, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": "C"},
    "no columns": {**BARE, "COLUMNS": "0"},
    "too many": {**BARE, "COLUMNS": "9" * 30},
    "forty": {**BARE, "COLUMNS": "40", "TERM": "dumb"},
}


@pytest.mark.parametrize("surroundings", SURROUNDINGS if ALL else ["nothing", "no columns", "forty"])
def test_a_command_has_the_same_to_say_in_any_surroundings(surroundings: str) -> None:
    told = SURROUNDINGS[surroundings]
    done = subprocess.run(COMMAND, env=told, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done
    assert not done.stderr
    assert b"holds" in done.stdout
    assert max(map(len, done.stdout.decode("utf-8").splitlines())) <= (70 if surroundings == "forty" else 120)


def on_terminal(**changed: str) -> tuple[int, str]:
    """Run the command on a terminal; return its exit status, and all that it wrote."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(COMMAND, env=environment(**changed), stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # nobody is at the other end any more
        while more := os.read(ours, 4096):
            said += more
    os.close(ours)
    return process.wait(60), said.decode()


KINDS = [{"COLUMNS": "0", "TERM": "dumb"}, {"COLUMNS": "40"}, {"PYTHONIOENCODING": "ascii"}]


@pytest.mark.parametrize("changed", KINDS if ALL else KINDS[:1], ids=str)
def test_a_terminal_of_any_kind_is_written_to(changed: dict[str, str]) -> None:
    status, said = on_terminal(**changed)
    assert status == 0, said
    assert "Traceback" not in said
    assert "holds" in said


def test_a_folder_with_spaces_and_other_letters_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a folder, 'wíth' ünusual\nletters"
    folder.mkdir()
    (folder / "pool.py").write_text(POOL.replace("range(5)", "range(1)"), encoding="utf-8")
    command = [sys.executable, "-m", "treadle", "explore", "pool.py:program", "--json", "--journal", "a journal"]
    for _ in range(2):
        done = subprocess.run(command, env=environment(), cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        assert json.loads(done.stdout)["verdict"] == "holds"
        assert not done.stderr


def test_a_report_that_this_user_may_not_write_is_told_before_anything_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    for file in (tmp_path / "report.html", tmp_path):
        with pytest.raises(MisuseError, match="cannot be written: this user has no right to"):
            see_its_folder(str(file))


# Interrupts

LONG = [
    ["check", "--jobs", "2"],
    ["explore", "pool.py:program", "--events", "5", "--jobs", "2"],
    ["explain", "docs-example", "--events", "5"],
    ["prove", "--jobs", "2"],
    ["claims", "--run"],
]


def still_there(mark: str) -> list[str]:
    """Return the commands of all processes that were started with a mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"TREADLE_MARK={mark}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text(encoding="utf-8"))
    return [each for each in found if each]  # what has ended, and nobody has asked about, has no command any more


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are looked up in /proc")
@pytest.mark.parametrize("command", LONG if ALL else LONG[:4:3], ids=lambda command: command[0])
def test_an_interrupt_ends_a_command_within_a_second_and_all_that_it_has_started(
    command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "pool.py").write_text(POOL, encoding="utf-8")
    chance = random.Random(command[0])  # noqa: S311 - no secrets here
    for number in range(10 if ALL else 1):
        mark = f"{os.getpid()}-{command[0]}-{number}"
        process = subprocess.Popen(
            [sys.executable, "-m", "treadle", *command],
            env=environment(TREADLE_MARK=mark),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.8, 2.5))  # a second after it starts, Python itself is ready for an interrupt
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of its processes
        _, said = process.communicate(timeout=60)
        took = time.monotonic() - began
        assert process.returncode == 130, said
        assert said.startswith("treadle: interrupted"), said
        assert said.count("\n") == 1, said
        assert took < (1 if ALL else 10), "a machine that runs other tests as well is slower"
        time.sleep(0.2)
        assert not still_there(mark)
