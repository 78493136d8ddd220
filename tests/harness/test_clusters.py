"""A cluster is one Treadle: who differs is refused by name, and whoever is lost costs time and no count."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from treadle.cli import main
from treadle.workers import alike, cluster, remote
from treadle.workers.alike import There, here, why_not_alike
from treadle.workers.cluster import Cluster, Reply
from treadle.workers.loaded import CHANGING, GONE, digest_of
from treadle.workers.pool import Answer, WorkerRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType


# Dask looks for an address of this machine, and for a free port, in ways of its own.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Port"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CHECK = [
    "check",
    "treadle-wait",
    "--situation",
    "plain",
    "--situation",
    "shared",
    "--events",
    "1",
    "--steps",
    "1",
    "--json",
]


AT_HOME = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}


@pytest.fixture(scope="module")
def one_thread() -> Iterator[str]:
    """Give the address of a scheduler with one worker that does one thing at a time."""
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, **AT_HOME) as those:
        yield those.scheduler_address


def results(said: str) -> Any:
    return json.loads(said)["results"]


def test_a_cluster_of_one_worker_with_one_thread_is_used(
    one_thread: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    reply = remote.Dask._reply

    def heard(self: remote.Dask, future: Any, index: int) -> Reply:
        asked.append(index)
        return reply(self, future, index)

    monkeypatch.setattr(remote.Dask, "_reply", heard)
    assert main(CHECK) == 0
    alone = results(capsys.readouterr().out)
    assert main([*CHECK, "--backend", "dask", "--cluster", one_thread]) == 0
    assert results(capsys.readouterr().out) == alone
    assert {0, 1} <= {*asked}


@pytest.mark.parametrize("differs", ["Treadle", "a file", "Python"])
def test_a_worker_that_differs_is_refused_by_name_before_it_counts(
    differs: str,
    one_thread: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"mine_{differs.replace(' ', '_')}.py"
    (tmp_path / name).write_text("async def stop(task):\n    task.cancel()\n", encoding="utf-8")
    answer_there = cluster.answer_there

    def other_answer(index: int, request: WorkerRequest[Any]) -> Reply:
        if differs == "Python":
            interpreter = replace(request.place.interpreter, minor="2.7")
            request = replace(request, place=replace(request.place, interpreter=interpreter))
        reply = answer_there(index, request)
        if differs == "Treadle":
            return reply._replace(there=There("the worker there", "0000"))
        files = reply.answer.files
        if differs == "a file":
            files = {**files, str(tmp_path / name): "another"}
        return reply._replace(answer=replace(reply.answer, files=files))

    monkeypatch.setattr(remote, "answer_there", other_answer)
    file = tmp_path / "journal"
    command = ["check", f"{tmp_path / name}:stop", "--situation", "plain", "--events", "1"]
    assert main([*command, "--backend", "dask", "--cluster", one_thread, "--journal", str(file)]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert {
        "Treadle": "the worker there runs another version of Treadle, so its answers are not used",
        "a file": f"has another file {tmp_path / name} than this process",
        "Python": "is Python 3",
    }[differs] in told.err
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1, "nothing of it is kept"


def test_what_is_alike_does_not_depend_on_when_a_file_was_installed(tmp_path: Path) -> None:
    small, large, other = tmp_path / "small.py", tmp_path / "large.so", tmp_path / "data.py"
    small.write_text("1", encoding="utf-8")
    large.write_bytes(b"0" * (1 << 21))
    other.write_text("2", encoding="utf-8")
    files = {str(small): digest_of(str(small)), str(large): f"{1 << 21} bytes of 17", "/etc/hosts": "theirs"}
    assert not why_not_alike(here(), Answer(files={**files, str(other): CHANGING}))
    for file, digest in ((small, "x"), (large, "17 bytes of 17"), (other, GONE), (tmp_path / "new.py", "x")):
        alike._digest_here.cache_clear()
        assert str(file) in why_not_alike(here(), Answer(files={**files, str(file): digest}))


ONE: WorkerRequest[Any] = WorkerRequest(place=cast("Any", None), question=None)


class Others:
    """Answers what it was given, and then no more."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = replies

    def answers(self, _requests: Sequence[WorkerRequest[Any]], _order: Sequence[int]) -> Iterator[Reply]:
        yield from self.replies

    def close(self) -> None:
        pass


def test_what_was_lost_with_its_worker_is_a_failure_and_others_count() -> None:
    lost, found = Answer(failure="lost"), Answer(result=1)
    with Cluster(Others(Reply(1, 3, found, here()), Reply(0, 0, lost, here()))) as those:
        assert those.ask([ONE, ONE]) == [lost, found]


def test_a_cluster_without_workers_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr(remote, "_SECONDS_WITHOUT_WORKERS", 1)
    with distributed.LocalCluster(n_workers=0, **AT_HOME) as those:
        address = those.scheduler_address
        assert main([*CHECK, "--backend", "dask", "--cluster", address]) == 2
    assert f"--cluster {address}: no worker for 1 s" in capsys.readouterr().err
    assert main([*CHECK, "--backend", "dask"]) == 2
    assert "needs the scheduler of a Dask cluster" in capsys.readouterr().err


def test_what_dask_logs_is_not_heard_while_it_is_used(capfd: pytest.CaptureFixture[str]) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    told = logging.getLogger("distributed.client")
    with distributed.LocalCluster(n_workers=0, **AT_HOME) as those:
        dask = remote.Dask(those.scheduler_address)
        told.error("a traceback")
        dask.close()
        told.error("and after that")
    assert "a traceback" not in capfd.readouterr().err
    assert not told.disabled


@pytest.mark.parametrize(
    ("address", "about"), [("", "no Ray cluster could be started"), ("there:1", "--cluster there:1")]
)
def test_ray_that_does_not_start_is_told_in_a_sentence(
    address: str, about: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def init(**_: object) -> None:
        message = "The current node timed out during startup."
        raise Exception(message)  # noqa: TRY002 - as Ray does

    monkeypatch.setitem(
        sys.modules, "ray", cast("ModuleType", SimpleNamespace(is_initialized=lambda: False, init=init))
    )
    assert main([*CHECK, "--backend", "ray", *(["--cluster", address] if address else [])]) == 2
    said = capsys.readouterr().err
    assert about in said
    assert "timed out during startup" in said
