"""Proofs and certificates: what Z3 says, another solver confirms, and a corrupted file it does not."""

from __future__ import annotations

import re
from typing import Any

import cvc5  # type: ignore[import-untyped]  # it has no annotations
import pytest

from treadle_models.explicit.instance import make_play, setting_of
from treadle_models.explicit.search import explore, shortest
from treadle_models.machine.play import Play
from treadle_models.machine.stage import Limits
from treadle_models.machine.tasks import Tasks
from treadle_models.smt.bounded import shortest_violation
from treadle_models.smt.certificate import certificate
from treadle_models.smt.control import Control
from treadle_models.smt.invariant import unfold
from treadle_models.smt.prove import Verdict, prove
from treadle_models.smt.solver import Solver
from treadle_models.spec import BY_NAME, Reading


def _answers(text: str) -> list[str]:
    """Have cvc5 check a certificate."""
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("incremental", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "certificate")
    symbols = parser.getSymbolManager()
    answers = []
    while not (command := parser.nextCommand()).isNull():
        answer = command.invoke(solver, symbols)
        if answer.strip():
            answers.append(answer.strip())
    return answers


@pytest.mark.parametrize(
    ("name", "situation", "kinds"),
    [
        ("treadle-wait", "plain", ("beginning", "step", "property", "closed")),
        ("osipenko-check", "plain", ("beginning", "step", "property", "closed", "covered")),  # it asks for its count
        ("treadle-await", "uncancel/1", ("beginning", "step", "property", "covered")),
    ],
)
def test_another_solver_confirms_every_obligation(name: str, situation: str, kinds: tuple[str, ...]) -> None:
    text = certificate(prove(name, situation, (3, 13)))
    answers = _answers(text)
    assert len(answers) == text.count("(check-sat)") > 30
    assert set(answers) == {"unsat"}
    for kind in kinds:
        assert f"; {kind}" in text


def test_a_corrupted_certificate_is_not_confirmed() -> None:
    """The negative control: without the facts that are equations, most of it does not follow."""
    text = certificate(prove("treadle-wait", "plain", (3, 13)))
    corrupted = re.sub(r"\(assert \(= .*\n", "", text)
    assert corrupted != text
    assert "sat" in _answers(corrupted)


def test_bounded_model_checking_finds_what_the_search_finds_in_as_many_actions() -> None:
    for name, wanted in (("osipenko-check", "lost"), ("treadle-wait", "joined-always"), ("docs-example", "lost")):
        unfolded = unfold(Control(name, (3, 13)), setting_of("plain"))
        found = shortest_violation(unfolded, Solver(), (wanted, Reading.WEAK), 9)
        graph = explore(make_play(name, "plain", (3, 13), Limits(events=2, steps=2)))
        trace = shortest(graph, BY_NAME[wanted], Reading.WEAK)
        assert trace is not None
        assert found == len(trace) - 1  # the first edge is the beginning


def test_bounded_model_checking_finds_nothing_where_nothing_is() -> None:
    unfolded = unfold(Control("treadle-wait", (3, 13)), setting_of("plain"))
    assert shortest_violation(unfolded, Solver(), ("lost", Reading.WEAK), 6) is None


def _verdicts(name: str, situation: str) -> dict[str, Verdict]:
    answers = prove(name, situation, (3, 13)).answers
    return {each.property: each.verdict for each in answers if each.reading is Reading.WEAK}


MUTATIONS = {
    "a cancel is not kept for the next step": ("_cancel_task", "treadle-wait", "pending"),
    "a cancel is not counted": ("_cancel_task", "treadle-wait", "plain"),
    "a cancel is not passed on": ("_cancel_task", "docs-example", "plain"),
    "a pending cancel is not delivered to what is awaited": ("finish_step", "treadle-await", "pending"),
    "a wake-up throws what never happened": ("_wake_up", "docs-example", "plain"),
    "a future that is cancelled does not wake": ("cancel_future", "treadle-wait", "plain"),
    "an exception looked at is still reported": ("result", "treadle-await", "plain"),
    "uncancel does not lower the count": ("uncancel", "tacca-corrected", "uncancel/0"),
    "uncancel forgets what is pending however many are left": ("uncancel", "treadle-wait", "uncancel/1"),
    "a step does not clear what is pending": ("step", "treadle-wait", "pending"),
}


def _mutant(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = getattr(Play, MUTATIONS[what][0])

    def mutated(self: Any, *arguments: Any) -> Any:
        task: Any = arguments[0] if arguments else None
        if what == "a cancel is not counted":
            before = task.count
            found = original(self, *arguments)
            task.count = before
            return found
        if what == "a cancel is not passed on":
            waits, task.waits_for = task.waits_for, None
            found = original(self, *arguments)
            task.waits_for = waits
            return found
        if what == "a wake-up throws what never happened":
            return self.step(task, self.error("RuntimeError"))
        if what == "a future that is cancelled does not wake":
            task.callbacks = []
            return original(self, *arguments)
        if what == "uncancel does not lower the count":
            return task.count
        try:
            found = original(self, *arguments)
        finally:
            if what == "an exception looked at is still reported":
                task.unreported = True
        if (
            what == "a cancel is not kept for the next step"
            or (what == "a pending cancel is not delivered to what is awaited" and not task.done)
            or what == "uncancel forgets what is pending however many are left"
        ):
            task.must_cancel = False
        elif what == "a step does not clear what is pending" and arguments[1] is not None:
            task.must_cancel = True
        return found

    monkeypatch.setattr(Play, MUTATIONS[what][0], mutated)


@pytest.mark.parametrize("what", MUTATIONS)
def test_a_mutation_of_the_machine_changes_a_verdict_or_what_is_counted(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from treadle_models.explicit.search import count_outcomes  # noqa: PLC0415

    _, name, situation = MUTATIONS[what]

    def counted() -> object:
        try:
            return count_outcomes(explore(make_play(name, situation, (3, 13), Limits(events=2, steps=2)), 20_000))
        except (ValueError, OverflowError) as error:
            return str(error)

    before = counted()
    _mutant(what, monkeypatch)
    assert counted() != before


def test_the_version_switch_decides_about_withdrawn_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """*any* with `asyncio.wait` holds up to 3.12 and fails from 3.13 on."""

    def of(version: tuple[int, int]) -> Verdict:
        answers = prove("treadle-wait", "uncancel/0", version).answers
        return next(a.verdict for a in answers if a.property == "lost" and a.reading is Reading.ANY)

    assert of((3, 12)) is Verdict.PROVED
    assert of((3, 13)) is Verdict.REFUTED
    monkeypatch.setattr(Tasks, "forgets_at_zero", lambda _: True)
    assert of((3, 12)) is Verdict.REFUTED


def test_both_modes_are_never_proved_for_one_design() -> None:
    for name in ("treadle-wait", "treadle-joined"):
        found = _verdicts(name, "plain")
        assert {found["prompt"], found["joined-always"]} == {Verdict.PROVED, Verdict.REFUTED}
