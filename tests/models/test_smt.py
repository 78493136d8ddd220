"""Proofs: the search within bounds, a solver within bounds, and the proof without bounds say one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import explore, shortest
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.tasks import Tasks
from treadle_models.situations import situation_of
from treadle_models.smt.bounded import shortest_violation
from treadle_models.smt.invariant import controls_of, unfold
from treadle_models.smt.prove import ProofVerdict, prove
from treadle_models.smt.solver import Solver
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    import pytest


def test_bounded_model_checking_finds_what_the_search_finds_in_as_many_actions() -> None:
    for name, wanted in (("osipenko-check", "lost"), ("treadle-wait", "joined-always"), ("docs-example", "lost")):
        unfolded = unfold(controls_of(name, (3, 13)), situation_of("plain"))
        found = shortest_violation(unfolded, Solver(), (wanted, Reading.WEAK), 9)
        graph = explore(make_play(name, "plain", (3, 13), MachineLimits(events=2, steps=2)))
        trace = shortest(graph, BY_NAME[wanted], Reading.WEAK)
        assert trace is not None
        assert found == len(trace) - 1  # the first edge is the beginning


def test_bounded_model_checking_finds_nothing_where_nothing_is() -> None:
    unfolded = unfold(controls_of("treadle-wait", (3, 13)), situation_of("plain"))
    assert shortest_violation(unfolded, Solver(), ("lost", Reading.WEAK), 6) is None


def _verdicts(name: str, situation: str) -> dict[str, ProofVerdict]:
    answers = prove(name, situation, (3, 13)).answers
    return {each.property: each.verdict for each in answers if each.reading is Reading.WEAK}


def test_the_version_switch_decides_about_withdrawn_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """*any* with `asyncio.wait` holds up to 3.12 and fails from 3.13 on."""

    def of(version: tuple[int, int]) -> ProofVerdict:
        answers = prove("treadle-wait", "uncancel/0", version).answers
        return next(a.verdict for a in answers if a.property == "lost" and a.reading is Reading.ANY)

    assert of((3, 12)) is ProofVerdict.PROVED
    assert of((3, 13)) is ProofVerdict.REFUTED
    monkeypatch.setattr(Tasks, "forgets_at_zero", lambda _: True)
    assert of((3, 12)) is ProofVerdict.REFUTED


def test_both_modes_are_never_proved_for_one_design() -> None:
    for name in ("treadle-wait", "treadle-joined"):
        found = _verdicts(name, "plain")
        assert {found["prompt"], found["joined-always"]} == {ProofVerdict.PROVED, ProofVerdict.REFUTED}
