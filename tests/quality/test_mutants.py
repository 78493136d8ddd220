"""Every mutant is found where it was registered, with as few events, and in none of these does its original fail."""

from __future__ import annotations

import functools
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.check import CellResult, Counterexample, Finding, Job, Verdict, judge, resolve_target
from treadle.explorer import Ended
from treadle.report.script import write_script
from treadle.schedule import Bounds
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import MODES, PROPERTIES

if TYPE_CHECKING:
    from types import ModuleType

FILE = Path(__file__).parent / "mutants.py"
STEPS = 2
MOST_EVENTS = 2


def _load() -> ModuleType:
    """Load the mutants to name the tests by them; the checker loads them by itself."""
    spec = importlib.util.spec_from_file_location("treadle_mutants", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["treadle_mutants"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


MUTANTS: tuple[Any, ...] = _load().MUTANTS
every_mutant = pytest.mark.parametrize(
    "mutant",
    [
        # Those with the same original in the same situation are tested by one process, which judges nothing twice.
        pytest.param(mutant, id=mutant.name, marks=pytest.mark.xdist_group(f"{mutant.of}, {mutant.situation}"))
        for mutant in MUTANTS
    ],
)


@functools.cache
def judged(target: str, situation: str, events: int) -> CellResult:
    cell = judge(Job(target=target, situation=situation, bounds=Bounds(events=events, steps=STEPS)))
    assert cell.ended is not Ended.STOPPED, cell.stopped
    return cell


def finding(cell: CellResult, name: str) -> Finding:
    (found,) = (each for each in cell.findings if each.property == name)
    return found


def target_of(mutant: Any) -> str:
    return f"{FILE}:{mutant.function.__name__}"


@every_mutant
def test_a_mutant_is_found_with_the_events_that_it_takes_and_no_fewer(mutant: Any) -> None:
    for events in range(mutant.events):
        cell = judged(target_of(mutant), mutant.situation, events)
        assert finding(cell, mutant.found_by).verdict is not Verdict.VIOLATED, f"{events} events are enough"
    found = finding(judged(target_of(mutant), mutant.situation, mutant.events), mutant.found_by)
    assert found.verdict is Verdict.VIOLATED, f"{mutant.fault} Nothing shows it with {mutant.events} events."
    counterexample = found.counterexample
    assert counterexample is not None
    assert counterexample.events == mutant.events
    assert counterexample.minimal


@every_mutant
def test_more_events_find_no_smaller_counterexample(mutant: Any) -> None:
    """What is found first under larger bounds is what is found under the smallest that suffice."""
    if mutant.name == "goes-on-until-cancelled" and not ALL:
        pytest.skip("it has many schedules; with TREADLE_TESTS=all")
    small = counterexample_under(mutant, mutant.events)
    large = counterexample_under(mutant, MOST_EVENTS)
    assert (large.events, large.callbacks) == (small.events, small.callbacks)


def counterexample_under(mutant: Any, events: int) -> Counterexample:
    found = finding(judged(target_of(mutant), mutant.situation, events), mutant.found_by).counterexample
    assert found is not None
    return found


@every_mutant
def test_the_original_of_a_mutant_does_not_fail_there(mutant: Any) -> None:
    cell = judged(mutant.of, mutant.situation, MOST_EVENTS)
    assert finding(cell, mutant.found_by).verdict is Verdict.HOLDS


@every_mutant
def test_the_script_of_a_mutant_fails_and_with_the_original_in_its_place_does_not(mutant: Any) -> None:
    """What a script looks at is the property, and not merely something that happens in the counterexample."""
    counterexample = counterexample_under(mutant, mutant.events)
    shown = run_script(write_script(counterexample, resolve_target(target_of(mutant))))
    assert (shown.returncode, last_line(shown)) == (1, "the failure shows"), shown.stdout + shown.stderr
    repaired = run_script(write_script(counterexample, resolve_target(mutant.of)))
    assert (repaired.returncode, last_line(repaired)) == (0, "the failure does not show"), repaired.stdout


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, check=False, timeout=30)


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    return "".join(run.stdout.splitlines()[-1:])


def test_the_mutants_cover_every_duty_and_mode() -> None:
    assert {mutant.found_by for mutant in MUTANTS} == {each.name for each in (*PROPERTIES, *MODES)}


def test_each_mutant_is_registered_in_full() -> None:
    for mutant in MUTANTS:
        assert mutant.of in CANDIDATES
        assert mutant.fault.endswith(".")
        assert resolve_target(target_of(mutant)).attribute == mutant.name.replace("-", "_")
        assert mutant.events <= MOST_EVENTS
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(
    ("name", "violated"),
    [
        ("treadle-wait", {"joined-always"}),
        ("treadle-joined", {"prompt"}),
        ("treadle-await", {"prompt", "undisturbed", "failure-kept"}),
    ],
)
def test_an_original_itself_gives_up_what_its_description_says(name: str, violated: set[str]) -> None:
    """A mutant that was found by one of these would have been found without its fault."""
    cell = judged(name, "plain", MOST_EVENTS)
    assert {each.property for each in cell.findings if each.verdict is Verdict.VIOLATED} == violated
