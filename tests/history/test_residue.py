"""What fixes left behind: the rules make neighbours that find something, and what is recorded is judged and current."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import residue
from bugs import every_bug
from neighbours import LATE, NAMES, OTHERS, SECOND, USER, neighbour
from releases import Release
from residue_tables import CLASSES, judged, read_verdicts, table, undecided

from treadle.programs import explore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from finding import Place

ROOT = Path(__file__).parents[2]
REPORTS = sorted((ROOT / "paper" / "reports").glob("residue_*.md"))

USES_A_LOCK = """
import asyncio

async def program(env):
    lock = LOCK

    async def use():
        async with lock:
            await env.future("used")

    first = asyncio.create_task(use(), name="first")
    second = env.cancellable(asyncio.create_task(use(), name="second"))
    await asyncio.wait([first, second])
"""
FORGETFUL = '''
import asyncio

class Forgetful:
    """A lock that wakes the next in the queue, and nobody in its place where that one has been cancelled."""

    def __init__(self):
        self.taken, self.waiting = False, []

    async def __aenter__(self):
        if self.taken:
            self.waiting.append(asyncio.get_running_loop().create_future())
            await self.waiting[-1]
        self.taken = True

    async def __aexit__(self, *_):
        self.taken = False
        if self.waiting:
            turn = self.waiting.pop(0)
            if not turn.done():
                turn.set_result(None)
'''


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    result: dict[str, Any] = json.loads(residue.RESULTS.read_text(encoding="utf-8"))
    return result


@pytest.fixture
def kept() -> Iterator[Path]:
    """Return a folder below `build`, as names of programs are told from there."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build, prefix="residue-") as folder:
        yield Path(folder)


def found_by(rule: str, lock: str, events: int) -> set[str]:
    """Return the properties that a neighbour of a small program finds violated, with a lock."""
    source = USES_A_LOCK.replace("LOCK", lock)
    text = neighbour(source, rule) if rule else source
    assert text is not None
    module: dict[str, Any] = {}
    exec(compile(FORGETFUL + text, "<neighbour>", "exec"), module)  # noqa: S102 - it was written above
    return {str(each.property) for each in explore(module["program"], events=events).violations}


def test_a_program_that_finds_nothing_has_neighbours_that_do() -> None:
    assert found_by("", "Forgetful()", 1) == set()
    assert found_by(LATE, "Forgetful()", 2) == {"deadlock"}


def test_one_more_user_comes_after_the_first_of_its_kind() -> None:
    text = neighbour(USES_A_LOCK.replace("LOCK", "asyncio.Lock()"), USER) or ""
    assert text.count("asyncio.create_task(use()") == 3
    assert "more.append(asyncio.create_task(use()))" in text
    assert text.index("await asyncio.wait([first, second])") < text.index("await asyncio.wait(more)")


@pytest.mark.parametrize("rule", NAMES)
def test_a_lock_that_is_well_has_well_neighbours(rule: str) -> None:
    assert found_by(rule, "asyncio.Lock()", 1) == set()


def test_others_may_be_cancelled_and_nobody_awaits_them() -> None:
    text = neighbour("import asyncio\nasync def program(_):\n    t = asyncio.create_task(f())\n    await t\n", OTHERS)
    assert text == (
        "import asyncio\n\nasync def program(env):\n"
        "    t = env.cancellable(asyncio.create_task(f()))\n    await asyncio.wait([t])\n"
    )


def test_what_is_declared_by_its_name_is_declared_once() -> None:
    named = "import asyncio\nasync def program(env):\n    t = asyncio.create_task(f())\n    env.cancellable(t)\n"
    assert neighbour(named, OTHERS) is None
    assert "env.cancellable(t, times=2)" in (neighbour(named, SECOND) or "")


def test_a_program_without_tasks_may_be_cancelled_itself() -> None:
    text = neighbour("import asyncio\nasync def program(env):\n    await env.future()\n", OTHERS) or ""
    assert "env.cancellable(asyncio.create_task(program_itself(env), name='program'))" in text
    assert neighbour("import asyncio\nasync def program(env):\n    await env.future()\n", SECOND) is None


def test_every_recorded_bug_is_known_with_its_releases() -> None:
    bugs = every_bug()
    assert len(bugs) >= 39
    assert {each.file for each in bugs} == set(Path(__file__).parent.glob("test_*.py")) - {Path(__file__)}
    assert [each.name for each in bugs if not each.repaired] == ["tornado_2826"]
    (rwlock,) = (each for each in bugs if each.name == "aiorwlock_400")
    assert (rwlock.has, rwlock.repaired, rwlock.program) == (("aiorwlock==1.5.0",), ("aiorwlock==1.5.1",), "program")
    (pool,) = (each for each in bugs if each.name == "httpcore_1093")
    assert (pool.program, pool.has[0], pool.repaired[0]) == ("of_httpcore2", "httpcore2==2.5.0", "httpcore2==2.6.0")


