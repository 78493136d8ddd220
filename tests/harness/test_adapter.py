"""Adapters: what they exclude is told, the lines of the library are shown, and a short script has them inlined."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from judging import Write, job
from judging import finding as finding_of

from treadle.check import Verdict, judge, resolve_target
from treadle.check.adapter import files_shown
from treadle.cli.search import reason_against
from treadle.errors import MisuseError
from treadle.report.script import brief_scripts, stage_script
from treadle.report.script.brief import LINES
from treadle.report.stock import REPRODUCED, run_on_stock

if TYPE_CHECKING:
    from pathlib import Path

    from treadle.check import Counterexample, Target

SWALLOWS = """
import asyncio

async def stop(task):
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
"""
EXCLUDES = f"{SWALLOWS}\nstop.excludes = {{'future': 'It takes tasks only.'}}\n"


def found(target: Target, situation: str, name: str, events: int = 1) -> Counterexample:
    counterexample = finding_of(judge(job(target.name, situation, events=events), target=target), name).counterexample
    assert counterexample is not None
    return counterexample


def test_what_an_adapter_excludes_is_not_judged_and_the_sentence_is_told(write: Write) -> None:
    target = f"{write(EXCLUDES)}:stop"
    for situation in ("future", "pending+future"):
        cell = judge(job(target, situation))
        told = {(each.verdict, each.reason) for each in cell.findings}
        assert told == {(Verdict.NOT_EXERCISED, "excluded by its contract: It takes tasks only.")}
    assert judge(job(target, "plain")).executions > 1


@pytest.mark.parametrize(
    ("excludes", "message"),
    [
        ("'future'", "'future'; it must name the situations that its contract excludes, and why"),
        ("{'future': 1}", "must name the situations that its contract excludes"),
        ("{'futures': 'It takes tasks only.'}", "excludes 'futures': there is no situation 'futures'"),
    ],
)
def test_an_exclusion_that_says_nothing_is_refused(write: Write, excludes: str, message: str) -> None:
    with pytest.raises(MisuseError, match=message):
        resolve_target(f"{write(f'{SWALLOWS}stop.excludes = {excludes}')}:stop")


def test_an_exclusion_covers_each_situation_that_it_is_part_of() -> None:
    excludes = {"future": "It takes tasks only.", "cleanup/1+unstarted": ""}
    assert reason_against("pending+future", excludes) == "excluded by --not future: It takes tasks only."
    assert reason_against("cleanup/1+unstarted", excludes) == "excluded by --not cleanup/1+unstarted"
    assert reason_against("cleanup/1", excludes) == reason_against("plain", excludes) == ""


def treadle(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "treadle", *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def test_the_command_line_excludes_and_says_so(write: Write) -> None:
    options = ("--events", "0", "--steps", "1", "--situation", "plain", "--situation", "future", "--jobs", "1")
    done = treadle("check", f"{write(SWALLOWS)}:stop", *options, "--not", "future=It takes tasks only.")
    assert "excluded by --not future: It takes tasks only." in " ".join(done.stdout.split())
    done = treadle("check", "treadle-wait", *options, "--not", "futures")
    assert (done.returncode, "there is no situation 'futures'" in done.stderr) == (2, True)


LIBRARY = """
import asyncio

async def cancel_and_wait(tasks):
    for task in tasks:
        task.cancel()
    for task in tasks:
        try:
            await task
        except asyncio.CancelledError:
            continue
"""
ADAPTER = """
from some_library import cancel_and_wait

async def stop(task):
    await cancel_and_wait([task])
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library that is installed, somewhere else."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "some_library.py").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.delitem(sys.modules, "some_library", raising=False)
    return folder / "some_library.py"


def test_a_diagram_of_an_adapter_has_the_lines_of_the_library(write: Write, library: Path) -> None:
    target = resolve_target(f"{write(ADAPTER)}:stop")
    assert target.files == {str(library)}
    files = {line.file for record in found(target, "plain", "lost").trace for line in record.lines}
    assert files == {"some_library.py"}


def test_a_longer_function_shows_its_own_lines(write: Write, library: Path) -> None:
    assert library.is_file()
    longer = ADAPTER + "    print(1)\n" * 5
    target = resolve_target(f"{write(longer)}:stop")
    assert target.files == {target.file}
    assert not files_shown(target.subject.function, {})


def test_a_short_script_inlines_the_adapter_and_names_the_line_of_the_library(write: Write, library: Path) -> None:
    assert library.is_file()
    target = resolve_target(f"{write(ADAPTER)}:stop")
    script, run = stage_script(found(target, "plain", "lost"), target)
    assert run.status == REPRODUCED, run.output
    assert len(script.splitlines()) <= LINES
    assert "some_library.py, line 7: `for task in tasks:`" in " ".join(script.split())
    assert "await cancel_and_wait([task])" in script
    assert "stop" not in script
    assert str(library.parent) not in script
    repaired = script.replace("from some_library import cancel_and_wait", "cancel_and_wait = asyncio.wait")
    assert run_on_stock(repaired).output.rstrip().endswith("the failure does not show")


def test_where_a_gap_cannot_be_acted_in_other_turns_are_tried(write: Write) -> None:
    """The first short script acts in the gap of the counterexample; the others do before it and after."""
    target = resolve_target(f"{write(SWALLOWS)}:stop")
    scripts = [each for each in brief_scripts(found(target, "plain", "lost"), target) if each]
    assert len(scripts) == len(set(scripts)) > 5
    shown = [run_on_stock(each).status == REPRODUCED for each in scripts]
    assert shown[0]
    assert not all(shown)


OWNER = """
import asyncio
import contextlib

@contextlib.asynccontextmanager
async def stop(coroutine):
    task = asyncio.create_task(coroutine)
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
"""


@pytest.mark.parametrize("situation", ["plain", "cleanup/1", "timeout"])
def test_a_short_script_of_an_owner_shows_the_failure(write: Write, situation: str) -> None:
    target = resolve_target(f"{write(OWNER)}:stop")
    script, run = stage_script(found(target, situation, "lost"), target)
    assert run.status == REPRODUCED, run.output
    assert "SimpleNamespace" not in script
    assert asyncio.__name__ in script
