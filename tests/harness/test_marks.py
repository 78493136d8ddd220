"""A search that was killed goes on from the last mark that it has left, in another process, to the same document."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.check import resolve_target
from treadle.check.worlds import world_of
from treadle.cli import main
from treadle.explorer import Limits, search, visit_states
from treadle.explorer.marks import ANEW, Marks
from treadle.fingerprint import Digests, watching_code
from treadle.fingerprint.encoder import token_of
from treadle.schedule import Bounds, TaskKind
from treadle.workers.lines import _written

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = """\
import asyncio

import oddity


def seldom():
    return "code that runs for the first time when most of the search is over"


async def by_states(env):
    lock = asyncio.Lock()

    async def use(answer):
        try:
            async with lock:
                await answer
        except asyncio.CancelledError:
            seldom()
            raise

    tasks = [env.cancellable(asyncio.create_task(use(env.future(f"answer {each}")))) for each in range(4)]
    await asyncio.wait(tasks)


async def by_schedules(env):
    strange = oddity.strange  # its state cannot be read
    got = []

    async def use(answer):
        got.append(await answer)
        await asyncio.sleep(0)

    tasks = [asyncio.create_task(use(env.future(f"answer {each}"))) for each in range(6)]
    await asyncio.wait(tasks)
    assert strange


async def by_habit(env):
    kept.append(len(kept))
    await by_states(env)


kept = []


async def stop(task):
    if not task.done():
        task.cancel()
        while not task.done():
            await asyncio.wait({task}, timeout=1)
