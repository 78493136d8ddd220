"""Searches in parts, on other processes and machines, and after a kill: always the same counts."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from treadle.cli import main

if TYPE_CHECKING:
    from pathlib import Path

ALL = os.environ.get("TREADLE_TESTS") == "all"
CHECK = ["check", "docs-example", "rrevans-wait", "--events", "1", "--steps", "2", "--json"]
FEW = [word for each in ("plain", "shared", "timeout", "done/result") for word in ("--situation", each)]

POOL = """\
import asyncio


async def program(env):
    free = asyncio.Semaphore(1)

    async def use(number):
        async with free:
            await env.future(f"answer {number}")

    tasks = [env.cancellable(asyncio.create_task(use(number))) for number in range(3)]
    await asyncio.wait(tasks)
    env.choose(range(3))
    assert free._value == 1


async def fails(env):
    await program(env)
    assert not env.branch()
"""


@pytest.fixture
def pool(tmp_path: Path) -> str:
    file = tmp_path / "pool.py"
    file.write_text(POOL, encoding="utf-8")
    return f"{file}:program"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    main(arguments)
    captured = capsys.readouterr()
    assert captured.out, captured.err
    document = json.loads(captured.out)
    del document["measured"]
    return document


# In parts


def test_a_program_in_parts_has_the_same_schedules_and_violations(
    pool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = pool.replace(":program", ":fails")
    whole = run(capsys, "explore", pool, "--json")
    two = run(capsys, "explore", pool, "--json", "--jobs", "2")
    assert two["schedules"] == whole["schedules"] > 500
    assert two["violations"] == whole["violations"] != []
    assert "subtrees" in two["search"]
    assert "subtrees" not in whole["search"]
    assert run(capsys, "explore", pool, "--json", "--jobs", "1") == two


def test_a_part_that_dies_cuts_the_search_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dies.py"
    file.write_text(
        "import os\n\n\n"
        "async def program(env):\n"
        "    choices = [env.choose(range(9)) for _ in range(3)]\n"
        "    if choices == [4, 4, 4]:\n        os._exit(3)\n",
        encoding="utf-8",
    )
    told = run(capsys, "explore", f"{file}:program", "--json", "--jobs", "2")
    assert (told["verdict"], told["ended"]) == ("no violation found", "stopped")
    assert "exit status 3" in told["stopped"]
    assert told["schedules"] == 9**3 - 9  # all but those of that part


# Elsewhere


@pytest.mark.parametrize("backend", ["threading", "loky"] if ALL else ["loky"])
def test_joblib_has_the_same_counts(backend: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("joblib", reason="the extra `jobs` is not installed")
    here = run(capsys, *CHECK, *FEW)
    assert run(capsys, *CHECK, *FEW, "--backend", backend, "--jobs", "2") == here


def test_a_dask_cluster_has_the_same_counts(pool: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("joblib", reason="the extra `cluster` is not installed")
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
    with distributed.LocalCluster(**options, host="127.0.0.1", dashboard_address=None) as cluster:
        there = ["--backend", "dask", "--cluster", cluster.scheduler_address, "--jobs", "2"]
        assert run(capsys, *CHECK, *FEW, *there) == run(capsys, *CHECK, *FEW)
        parts = run(capsys, "explore", pool, "--json", *there)
    assert parts == run(capsys, "explore", pool, "--json", "--jobs", "1")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--backend", "nonsense"], "--backend nonsense"),
        (["--cluster", "tcp://127.0.0.1:1"], "--backend dask"),
    ],
)
def test_a_crew_that_there_is_not_is_misuse(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    assert main([*CHECK, *options]) == 2
    assert said in capsys.readouterr().err


def test_a_cluster_that_does_not_answer_is_misuse(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr("treadle.cli.cluster._SECONDS_TO_ANSWER", 1)
    assert main([*CHECK, "--backend", "dask", "--cluster", "tcp://127.0.0.1:1"]) == 2
    assert "no Dask scheduler answers" in capsys.readouterr().err


# After a kill


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "treadle", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("what", ["check", "explore"])
def test_a_command_that_is_killed_goes_on_where_it_was(
    what: str, pool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = CHECK if what == "check" else ["explore", pool, "--json"]
    journal = tmp_path / "journal"
    options = [*arguments, "--jobs", "2", "--journal", str(journal)]
    chance = random.Random(what)  # noqa: S311 - no secrets here
    known: list[str] = []
    kills = 0
    while True:
        process = start(*options)
        try:
            out, error = process.communicate(timeout=chance.uniform(0.4, 1.6) + kills)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
            lines = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
            assert lines[: len(known)] == known  # nothing that was counted is lost
            known = lines
            if chance.random() < 0.5 and known:
                with journal.open("a", encoding="utf-8") as file:
                    file.write('{"key": "cut sh')  # as a kill in the middle of a line leaves it
            continue
        assert out, error
        break
    keys = [json.loads(line)["key"] for line in journal.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(set(keys)) == len(keys)  # nothing was counted twice
    found = json.loads(out)
    del found["measured"]
    assert found == run(capsys, *arguments, "--jobs", "1")
    assert kills


def test_what_a_journal_knows_is_not_asked_again(pool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explore", pool, "--json", "--journal", str(tmp_path / "journal")]
    first = run(capsys, *options)
    written = (tmp_path / "journal").read_bytes()
    assert run(capsys, *options) == first
    assert (tmp_path / "journal").read_bytes() == written
    file = tmp_path / "pool.py"
    file.write_text(POOL.replace("range(3)", "range(2)"), encoding="utf-8")
    assert run(capsys, *options)["schedules"] < first["schedules"]  # another program: nothing of it is known


def test_a_file_that_is_no_journal_is_left_alone(pool: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = pool.rpartition(":")[0]
    assert main(["explore", pool, "--journal", file]) == 2
    assert "is no journal" in capsys.readouterr().err
    assert main(["explore", pool, "--journal", "/nowhere/at/all"]) == 2
    assert "name a file that can be written" in capsys.readouterr().err
    with open(file, encoding="utf-8") as text:  # noqa: PTH123 - a name, as the command has it
        assert text.read() == POOL
