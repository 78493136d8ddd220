"""Before a target is told *proved*, real tasks go along with its model: what differs there makes it unknown."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from asking import target_in

from treadle.check.lockstep import AT_FAULT, Lockstep, schedules
from treadle.check.proving import candidate_of, prove_and_drive, replayed, told
from treadle.check.sides import LoggingMachine
from treadle.check.target import Target, resolve_target
from treadle.cli import main
from treadle_models.automaton.managers import FunctionCompiler
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import explore
from treadle_models.machine.code import Kind
from treadle_models.machine.futures import Futures
from treadle_models.machine.stage import MachineLimits
from treadle_models.smt.prove import ProofVerdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

VERSION = sys.version_info[:2]
PLAIN = ("--situation", "plain")


@pytest.fixture(name="write")
def _write(tmp_path: Path) -> Callable[[str], Target]:
    return partial(target_in, tmp_path)


WAITS = "import asyncio\n\nasync def stop(task):\n    task.cancel()\n    await asyncio.wait([task])\n"
SWALLOWS = """\
import asyncio


class Swallows:
    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, trace):
        return True


async def stop(task):
    task.cancel()
    async with Swallows():
        await asyncio.wait([task])
"""


def _verdicts(target: Target, *situations: str) -> tuple[dict[str, ProofVerdict], str]:
    proofs, driven = prove_and_drive(target, situations or ("plain",), VERSION)
    answers = {
        each.property: each.verdict for proof in replayed(target, told(proofs, driven)) for each in proof.answers
    }
    return answers, next((each.doubt for each in driven if each.doubt), "")


def test_a_target_that_the_model_has_right_is_proved_and_every_edge_was_driven(write: Callable[[str], Target]) -> None:
    target = write(WAITS)
    proofs, driven = prove_and_drive(target, ("plain", "pending"), VERSION)
    assert [each.doubt for each in driven] == ["", ""]
    play = make_play(candidate_of(target), "plain", VERSION, MachineLimits(events=1, steps=1))
    assert driven[0].schedules >= len(schedules(explore(play))) > 10
    assert all(proof.arcs for proof in proofs)


def test_a_compiler_that_ignores_what_an_exit_says_is_found_out_with_line_and_construct(
    write: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write(SWALLOWS)
    assert _verdicts(target)[0]["lost"] is ProofVerdict.REFUTED
    node = FunctionCompiler.node

    def ignores_the_exit(self: FunctionCompiler, kind: Kind, where: Any, run: Any, **more: Any) -> int:
        if kind is Kind.BRANCH and type(where).__name__ == "AsyncWith":
            return node(self, kind, where, lambda _m, _v: False, **more)
        return node(self, kind, where, run, **more)

    monkeypatch.setattr(FunctionCompiler, "node", ignores_the_exit)
    target = write(SWALLOWS + "# compiled anew\n")
    answers, doubt = _verdicts(target)
    assert answers["lost"] is ProofVerdict.UNKNOWN
    assert ProofVerdict.PROVED not in answers.values()
    assert AT_FAULT in doubt
    assert "helper.py:14: async with Swallows():" in doubt


def test_a_machine_with_a_wrong_rule_is_found_out(
    write: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Futures.exception

    def still_reported(machine: Futures, future: Any) -> Any:
        found = original(machine, future)
        future.unreported = found is not None
        return found

    monkeypatch.setattr(Futures, "exception", still_reported)
    target = write(f"{WAITS}    task.exception()\n")
    answers, doubt = _verdicts(target)
    assert AT_FAULT in doubt
    assert ProofVerdict.PROVED not in answers.values()


def test_one_situation_in_which_the_model_is_wrong_puts_all_in_doubt(
    write: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = write(WAITS)
    run = LoggingMachine.run

    def wrong_when_pending(machine: LoggingMachine, choices: tuple[int, ...]) -> Any:
        log, seen = run(machine, choices)
        return (log[1:] if machine.situation.pending else log), seen

    monkeypatch.setattr(LoggingMachine, "run", wrong_when_pending)
    proofs, driven = prove_and_drive(target, ("plain", "pending"), VERSION)
    assert [each.at_fault for each in driven] == [False, True]
    doubted = told(proofs, driven)
    assert all(each.verdict is not ProofVerdict.PROVED for proof in doubted for each in proof.answers)
    assert "in the situation pending" in doubted[0].answers[0].reason


def test_a_line_to_which_no_small_execution_comes_is_not_spoken_of(write: Callable[[str], Target]) -> None:
    target = write(
        "import asyncio\n\nasync def stop(task):\n    me = asyncio.current_task()\n    task.cancel()\n"
        "    while not task.done():\n"
        "        try:\n            await asyncio.wait([task])\n        except asyncio.CancelledError:\n"
        "            if me.cancelling() > 4:\n                return\n"
    )
    answers, doubt = _verdicts(target)
    assert "no small execution takes one of the paths that the proof covers" in doubt
    assert "helper.py:11: return" in doubt
    assert AT_FAULT not in doubt
    assert ProofVerdict.PROVED not in answers.values()


def test_a_target_that_spins_is_told_as_that(
    write: Callable[[str], Target], capsys: pytest.CaptureFixture[str]
) -> None:
    target = write("async def stop(task):\n    task.cancel()\n    while not task.done():\n        pass\n")
    assert main(["prove", target.name, *PLAIN]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "ends refuted" in out
    assert "a step of the call does not end, last seen at" in out
    assert "helper.py:3: while not task.done():" in out
    assert "proved" not in out


def test_a_call_that_spins_before_the_one_that_is_judged_is_no_fault_of_the_model(
    write: Callable[[str], Target],
) -> None:
    """In `nested` the dependency makes the call first: nothing can be judged then, and nothing is at fault."""
    target = write("async def stop(task):\n    while not task.done():\n        task.cancel()\n")
    driven = Lockstep(target, candidate_of(target), VERSION).drive("nested", ())
    assert "a step of the call does not end" in driven.doubt
    assert not driven.at_fault


def test_a_call_that_nobody_enters_is_not_exercised_and_nobodys_fault() -> None:
    """The lock as it was posted fails before there is a call, in the model as on real tasks."""
    for situation in ("plain", "nested"):
        proofs, driven = prove_and_drive(resolve_target("osipenko-lock"), (situation,), VERSION)
        assert not driven[0].doubt
        assert {each.verdict for each in told(proofs, driven)[0].answers} == {ProofVerdict.NOT_EXERCISED}


def test_a_loop_that_the_machine_gives_up_on_is_no_spinning_target(write: Callable[[str], Target]) -> None:
    """Real tasks are asked: a step of 6,000 lines ends."""
    target = write(
        "import asyncio\n\nasync def stop(task):\n    n = 0\n    task.cancel()\n    while n < 3000:\n        n += 1\n"
        "    await asyncio.wait([task])\n"
    )
    answers, doubt = _verdicts(target)
    assert answers["ends"] is ProofVerdict.UNKNOWN
    assert "a step of the call does not end" in doubt


def test_another_version_than_the_interpreters_is_not_driven() -> None:
    target = resolve_target("treadle-wait")
    other = (3, 12) if VERSION != (3, 12) else (3, 13)
    proofs, driven = prove_and_drive(target, ("plain",), other)
    assert proofs
    assert not driven


def test_the_catalogue_goes_in_lockstep() -> None:
    for name in ("treadle-joined", "taskgroup"):
        target = resolve_target(name)
        proofs, driven = prove_and_drive(target, ("plain",), VERSION)
        assert proofs[0].arcs
        assert not driven[0].doubt
        assert (
            Lockstep(target, candidate_of(target), VERSION).drive("plain", proofs[0].arcs).schedules
            == driven[0].schedules
        )
