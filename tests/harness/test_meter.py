"""How far the work has got: counts, a bar and the time that is left on a terminal, nothing in a pipe."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from treadle.cli.meter import Meter
from treadle.schedule import TaskKind
from treadle.workers.alike import here
from treadle.workers.cluster import Cluster, Joblib, Reply
from treadle.workers.interpreters import find_interpreters
from treadle.workers.pool import Answer, WorkerPlace, WorkerRequest
from treadle.workers.requests.request import Resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals on this platform")

EXPLORE = ["explore", "--json", "--jobs", "2"]
PROGRAM = """\
async def program(env):
    assert sum(env.choose(range(9)) for _ in range(4)) >= 0
"""


def read_terminal(arguments: Sequence[str]) -> tuple[str, str]:
    """Run Treadle with its standard error on a pseudo-terminal; return what stood there and what it printed."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm", "COLUMNS": "100"}
    command = [sys.executable, "-m", "treadle", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = b"".join(read_until_closed(ours))
    os.close(ours)
    out, _ = process.communicate()
    return shown.decode(), out


def read_until_closed(end: int) -> Iterator[bytes]:
    while True:
        select.select([end], [], [])
        try:
            some = os.read(end, 4096)
        except OSError:  # Linux's way to say that nobody has the other end any more
            return
        if not some:
            return
        yield some


def test_a_search_in_parts_shows_counts_and_time_left_on_a_terminal_and_then_nothing(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, encoding="utf-8")
    shown, out = read_terminal([*EXPLORE, f"{file}:program"])
    counts = [tuple(map(int, found)) for found in re.findall(r"(\d+) of (\d+) (?:searches|parts) done", shown)]
    parts = [done for done, of in counts if of > 1]
    assert parts == sorted(parts)
    assert parts[-1] > parts[0]
    executions = [int(each.replace(",", "")) for each in re.findall(r"done, ([\d,]+) executions", shown)]
    assert 0 < max(executions) <= 9**4 + 1
    assert re.search(r"\d\d:\d\d", shown) or "--:--" in shown  # what is left
    assert shown.rstrip().endswith("\x1b[2K")  # the bar has been wiped away
    assert '"schedules": 6561' in out


def test_a_pipe_stays_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with Meter("searches", [1.0]) as meter:
        meter.heard(0, 10, done=True)
    assert not pipe.getvalue()


def test_the_time_left_is_that_of_the_work_done_so_far() -> None:
    now = 0.0
    with Meter("searches", [100.0, 300.0]) as meter:
        meter._progress.get_time = lambda: now
        for _ in range(10):
            now += 1.0
            meter.heard(0, 9, done=False)
        now += 1.0
        meter.heard(0, 1, done=True)
        remaining = meter._progress.tasks[0].time_remaining
    # 91 executions in 10 seconds, or 100 in 11: then 300 take half a minute.
    assert remaining is not None
    assert 25 <= remaining <= 40
    assert meter.told() == "1 of 2 searches done, 91 executions"


def test_a_search_that_is_larger_than_expected_does_not_count_as_done() -> None:
    with Meter("searches", [10.0, 10.0]) as meter:
        meter.heard(0, 10_000, done=False)
        assert meter._progress.tasks[0].completed == 9.5
        meter.heard(0, 1, done=True)
        assert meter._progress.tasks[0].completed == 10.0


def test_an_interrupted_user_is_told_what_was_done() -> None:
    def interrupted() -> None:
        with Meter("searches", [1.0, 1.0]) as meter:
            meter.heard(0, 3, done=True)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        interrupted()
    assert caught.value.__notes__ == ["1 of 2 searches done, 3 executions"]


def test_what_joblib_answers_is_heard_of_with_its_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("joblib", reason="the extra `jobs` is not installed")
    (interpreter,) = find_interpreters([])
    requests = [
        WorkerRequest(place=WorkerPlace(interpreter=interpreter, task=TaskKind.C), question=Resolve(target="any"))
        for _ in range(3)
    ]

    def at_once(index: int, _: object) -> Reply:
        return Reply(index, 7, Answer(result=index), here())

    monkeypatch.setattr("treadle.workers.cluster.answer_there", at_once)
    heard: list[tuple[int, int, bool]] = []
    with Cluster(Joblib(2, "threading")) as cluster:
        answers = cluster.ask(requests, lambda *each: heard.append(each))
    assert [answer.result for answer in answers] == [0, 1, 2]
    assert sorted(heard) == [(0, 7, True), (1, 7, True), (2, 7, True)]
