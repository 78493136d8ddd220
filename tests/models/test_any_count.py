"""The count at entry as a symbol: what is proved in `cleanup/N` holds for each number, and what is refuted has one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asking import VERSION, target_in
from judging import SMALL

from treadle.check import Job, Verdict, judge
from treadle.check.lockstep import AT_FAULT
from treadle.check.proofs import Proofs
from treadle.check.proving import candidate_of, prove_and_drive, replayed, told
from treadle.check.sides import LoggingMachine
from treadle.cli import main
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import count_outcomes, explore
from treadle_models.explicit.search import judge as count
from treadle_models.machine.play import NO_MORE, Play
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.tasks import Tasks
from treadle_models.smt.prove import Answer, ProofVerdict, Prover
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from treadle.check.target import Target

LEAVES_AT = (
    "import asyncio\n\nasync def stop(task):\n    me = asyncio.current_task()\n    task.cancel()\n"
    "    if me.cancelling() {}:\n        return\n    await asyncio.wait([task])\n"
)


@pytest.fixture(name="leaves_at")
def _leaves_at(tmp_path: Path) -> Callable[[str], Target]:
    return lambda condition: target_in(tmp_path, LEAVES_AT.format(condition))


def _answers(target: Target, situation: str) -> dict[str, Answer]:
    proofs, driven = prove_and_drive(target, (situation,), VERSION)
    return {each.property: each for proof in replayed(target, told(proofs, driven)) for each in proof.answers}


@pytest.mark.parametrize("name", ["treadle-wait", "osipenko-check"])
def test_any_count_has_the_verdicts_of_one_and_two(name: str) -> None:
    prover, recorded = Prover(name, (3, 13)), Proofs.load((3, 13))
    for symbol, numbers in (("cleanup/N", ("cleanup/1", "cleanup/2")), ("uncancel/N", ("uncancel/1",))):
        proof = prover.prove(symbol)
        for number in numbers:
            expected = [recorded.expected(name, number, each.property, each.reading) for each in proof.answers]
            assert [str(each.verdict) for each in proof.answers] == expected
        assert any(each.verdict is ProofVerdict.PROVED for each in proof.answers)


def test_a_call_that_is_wrong_for_one_number_only_is_refuted_with_that_number(
    leaves_at: Callable[[str], Target],
) -> None:
    target = leaves_at("== 5")
    found = _answers(target, "cleanup/N")["joined"]
    assert (found.verdict, found.situation) == (ProofVerdict.REFUTED, "cleanup/5")
    for number, verdict in ((4, Verdict.HOLDS), (5, Verdict.VIOLATED)):
        cell = judge(Job(target=target.name, situation=f"cleanup/{number}", bounds=SMALL))
        assert next(each.verdict for each in cell.findings if each.property == "joined") is verdict


def test_a_number_beyond_all_that_is_tried_makes_it_unknown(leaves_at: Callable[[str], Target]) -> None:
    found = _answers(leaves_at(">= 9"), "cleanup/N")
    assert found["joined"].verdict is ProofVerdict.UNKNOWN
    assert ProofVerdict.PROVED not in {each.verdict for each in found.values()}
    assert "helper.py:7: return" in found["lost"].reason


def test_without_the_symbol_the_same_call_would_be_proved(
    leaves_at: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the loop of requests before the call that makes the count any number."""

    def only_one(machine: Play) -> Any:
        machine.taken = NO_MORE
        return machine.arrive()

    monkeypatch.setattr(Play, "_act_at_entry", only_one)
    proof = Prover(candidate_of(leaves_at("== 5")), VERSION).prove("cleanup/N")
    assert next(each.verdict for each in proof.answers if each.property == "joined") is ProofVerdict.PROVED


def test_real_tasks_go_along_with_more_than_one_number(
    leaves_at: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = LoggingMachine.run

    def wrong_with_three(machine: LoggingMachine, choices: tuple[int, ...]) -> Any:
        log, seen = run(machine, choices)
        return (log[1:] if machine.situation.count == 3 else log), seen

    monkeypatch.setattr(LoggingMachine, "run", wrong_with_three)
    _, driven = prove_and_drive(leaves_at("== 0"), ("cleanup/N",), VERSION)
    assert AT_FAULT in driven[0].doubt
    assert driven[0].doubt.startswith("in the situation cleanup/3, ")


@pytest.mark.parametrize("name", ["treadle-await", "osipenko-check"])
def test_checker_and_search_count_alike_with_three_requests_before_the_call(name: str) -> None:
    cell = judge(Job(target=name, situation="cleanup/3", bounds=SMALL))
    play = make_play(name, "cleanup/3", VERSION, MachineLimits(events=SMALL.events, steps=SMALL.steps))
    outcomes = count_outcomes(explore(play))
    assert outcomes.total() == cell.schedules
    for each in cell.findings:
        ours = count(outcomes, BY_NAME[each.property], Reading.WEAK)
        assert (ours.exercised, ours.violated) == (each.exercised, each.violating)


def test_the_model_within_bounds_needs_a_number() -> None:
    with pytest.raises(ValueError, match="'cleanup/N' has a symbol for a number"):
        make_play("treadle-wait", "cleanup/N", VERSION, MachineLimits(events=1, steps=1))


def test_a_machine_that_forgets_a_second_request_is_found_out(
    leaves_at: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = Tasks._cancel_task

    def at_most_one(machine: Tasks, task: Any) -> bool:
        before = task.count
        done = cancel(machine, task)
        if task.number >= 0 and not machine.unbounded and before:  # type: ignore[attr-defined]  # it is a stage
            task.count = before
        return done

    monkeypatch.setattr(Tasks, "_cancel_task", at_most_one)
    _, driven = prove_and_drive(leaves_at("== 0"), ("cleanup/N",), VERSION)
    assert AT_FAULT in driven[0].doubt


def test_the_checker_asks_for_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "treadle-wait", "--situation", "cleanup/N"]) == 2
    assert "give a number instead: cleanup/1, cleanup/2, cleanup/3" in capsys.readouterr().err


def test_a_proof_in_a_situation_without_a_record_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "treadle-wait", "--situation", "cleanup/N"]) == 0
    out = capsys.readouterr().out
    assert "situations: cleanup/N\n" in out
    assert out.endswith("no expectation recorded: cleanup/N\n")
