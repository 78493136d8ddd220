"""Mutations of the machine: each is one rule of asyncio done wrong, and flips a verdict.

A machine on which a verdict does not depend could be anything. So each rule of the protocol is broken by itself, and
some property of some candidate must go from proved to refuted or back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from treadle_models.coq.protocol import follows, standings
from treadle_models.coq.statement import statement_of
from treadle_models.machine.play import Play
from treadle_models.situations import situation_of
from treadle_models.smt.invariant import controls_of, unfold
from treadle_models.smt.prove import ProofVerdict, prove

if TYPE_CHECKING:
    from collections.abc import Callable

    Original = Callable[..., Any]


def not_kept(original: Original, machine: Play, task: Any) -> Any:
    found = original(machine, task)
    task.must_cancel = False
    return found


def not_counted(original: Original, machine: Play, task: Any) -> Any:
    before = task.count
    found = original(machine, task)
    task.count = before
    return found


def not_passed_on(original: Original, machine: Play, task: Any) -> Any:
    waits, task.waits_for = task.waits_for, None
    found = original(machine, task)
    task.waits_for = waits
    return found


def not_delivered(original: Original, machine: Play, task: Any, signal: Any) -> Any:
    original(machine, task, signal)
    if not task.done:
        task.must_cancel = False


def wrongly_woken(_original: Original, machine: Play, task: Any, _future: Any) -> Any:
    return machine.step(task, machine.error("RuntimeError"))


def not_woken(original: Original, machine: Play, future: Any) -> Any:
    future.callbacks = []
    return original(machine, future)


def still_reported(original: Original, machine: Play, future: Any) -> Any:
    try:
        return original(machine, future)
    finally:
        future.unreported = True


def not_lowered(_original: Original, _machine: Play, task: Any) -> Any:
    return task.count


def forgotten(original: Original, machine: Play, task: Any) -> Any:
    found = original(machine, task)
    task.must_cancel = False
    return found


def not_reported(original: Original, machine: Play, future: Any, state: str, value: Any = None) -> Any:
    original(machine, future, state, value)
    future.unreported = False


def not_called(original: Original, machine: Play, future: Any, callback: Any) -> Any:
    if not future.done:
        original(machine, future, callback)


MUTATIONS: dict[str, tuple[str, Callable[..., Any], str, str]] = {
    "a cancel is not kept for the next step": ("_cancel_task", not_kept, "treadle-wait", "pending"),
    "a cancel is not counted": ("_cancel_task", not_counted, "treadle-wait", "plain"),
    "a cancel is not passed on": ("_cancel_task", not_passed_on, "docs-example", "plain"),
    "a pending cancel is not delivered": ("finish_step", not_delivered, "treadle-await", "pending"),
    "a wake-up throws what never happened": ("_wake_up", wrongly_woken, "treadle-wait", "plain"),
    "a future that is cancelled does not wake": ("cancel_future", not_woken, "treadle-wait", "plain"),
    "an exception looked at is still reported": ("result", still_reported, "treadle-await", "plain"),
    "uncancel does not lower the count": ("uncancel", not_lowered, "treadle-wait", "timeout"),
    "uncancel always forgets what is pending": ("uncancel", forgotten, "treadle-wait", "uncancel/1"),
    "a failure is not reported": ("end", not_reported, "treadle-wait", "plain"),
    "a callback of what is done is not called": ("add_callback", not_called, "rrevans-wait", "done/result"),
}


def _verdicts(name: str, situation: str) -> dict[object, ProofVerdict]:
    return {(each.property, each.reading): each.verdict for each in prove(name, situation, (3, 13)).answers}


@pytest.mark.parametrize("what", MUTATIONS)
def test_a_mutation_of_the_machine_flips_a_verdict(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method, mutant, name, situation = MUTATIONS[what]
    before = _verdicts(name, situation)
    original = getattr(Play, method)
    calls = []

    def mutated(machine: Play, *arguments: Any) -> Any:
        calls.append(arguments)
        return mutant(original, machine, *arguments)

    monkeypatch.setattr(Play, method, mutated)
    after = _verdicts(name, situation)
    assert calls
    flipped = [each for each in before if {before[each], after[each]} == {ProofVerdict.PROVED, ProofVerdict.REFUTED}]
    assert flipped, {each: (before[each], after[each]) for each in before if before[each] is not after[each]}


@pytest.mark.parametrize("what", [*MUTATIONS][:4])
def test_a_machine_with_a_wrong_rule_does_not_follow_the_protocol_in_coq(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `Follows.v` shows of a target, is seen beforehand; of these machines it cannot be shown."""
    method, mutant, name, situation = MUTATIONS[what]
    assert _follows(name, situation)
    original = getattr(Play, method)
    monkeypatch.setattr(Play, method, lambda machine, *arguments: mutant(original, machine, *arguments))
    assert not _follows(name, situation)


def _follows(name: str, situation: str) -> bool:
    unfolded = unfold(controls_of(name, (3, 13)), situation_of(situation))
    statement = statement_of(unfolded)
    return follows(statement, standings(unfolded.control, statement))


def test_a_mutation_that_changes_nothing_flips_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a method that is replaced by itself."""
    original = Play.cancel_future
    before = _verdicts("treadle-wait", "plain")
    monkeypatch.setattr(Play, "cancel_future", original)
    assert _verdicts("treadle-wait", "plain") == before


def test_there_are_enough_mutations() -> None:
    assert len(MUTATIONS) >= 10