"""
ODDITY = "import sqlite3\n\nstrange = sqlite3.connect(':memory:')\n"

COMMANDS = {
    "a candidate": ["check", "rrevans-wait", "--situation", "third-party", "--events", "3", "--steps", "3"],
    "a target": ["check", "programs.py:stop", "--situation", "third-party", "--events", "2", "--steps", "2"],
    "states": ["explore", "programs.py:by_states", "--events", "1", "--jobs", "1"],
    "schedules": ["explore", "programs.py:by_schedules", "--events", "1", "--jobs", "1"],
    "parts": ["explore", "programs.py:by_states", "--events", "2", "--jobs", "2"],
}

FEW = {"a candidate"}
"""The others run with `TREADLE_TESTS=all`."""

slow = pytest.mark.skipif(not ALL, reason="it takes long; with TREADLE_TESTS=all")

Line = dict[str, Any]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TREADLE_MARKS", "0.05")
    (tmp_path / "programs.py").write_text(PROGRAMS, encoding="utf-8")
    (tmp_path / "oddity.py").write_text(ODDITY, encoding="utf-8")
    return tmp_path


class Runs:
    """Runs one command with one journal."""

    def __init__(self, command: list[str], room: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._command = [*command, "--json", "--journal", "journal"]
        self._journal = room / "journal"
        self._capsys = capsys
        self.said = ""

    def run(self) -> Line:
        """Return the document without what is measured."""
        main(self._command)
        out, self.said = self._capsys.readouterr()
        document: Line = json.loads(out)
        document.pop("measured", None)
        return document

    def lines(self) -> list[Line]:
        text = self._journal.read_text(encoding="utf-8")
        return [json.loads(line)["line"] for line in text.splitlines() if line.strip()]

    def keep(self, lines: list[Line]) -> None:
        self._journal.write_bytes(b"".join(map(_written, lines)))

    def marks(self) -> list[int]:
        return [line["mark"]["executions"] for line in self.lines() if "mark" in line]


@pytest.mark.parametrize("what", [each if each in FEW else pytest.param(each, marks=slow) for each in COMMANDS])
def test_a_search_goes_on_from_its_last_mark_to_the_same_document(
    what: str, room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = Runs(COMMANDS[what], room, capsys)
    whole = runs.run()
    lines = runs.lines()
    marks = [each for each, line in enumerate(lines) if "mark" in line]
    assert len(marks) > 1, "the search ended too soon for this test"
    killed = marks[len(marks) // 2]
    key = lines[killed]["key"]
    runs.keep([line for line in lines[: killed + 1] if "mark" not in line or line["key"] == key])
    before = lines[killed]["mark"]
    assert runs.run() == whole
    after = [line["mark"] for line in runs.lines()[1:] if "mark" in line and line["key"] == key]
    numbers = [mark["number"] for mark in after]
    assert numbers == list(range(len(numbers))), "it began anew"
    assert all(mark["executions"] > before["executions"] for mark in after[before["number"] + 1 :])


def test_a_search_that_leaves_no_mark_says_why(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(["explore", "programs.py:by_habit", "--events", "1", "--jobs", "1", "--limit", "600"], room, capsys)
    runs.run()
    assert runs.marks() == []
    (said,) = [line for line in runs.said.splitlines() if "no mark of the search of programs.py:by_habit" in line]
    assert said.endswith("the program keeps something from one execution to the next")


@pytest.mark.parametrize(
    ("why", "options"),
    [
        ("as it is", {"why_not": lambda _: "as it is"}),
        ("only they can bring up again", {"lasting": lambda: None}),
        ("too many of its executions", {"brings_up_code": lambda: True, "lasting": tuple}),
    ],
)
def test_each_reason_to_leave_no_mark_is_said_once(why: str, options: dict[str, Any]) -> None:
    said: list[str] = []
    left: list[object] = []
    marks = Marks(earlier=(), leave=left.append, tell=repr, hear=repr, seconds=0, without=said.append)
    world = world_of(resolve_target("rrevans-wait"), "third-party", Bounds(events=2, steps=3), TaskKind.C)
    visit_states(world, Limits(), marks=replace(marks, **{"lasting": tuple, **options}))
    assert bool(left) == ("too many" in why)  # at first they were not
    (told,) = said
    assert why in told


def test_a_search_that_begins_anew_says_that_it_leaves_no_more_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "look_again", lambda *_: False)
    said: list[str] = []
    marks = Marks(earlier=(), leave=lambda _: None, tell=repr, hear=repr, seconds=99, without=said.append)
    world = world_of(resolve_target("rrevans-wait"), "third-party", Bounds(events=1, steps=3), TaskKind.C)
    visit_states(world, Limits(executions=300), marks=replace(marks, lasting=tuple))
    assert said == [ANEW]


@slow
def test_what_came_up_late_comes_up_again(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(COMMANDS["a target"], room, capsys)
    whole = runs.run()
    lines = [line for line in runs.lines() if "result" not in line]
    assert any(line["mark"]["again"] for line in lines if "mark" in line)
    runs.keep(lines)
    assert runs.run() == whole
    assert len(runs.marks()) - len(lines) < 4, "it began anew"


def test_a_damaged_mark_costs_those_after_it_and_no_more(room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(COMMANDS["a candidate"], room, capsys)
    whole = runs.run()
    lines = [line for line in runs.lines() if "result" not in line]
    assert len(lines) > 3
    runs.keep(lines)
    text = bytearray((room / "journal").read_bytes())
    third = [each for each, byte in enumerate(text) if byte == ord("\n")][2]
    text[third - 40] ^= 1
    (room / "journal").write_bytes(text)
    assert runs.run() == whole
    assert "dropped 1 damaged line" in runs.said
    numbers = [line["mark"]["number"] for line in runs.lines() if "mark" in line]
    assert numbers.count(0) == 1
    assert numbers.count(1) == 1, "the damaged one was left anew, and the others after it"


@pytest.mark.parametrize(
    "damage", ["a state", *(pytest.param(each, marks=slow) for each in ("what lasts", "nonsense"))]
)
def test_marks_that_do_not_fit_are_not_used(damage: str, room: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = Runs(COMMANDS["a candidate"], room, capsys)
    whole = runs.run()
    lines = [line for line in runs.lines() if "result" not in line]
    for line in lines:
        mark = line.get("mark")
        if mark is None:
            continue
        if damage == "a state" and not mark["number"]:
            mark["left"][0][2] += 1
        elif damage == "what lasts":
            mark["lasting"] = "another"
        elif damage == "nonsense":
            mark["legs"] = [["nonsense"]]
    runs.keep(lines)
    assert runs.run() == whole
    assert [line["mark"]["number"] for line in runs.lines()[len(lines) :] if "mark" in line][:1] in ([0], [])


@slow
def test_a_search_that_its_time_has_cut_off_goes_on_when_it_has_more(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["check", "rrevans-wait", "--situation", "third-party", "--events", "4", "--steps", "4"]
    whole = Runs(command, room, capsys).run()
    (room / "journal").unlink()
    cut = Runs([*command, "--seconds", "1"], room, capsys)
    assert cut.run() != whole
    marks = cut.marks()
    assert marks
    again = Runs(command, room, capsys)
    assert again.run() == whole
    assert all(each > marks[-1] for each in again.marks()[len(marks) :])


def test_digests_mean_the_same_to_another_that_has_the_names() -> None:
    one = Digests()
    fingerprints = [(token_of(Runs.run.__code__), 1), (int, str, 2), ((int, 3), "a"), (str, int, 2)]
    told = [one.of(each) for each in fingerprints]
    names = one.names_from(0)
    assert all(names)
    other = Digests(names)
    other.of((float,))
    assert [other.of(each) for each in reversed(fingerprints)] == told[::-1]
    assert len(other.names_from(len(names))) == 1
    one.of((object(),))
    assert "" in one.names_from(0), "what is found by nobody else has no name"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers on this platform")
def test_a_signal_handler_may_come_while_the_record_of_code_is_switched() -> None:
    sys.addaudithook(lambda event, _: [None] * 50 if event == "sys.setprofile" else None)  # as `Loaded` has one
    with watching_code() as account:

        def tick(*_: object) -> None:
            was_on = account.is_on
            account.off()
            if was_on:
                account.on()

        before = signal.signal(signal.SIGALRM, tick)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        try:
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                account.on()
                account.off()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    assert not account.is_on