def test_every_neighbour_of_every_bug_can_be_compiled() -> None:
    for bug in every_bug():
        texts = [neighbour(bug.file.read_text(encoding="utf-8"), rule) for rule in NAMES]
        assert any(texts), bug.name
        for text in filter(None, texts):
            ast.parse(text)
            assert "def test_" not in text


def test_a_bug_is_examined_and_what_was_kept_is_not_asked_again(
    release: Callable[..., Place], monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    """The fast subset: one bug, with the release that has it and the one that repairs it."""
    monkeypatch.setattr(residue, "KEPT", kept)
    (bug,) = (each for each in every_bug() if each.name == "aiorwlock_400")
    found = {}
    for requirements in (bug.has, bug.repaired):
        place = release(*requirements)
        there = Release(requirements[0], place.python, place.libraries, requirements)
        told = residue.explore(bug, there, fresh=False)
        with monkeypatch.context() as nothing_is_asked:
            nothing_is_asked.setattr(subprocess, "run", None)
            assert residue.explore(bug, there, fresh=False) == told
        found[requirements] = {
            each["neighbour"]: {one["property"] for one in each["findings"]} for each in told if each["findings"]
        }
    assert found[bug.has]["itself"] == {"deadlock"}
    assert found[bug.repaired] == {"by hand: meeting": {"deadlock"}}


def test_every_recorded_finding_has_a_verdict_by_hand(recorded: dict[str, Any]) -> None:
    assert list(undecided(recorded)) == []
    assert {each["class"] for each in read_verdicts()} <= set(CLASSES)


def test_a_finding_that_nobody_has_looked_at_fails_the_check(recorded: dict[str, Any]) -> None:
    one = copy.deepcopy(recorded)
    run = next(run for bug in one["bugs"] for run in bug["runs"] if run["role"] == "repaired" and run["programs"])
    run["programs"][0]["findings"].append({"property": "step-ends", "happens": "it spins", "events": 0})
    assert any("no verdict in residue.toml" in each and "it spins" in each for each in undecided(one))
    assert any("no finding needs" in each for each in undecided({"bugs": []}))
    assert list(undecided({"bugs": []}, whole=False)) == []


def test_what_people_read_is_what_is_recorded(recorded: dict[str, Any]) -> None:
    assert residue.RESULTS.with_suffix(".md").read_text(encoding="utf-8") == table(judged(recorded))
    assert [each["bug"] for each in recorded["bugs"]] == [each.name for each in every_bug()]
    assert str(ROOT) not in json.dumps(recorded)


def test_each_program_by_hand_is_of_a_recorded_bug_and_was_explored(recorded: dict[str, Any]) -> None:
    explored = {
        each["command"].split("treadle explore ")[1].split(":")[0]
        for bug in recorded["bugs"]
        for run in bug["runs"]
        for each in run["programs"]
    }
    by_hand = {str(each.relative_to(ROOT)) for each in (Path(__file__).parent / "by_hand").glob("*.py")}
    assert by_hand <= explored


def test_a_bug_that_is_not_there_is_named_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        residue.main(["aiohttp_1"])
    assert left.value.code == 2
    assert "there is no bug 'aiohttp_1'; there are: aiohttp_10529" in capsys.readouterr().err


@pytest.mark.parametrize("report", REPORTS, ids=lambda path: path.stem)
def test_the_script_of_a_report_is_short_and_prints_what_is_shown(report: Path) -> None:
    """With the newest release that `make residue` has installed, where that is the one of the report."""
    text = report.read_text(encoding="utf-8")
    script, output = re.findall(r"```(?:python|text)\n(.*?)\n```", text, re.DOTALL)[:2]
    assert len(script.splitlines()) <= 40
    found = re.search(r"PYTHONPATH=(build/residue/newest/[\w-]+):", text)
    folder = ROOT / found[1] if found else Path()  # of CPython's there is nothing to install
    if not folder.is_dir():
        pytest.skip(f"{folder.name} is not installed here: make residue")
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-"], input=script, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    (version, *happened), (expected, *shown) = done.stdout.splitlines(), output.splitlines()
    if version != expected and (found or sys.version_info > (3, 16)):
        pytest.skip(f"another release is here: {version}")
    assert (done.returncode, happened) == (1, shown), done.stderr
