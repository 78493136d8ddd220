"""Searches in parts, on other processes and machines, and after a kill: always the same counts."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.check import Job
from treadle.cli import main
from treadle.cli.parts import ask_whole_and_split, which_are_split
from treadle.schedule import Bounds, TaskKind
from treadle.workers.interpreters import find_interpreters
from treadle.workers.pool import Answer, Pool, WorkerPlace, WorkerRequest
from treadle.workers.remote import ON_THIS_MACHINE
from treadle.workers.requests.targets import JudgeCell

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CHECK = ["check", "docs-example", "rrevans-wait", "--events", "1", "--steps", "2", "--json"]
LARGE = ["check", "rrevans-wait", "--situation", "nested", "--events", "4", "--steps", "1", "--json"]
SMALL = ["--json", "--events", "1"]
FEW = [word for each in ("plain", "shared", "timeout", "done/result") for word in ("--situation", each)]

POOL = """\
import asyncio


async def program(env):
    free = asyncio.Semaphore(1)

    async def use(number):
        async with free:
            await env.future(f"answer {number}")

    tasks = [env.cancellable(asyncio.create_task(use(number))) for number in range(2)]
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


@pytest.fixture(scope="module")
def checked() -> Any:
    """What the processes of a pool answer, once for all who compare with it."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main([*CHECK, *FEW])
    document = json.loads(out.getvalue())
    del document["measured"]
    return document


# In parts


def test_a_program_in_parts_has_the_same_schedules_and_violations(
    pool: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = pool.replace(":program", ":fails")
    whole = run(capsys, "explore", pool, "--json")
    two = run(capsys, "explore", pool, "--json", "--jobs", "2")
    assert two["schedules"] == whole["schedules"] > 200
    assert two["violations"] == whole["violations"] != []
    assert "parts" in two["search"]
    assert "parts" not in whole["search"]
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


def without_work(document: Any) -> Any:
    """Leave out what may differ where a search was split: the executions and the states that it took."""
    for result in document["results"]:
        del result["executions"], result["states"]
    return document


def test_a_large_search_of_a_check_is_split_and_has_the_same_counts_and_counterexamples(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = Pool.ask

    def listening(self: Pool, requests: Sequence[WorkerRequest[Any]], *others: Any) -> list[Answer]:
        asked.extend(request.question.does for request in requests)
        return ask(self, requests, *others)

    monkeypatch.setattr(Pool, "ask", listening)
    whole = without_work(run(capsys, *LARGE, "--jobs", "1"))
    assert "judge part" not in asked
    asked.clear()
    assert without_work(run(capsys, *LARGE, "--jobs", "6")) == whole
    assert asked.count("judge part") >= 8
    assert {"find parts", "conclude parts"} < set(asked)


def test_a_split_search_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for word in LARGE if word != "--json"]
    main([*words, "--jobs", "6"])
    assert "parts, as --jobs asked for: a state that two of them reach is counted in both" in " ".join(
        capsys.readouterr().out.split()
    )


def test_what_is_split_depends_on_what_is_asked_for() -> None:
    large, small = Bounds(events=4, steps=1), Bounds(events=3, steps=3)
    assert which_are_split(large, [45_000.0], 6) == [0]
    assert which_are_split(large, [45_000.0], 5) == []  # they would do more than one alone
    assert which_are_split(large, [45_000.0], 1) == []
    assert which_are_split(small, [45_000.0], 6) == []  # the bounds of the catalogue: always in one piece
    assert which_are_split(large, [20.0], 6) == []
    assert which_are_split(large, [45_000.0] * 24, 6) == []  # there is enough to do for six
    assert which_are_split(large, [45_000.0, 20.0], 6) == [0]


class Silent:
    """Answers all requests but those of one kind, and keeps what it was asked."""

    def __init__(self, about: str) -> None:
        self.about = about
        self.asked: list[dict[str, Any]] = []
        nothing = {"ended": "bounded", "reason": "", "executions": 1, "schedules": 1, "states": 1, "tallies": []}
        self.results: dict[str, Any] = {
            "find parts": {"cut": "at states", "exploration": nothing, "groups": [[], []]},
            "judge part": nothing,
            "judge": "judged in one piece",
            "conclude parts": "put together",
        }

    def ask(self, requests: Sequence[WorkerRequest[Any]], *_: object, **__: object) -> list[Answer]:
        self.asked += [request.question.as_json() for request in requests]
        does = [request.question.does for request in requests]
        return [Answer(failure="it is gone") if do == self.about else Answer(result=self.results[do]) for do in does]


def ask_silent(about: str) -> tuple[Answer, dict[str, Any]]:
    """Ask for one large search, without any answer to one kind of request; return the answer and the last request."""
    (interpreter,) = find_interpreters([])
    job = Job(target="docs-example", situation="plain", bounds=Bounds(events=1, steps=1))
    question = JudgeCell(target=job.target, job=job, seconds=1)
    request = WorkerRequest(place=WorkerPlace(interpreter=interpreter, task=TaskKind.C), question=question, cost=1.0)
    silent = Silent(about)
    (answer,) = ask_whole_and_split(silent, [request], [0])
    return answer, silent.asked[-1]


def test_a_search_that_could_not_be_split_is_judged_in_one_piece() -> None:
    assert ask_silent("find parts")[0].result == "judged in one piece"


def test_a_part_without_an_answer_cuts_the_search_off() -> None:
    _, last = ask_silent("judge part")
    assert last["do"] == "conclude parts"
    assert (last["exploration"]["ended"], last["exploration"]["reason"]) == ("stopped", "it is gone")


def test_parts_that_could_not_be_put_together_have_no_result() -> None:
    assert ask_silent("conclude parts")[0] == Answer(failure="it is gone")


# Elsewhere


@pytest.mark.parametrize("backend", ["threading", "loky"] if ALL else ["loky"])
def test_joblib_has_the_same_counts(backend: str, checked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("joblib", reason="the extra `jobs` is not installed")
    assert run(capsys, *CHECK, *FEW, "--backend", backend, "--jobs", "2") == checked


def test_a_dask_cluster_has_the_same_counts(pool: str, checked: Any, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("joblib", reason="the extra `cluster` is not installed")
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "protocol": "tcp"}
    with distributed.LocalCluster(**options, host="127.0.0.1", dashboard_address=None) as cluster:
        there = ["--backend", "dask", "--cluster", cluster.scheduler_address, "--jobs", "2"]
        assert run(capsys, *CHECK, *FEW, *there) == checked
        parts = run(capsys, "explore", pool, *SMALL, *there)
    assert parts == run(capsys, "explore", pool, *SMALL, "--jobs", "1")


@pytest.mark.skipif(not ALL, reason="a Ray cluster takes long to start; TREADLE_TESTS=all starts one")
def test_a_ray_cluster_has_the_same_counts(monkeypatch: pytest.MonkeyPatch, checked: Any) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray = pytest.importorskip("ray", reason="the extra `ray` is not installed: pip install 'treadle[ray]'")
    ray.init(num_cpus=2, log_to_driver=False, **ON_THIS_MACHINE)
    try:
        address = ray.get_runtime_context().gcs_address
        assert address.startswith("127.")
        process = start(*CHECK, *FEW, "--backend", "ray", "--cluster", address, "--jobs", "2")
        out, error = process.communicate()
    finally:
        ray.shutdown()
    assert out, error
    found = json.loads(out)
    del found["measured"]
    assert found == checked


def test_a_backend_that_returns_answers_together_only_is_asked_for_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch, checked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    joblib = pytest.importorskip("joblib", reason="the extra `jobs` is not installed")

    class Together(joblib.Parallel):  # type: ignore[misc, name-defined]
        def __init__(self, *, return_as: str = "list", **options: Any) -> None:
            if return_as != "list":
                raise ValueError(return_as)
            super().__init__(**options)

    monkeypatch.setattr(joblib, "Parallel", Together)
    assert run(capsys, *CHECK, *FEW, "--backend", "threading", "--jobs", "1") == checked


def test_ray_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("joblib", reason="the extra `jobs` is not installed")
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main([*CHECK, "--backend", "ray"]) == 2
    assert "pip install 'treadle[ray]'" in capsys.readouterr().err


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
    monkeypatch.setattr("treadle.workers.remote._SECONDS_TO_ANSWER", 1)
    assert main([*CHECK, "--backend", "dask", "--cluster", "tcp://127.0.0.1:1"]) == 2
    assert "no Dask scheduler answers" in capsys.readouterr().err


# After a kill


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "treadle", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def lines_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")[:-1] if file.exists() else []


@pytest.mark.parametrize("what", ["check", "explore"])
def test_a_command_that_is_killed_goes_on_where_it_was(
    what: str, pool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = LARGE if what == "check" else ["explore", pool, *SMALL]
    file = tmp_path / "journal"
    jobs = ["--jobs", "6" if what == "check" else "2"]
    options = [*arguments, *jobs, "--journal", str(file)]
    known: list[str] = []
    for kills in range(2):
        process = start(*options)
        while process.poll() is None and len(lines_of(file)) < len(known) + 4:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL  # it had not come to its end
        lines = lines_of(file)
        assert lines[: len(known)] == known  # nothing that was counted is lost
        known = lines
        if kills:
            with file.open("a", encoding="utf-8") as text:
                text.write('{"key": "cut sh')  # as a kill in the middle of a line leaves it
    found = run(capsys, *options)
    assert lines_of(file)[: len(known)] == known
    keys = [json.loads(line)["line"]["key"] for line in lines_of(file)[1:]]
    assert len(set(keys)) == len(keys)  # nothing was counted twice
    assert found == run(capsys, *arguments, *jobs)


def test_what_a_journal_knows_is_not_asked_again(pool: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["explore", pool, *SMALL, "--journal", str(tmp_path / "journal")]
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
    assert "is not a journal" in capsys.readouterr().err
    assert main(["explore", pool, "--journal", "/nowhere/at/all"]) == 2
    assert "name a file that can be written" in capsys.readouterr().err
    with open(file, encoding="utf-8") as text:  # noqa: PTH123 - a name, as the command has it
        assert text.read() == POOL
