"""`again`: a caller that was cancelled out of its call makes it once more; both together may send one request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from asking import VERSION, cell_of, check_counts, driven_proof, target_in
from pythons import ALL

from treadle.check import Verdict
from treadle.check.lockstep import AT_FAULT, Lockstep
from treadle.check.proving import candidate_of
from treadle.check.target import Target, resolve_target
from treadle.errors import MisuseError
from treadle.report.script import stage_script
from treadle.report.stock import REPRODUCED
from treadle.situation import parse_situation
from treadle.situation.promptness import Promptness
from treadle_models.machine.play import Play
from treadle_models.machine.stage import MachineStage
from treadle_models.smt.prove import ProofVerdict
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any


ASKS_ONCE = (
    "import asyncio\n\nasync def stop(task):\n    if not task.cancelling():\n        task.cancel()\n"
    "    await asyncio.wait([task])\n"
)


@pytest.fixture(name="once")
def _once(tmp_path: Path) -> Target:
    return target_in(tmp_path, ASKS_ONCE)


def _verdicts(target: Target, situation: str) -> dict[str, Verdict]:
    return {each.property: each.verdict for each in cell_of(target, situation).findings}


def _proved(target: Target, situation: str) -> dict[str, ProofVerdict]:
    proof = driven_proof(target, situation)
    return {each.property: each.verdict for each in proof.answers if each.reading is Reading.WEAK}


def test_a_second_call_sends_a_second_request_unless_the_first_stays_to_the_end(once: Target) -> None:
    """To look at `cancelling()` first is not enough: the dependency may have called `uncancel()`."""
    wait, joined = resolve_target("treadle-wait"), resolve_target("treadle-joined")
    for target, verdict, proved in (
        (wait, Verdict.VIOLATED, ProofVerdict.REFUTED),
        (once, Verdict.VIOLATED, ProofVerdict.REFUTED),
        (joined, Verdict.HOLDS, ProofVerdict.PROVED),
    ):
        assert _verdicts(target, "plain")["undisturbed"] is Verdict.HOLDS
        assert _verdicts(target, "again")["undisturbed"] is verdict
        assert _proved(target, "again")["undisturbed"] is proved


def test_everything_else_is_judged_on_the_second_call_alone() -> None:
    """The first one was cancelled, and left, as it should be; so there is nothing of that to be lost in the second."""
    found = _verdicts(resolve_target("treadle-wait"), "again")
    assert [found[each] for each in ("lost", "phantom", "balanced", "prompt", "ends")] == [Verdict.HOLDS] * 5


def test_where_no_call_is_left_by_a_cancellation_nothing_is_judged() -> None:
    found = cell_of(resolve_target("docs-example"), "again")
    assert {each.verdict for each in found.findings} == {Verdict.NOT_EXERCISED}
    assert set(_proved(resolve_target("docs-example"), "again").values()) == {ProofVerdict.NOT_EXERCISED}


@pytest.mark.parametrize(
    "situation", ["again", "again+future", "cleanup/3+again+fails/timeout", *["again+third-party"] * ALL]
)
def test_checker_and_search_count_alike(situation: str) -> None:
    for name in ("treadle-wait", "treadle-await", "tacca-corrected"):
        check_counts(name, situation)


def test_a_machine_that_forgets_what_the_first_call_asked_is_found_out(
    once: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_again = MachineStage.come_again

    def forgets(machine: MachineStage, number: int) -> None:
        come_again(machine, number)
        machine.world.calls[number].by_call = machine.zero()

    monkeypatch.setattr(MachineStage, "come_again", forgets)
    assert AT_FAULT in Lockstep(once, candidate_of(once), VERSION).drive("again", ()).doubt


@pytest.mark.parametrize("side", [Promptness, Play])
def test_it_matters_that_promptness_is_asked_of_the_second_call_alone(
    side: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step that leaves the first call enters the second: it would look as if the caller had stayed."""
    target = resolve_target("treadle-wait")
    name = "looks_ahead" if side is Promptness else "_watch"
    asked: Callable[[Any], None] = getattr(side, name)

    def asked_of_both(world: Any) -> None:
        calls = world.calls if side is Promptness else world.world.calls
        before = [call.first for call in calls]
        for call in calls:
            call.first = False
        asked(world)
        for call, first in zip(calls, before, strict=True):
            call.first = first

    monkeypatch.setattr(side, name, asked_of_both)
    assert AT_FAULT in Lockstep(target, candidate_of(target), VERSION).drive("again", ()).doubt


def test_a_violation_over_both_calls_shows_on_stock_asyncio() -> None:
    target = resolve_target("treadle-wait")
    found = next(each for each in cell_of(target, "again").findings if each.property == "undisturbed")
    assert found.counterexample is not None
    script, run = stage_script(found.counterexample, target)
    assert run.status == REPRODUCED, script
    assert "# the first call" in script


def test_an_owner_is_left_once() -> None:
    reason = resolve_target("taskgroup").excluded(parse_situation("again"))
    assert reason == "excluded by its contract: its call is the end of its context, so there is no second one"


@pytest.mark.parametrize("other", ["pending", "shared", "timeout", "group"])
def test_what_it_cannot_be_combined_with_is_said(other: str) -> None:
    with pytest.raises(MisuseError, match=re.escape("again can be combined with neither pending, shared nor a scope")):
        parse_situation(f"again+{other}")
    with pytest.raises(MisuseError, match="self stands alone"):
        parse_situation("again+self")
