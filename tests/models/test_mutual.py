"""`mutual`: two calls on each other, of which only this is asked: does a cancellation from outside end them?"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from asking import VERSION, cell_of, check_counts, driven_proof, target_in
from pythons import ALL

from treadle.check import Job, Verdict, judge
from treadle.check.lockstep import AT_FAULT, Lockstep
from treadle.check.proving import candidate_of, prove_and_drive
from treadle.check.target import Target, resolve_target
from treadle.cli import main
from treadle.errors import MisuseError
from treadle.report.script import stage_script
from treadle.report.stock import REPRODUCED
from treadle.schedule import Bounds
from treadle.situation import parse_situation
from treadle_models.machine.tasks import Tasks
from treadle_models.smt.prove import ProofVerdict
from treadle_models.spec import CIRCLE_ENDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLLS = (
    "import asyncio\n\nasync def stop(task):\n    task.cancel()\n    while not task.done():\n        try:\n"
    "            await asyncio.{}\n        except asyncio.CancelledError:\n            pass\n"
)


@pytest.fixture(name="write")
def _write(tmp_path: Path) -> Callable[[str], Target]:
    return partial(target_in, tmp_path)


def _proved(target: Target) -> ProofVerdict:
    proof = driven_proof(target, "mutual")
    (answer,) = proof.answers
    assert answer.property == CIRCLE_ENDS.name
    return answer.verdict


@pytest.mark.parametrize(
    ("name", "verdict", "proved"),
    [
        ("treadle-wait", Verdict.HOLDS, ProofVerdict.PROVED),
        ("treadle-joined", Verdict.VIOLATED, ProofVerdict.REFUTED),
        ("later-shield", Verdict.VIOLATED, ProofVerdict.REFUTED),
    ],
)
def test_a_call_that_leaves_when_it_is_cancelled_ends_a_circle_and_one_that_stays_does_not(
    name: str, verdict: Verdict, proved: ProofVerdict
) -> None:
    target = resolve_target(name)
    (finding,) = cell_of(target, "mutual").findings
    assert (finding.property, finding.verdict) == (CIRCLE_ENDS.name, verdict)
    assert _proved(target) is proved


@pytest.mark.parametrize("awaited", ["sleep(0)", *["wait([task], timeout=1)"] * ALL])
def test_a_circle_that_goes_round_for_ever_does_not_end(write: Callable[[str], Target], awaited: str) -> None:
    target = write(POLLS.format(awaited))
    (finding,) = cell_of(target, "mutual").findings
    assert finding.verdict is Verdict.VIOLATED
    assert _proved(target) is ProofVerdict.REFUTED


def test_what_one_call_asks_of_the_other_comes_not_from_outside() -> None:
    """Without an event nobody outside has cancelled, so the premise of the mode is never true."""
    target = resolve_target("treadle-joined")
    job = Job(target=target.name, situation="mutual", bounds=Bounds(events=0, steps=2))
    (finding,) = judge(job, target=target).findings
    assert (finding.verdict, finding.exercised) == (Verdict.NOT_EXERCISED, 0)


def test_a_cancellation_that_runs_round_the_circle_is_not_modelled_and_hangs_on_real_tasks() -> None:
    target = resolve_target("docs-example")
    (finding,) = cell_of(target, "mutual").findings
    assert finding.verdict is Verdict.VIOLATED
    proofs, _ = prove_and_drive(target, ("mutual",), VERSION)
    assert "a cancellation of a task that waits for itself, which has no end" in proofs[0].outside
    assert finding.counterexample is not None
    script, run = stage_script(finding.counterexample, target)
    assert run.status == REPRODUCED, script


@pytest.mark.parametrize("situation", ["mutual", "mutual+third-party", "mutual+cleanup/2"])
def test_checker_and_search_count_alike(situation: str) -> None:
    for name in ("treadle-wait", "treadle-joined"):
        check_counts(name, situation)


def test_a_machine_that_takes_the_other_call_for_somebody_outside_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cancel = Tasks._cancel_controller

    def from_outside(machine: Tasks, task: Any) -> bool:
        done = cancel(machine, task)
        if machine.current is not None and machine.current.role == "dependency":
            machine._on_request(machine.world.calls[task.number])
        return done

    target = resolve_target("treadle-wait")
    monkeypatch.setattr(Tasks, "_cancel_controller", from_outside)
    assert AT_FAULT in Lockstep(target, candidate_of(target), VERSION).drive("mutual", ()).doubt


def test_it_is_a_mode_and_no_duty(capsys: pytest.CaptureFixture[str], write: Callable[[str], Target]) -> None:
    target = write("import asyncio\n\nasync def stop(task):\n    task.cancel()\n    await asyncio.shield(task)\n")
    assert main(["check", target.name, "--situation", "mutual", "--events", "1", "--steps", "1"]) == 0
    out = capsys.readouterr().out
    assert "circle-ends is a mode of its own" in out
    assert "in neither mode" not in out


def test_what_it_excludes_is_said() -> None:
    said = "mutual can be combined with neither shared, again nor a scope"
    for other in ("shared", "timeout", "again"):
        with pytest.raises(MisuseError, match=re.escape(said)):
            parse_situation(f"mutual+{other}")
    assert resolve_target("taskgroup").excluded(parse_situation("mutual"))
