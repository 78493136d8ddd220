"""Stand-alone scripts: each is executed in a fresh interpreter on the stock loop, and shows the failure."""

from __future__ import annotations

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from judging import Write, job
from judging import finding as finding_of
from pythons import ALL

from treadle.check import Job, judge, resolve_target
from treadle.report.script import write_script
from treadle.report.stock import NOT_REPRODUCED, NOT_TRIED, REPRODUCED, run_on_stock
from treadle.schedule import Bounds
from treadle.situation import ALL_SITUATIONS
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.check.counterexamples import Counterexample

# Between two waiters of one future that is not the dependency itself, and between a turn's timers and what they do:
# public API has no place there.
_NO_PLACE = {("loucadufault-wait-for", "shared", "lost"), ("loucadufault-wait-for", "shared", "prompt")}

SCRIPTED = Path(__file__).parent / "scripted.py"

_QUICK = ("plain", "pending", "timeout", "shared", "nested")


def counterexamples(target: str, situations: tuple[str, ...]) -> Iterator[Counterexample]:
    for situation in situations:
        cell = judge(Job(target=target, situation=situation, bounds=Bounds(events=1, steps=2)))
        for finding in cell.findings:
            if finding.counterexample is not None:
                yield finding.counterexample


@pytest.mark.parametrize("name", list(CANDIDATES)[:: 1 if ALL else 2])
def test_every_counterexample_shows_on_stock_asyncio(name: str) -> None:
    """The script of each minimal counterexample with one event exits with 1 and says that the failure shows."""
    target = resolve_target(name)
    found = list(counterexamples(name, _QUICK))
    with ThreadPoolExecutor(8) as pool:  # some wait for seconds until a timer is due
        runs = pool.map(run_on_stock, [write_script(each, target) for each in found])
    for counterexample, run in zip(found, runs, strict=True):
        token = counterexample.token
        if (name, token.situation, token.property) in _NO_PLACE:
            assert run.status == NOT_TRIED
            continue
        assert run.status == REPRODUCED, f"{token}\n{run.output}"


def test_a_script_uses_public_api_and_the_standard_library_alone() -> None:
    """No private attribute, no import but of the standard library."""
    target = resolve_target("taskgroup")
    for counterexample in counterexamples("taskgroup", ALL_SITUATIONS):
        tree = ast.parse(write_script(counterexample, target))
        private = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
            if not (isinstance(node.value, ast.Name) and node.value.id == "self")
        }
        assert private <= {"_exit"}, "os._exit alone"
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_a_repaired_candidate_does_not_show_the_failure() -> None:
    """The script of the inverted proposal, with the condition turned, exits with 0."""
    target = resolve_target("osipenko-proposal")
    checked = 0
    for counterexample in counterexamples("osipenko-proposal", ("plain",)):
        if counterexample.token.property in ("lost", "phantom"):
            script = write_script(counterexample, target)
            repaired = script.replace(".cancelling() == 0", ".cancelling() > 0")
            assert repaired != script
            run = run_on_stock(repaired)
            assert run.status == NOT_REPRODUCED
            assert "the failure does not show" in run.output
            checked += 1
    assert checked == 2


@pytest.mark.parametrize(
    ("bad", "good", "situation", "name"),
    [
        ("swallows", "swallows_and_cancels_itself_again", "plain", "lost"),
        ("takes_back_what_others_asked", "waits", "plain", "balanced"),
        ("cancels_itself_too", "takes_back_what_others_asked", "timeout", "scope-kept"),
        ("swallows", "waits", "group", "lost"),
        ("turns_it_into_a_failure", "waits", "timeout", "scope-kept"),
        ("cancels_itself_too", "waits", "group", "scope-kept"),
    ],
)
def test_a_script_tells_a_failure_from_what_comes_close_to_it(bad: str, good: str, situation: str, name: str) -> None:
    """It fails with the call that was judged, and does not with another one in its place that keeps the property."""
    targets = [resolve_target(f"{SCRIPTED}:{each}") for each in (bad, good)]
    (found,) = (each for each in counterexamples(targets[0].name, (situation,)) if each.token.property == name)
    assert name not in {each.token.property for each in counterexamples(targets[1].name, (situation,))}
    runs = [run_on_stock(write_script(found, target)) for target in targets]
    assert [run.status for run in runs] == [REPRODUCED, NOT_REPRODUCED], runs[0].output
    assert runs[1].output.rstrip().endswith("the failure does not show")


def test_a_script_that_crashes_is_not_taken_for_a_failure_that_shows() -> None:
    """An uncaught exception exits with 1 too; the script's own last line is asked for."""
    assert run_on_stock("raise RuntimeError").status == NOT_REPRODUCED


def test_a_script_that_hangs_is_ended() -> None:
    """A time limit ends it, and says so."""
    run = run_on_stock("while True: pass", seconds=0.5)
    assert run.status == NOT_REPRODUCED
    assert "no end within 0.5 seconds" in run.output


WAITS_FOR_ITS_TURN = """
import asyncio

lock = asyncio.Lock()

async def stop(task):
    async with lock:
        task.cancel()
        await asyncio.wait([task])
"""


def test_what_the_other_call_has_requested_does_not_count_for_this_one(write: Write) -> None:
    """Whoever gets the lock second finds the dependency done: it was asked to stop, and not by that call."""
    target = f"{write(WAITS_FOR_ITS_TURN)}:stop"
    found = finding_of(judge(job(target, "shared", steps=1)), "requested").counterexample
    assert found is not None
    assert run_on_stock(write_script(found, resolve_target(target))).status == REPRODUCED
