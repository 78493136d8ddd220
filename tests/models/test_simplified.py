"""What the unbounded half leaves out makes no difference: each simplification broken, or switched off, goes wrong.

Without bounds the machine forgets, judges on the spot, shares shapes between situations, and looks for circles instead
of walking them. For each there is a target whose verdict hangs on it. A simplification that could be broken without
anything to be seen would be one that nobody checks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from treadle.check.proving import candidate_of
from treadle.check.target import resolve_target
from treadle_models.machine import play, tidy
from treadle_models.machine.play import Play
from treadle_models.situations import situation_of
from treadle_models.smt import control, invariant, loops, prove
from treadle_models.smt.concrete import Search
from treadle_models.smt.invariant import controls_of, unfold
from treadle_models.smt.prove import ProofVerdict, Prover
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from treadle_models.machine.things import Future
    from treadle_models.machine.world import Call, World

FILE = Path(__file__).parent / "ordinary" / "simplified" / "targets.py"
VERSION = (3, 14)
PROVED, REFUTED, UNKNOWN = ProofVerdict.PROVED, ProofVerdict.REFUTED, ProofVerdict.UNKNOWN


def _verdict(name: str, situation: str, wanted: str) -> ProofVerdict:
    proof = Prover(candidate_of(resolve_target(f"{FILE}:{name}")), VERSION).prove(situation)
    assert not proof.outside
    return next(each.verdict for each in proof.answers if each.property == wanted)


def _shapes(name: str, limit: int) -> int:
    candidate = candidate_of(resolve_target(f"{FILE}:{name}"))
    return len(unfold(controls_of(candidate, VERSION), situation_of("plain"), limit).facts)


_tidy, _blank, _watch = tidy.tidy, tidy._blank, Play._watch


def _judges_nobody(world: World) -> Iterator[Call]:
    """Blank calls that are over, and let nobody see them before."""
    list(_tidy(world))
    return iter(())


def _owes_nothing(call: Call) -> None:
    _blank(call)
    call.over = "over"


def _keeps_one_shield(_world: World, future: Future) -> None:
    """Take every shield that was given up for the same as the first one."""
    shields = [each for each in future.callbacks if tidy._outer(each) is not None]
    future.callbacks = [each for each in future.callbacks if each not in shields[1:]]


def _never_watches(_machine: Play) -> None:
    """Judge `prompt` in no gap, and at rest neither."""


def _is_no_third_party(_situation: object, rule: control.Rule) -> bool:
    return rule.text not in control.OF_THIRD_PARTIES


def _is_a_third_party(_situation: object, _rule: control.Rule) -> bool:
    return True


BROKEN: dict[str, tuple[str, str, str, ProofVerdict, ModuleType | type, str, object, ProofVerdict]] = {
    "leaks: of shields that were given up one of each kind is kept": (
        *("shield_given_up", "plain", "failure-kept", REFUTED),
        *(tidy, "_forget", _keeps_one_shield, PROVED),
    ),
    "circles: a call that goes round for ever does not end": (
        *("goes_round", "plain", "ends", REFUTED),
        *(prove, "circles", lambda _: False, PROVED),
    ),
    "circles: what leads to them has no rank": (
        *("goes_round", "plain", "ends", REFUTED),
        *(loops, "_ranked", lambda following: dict.fromkeys(following, 0), PROVED),
    ),
    "states left: what was asked counts although the call never ends": (
        *("asks_again_and_never_leaves", "plain", "undisturbed", REFUTED),
        *(control, "_left_here", lambda *_: (), ProofVerdict.NOT_EXERCISED),
    ),
    "prompt: it is judged in each gap, as no state remembers it": (
        *("absorbs", "plain", "prompt", REFUTED),
        *(Play, "_watch", _never_watches, ProofVerdict.NOT_EXERCISED),
    ),
    "third parties: in their situation they act": (
        *("leaves_where_others_asked", "third-party", "joined", REFUTED),
        *(invariant, "allows", _is_no_third_party, PROVED),
    ),
    "third parties: in other situations they do not": (
        *("leaves_where_others_asked", "plain", "joined", PROVED),
        *(invariant, "allows", _is_a_third_party, UNKNOWN),
    ),
}
"""Target, situation, property and verdict; what is broken, and by what; the verdict that comes then."""


@pytest.mark.parametrize("what", BROKEN)
def test_a_simplification_that_is_broken_goes_wrong(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, situation, wanted, right, place, attribute, broken, then = BROKEN[what]
    assert _verdict(name, situation, wanted) is right
    monkeypatch.setattr(place, attribute, broken)
    assert _verdict(name, situation, wanted) is then


OF_THE_RULES: dict[str, tuple[str, str, ModuleType, str, object]] = {
    "tidy: a call that is over is judged before it is forgotten": (
        *("returns_at_once", "joined"),
        *(play, "tidy", _judges_nobody),
    ),
    "owing: one who has dropped a failure is in debt until another raises it": (
        *("one_drops_and_the_other_never_leaves", "failure-kept"),
        *(tidy, "_blank", _owes_nothing),
    ),
}
"""Target and property; what is broken, and by what. Then a search within bounds still finds the violation."""


@pytest.mark.parametrize("what", OF_THE_RULES)
def test_a_violation_that_the_rules_lead_to_is_not_found_where_they_are_broken(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, wanted, place, attribute, broken = OF_THE_RULES[what]

    def is_found() -> bool:
        candidate = candidate_of(resolve_target(f"{FILE}:{name}"))
        search = Search(unfold(controls_of(candidate, VERSION), situation_of("shared")))
        search.go_on(2)
        return (wanted, Reading.WEAK) in search.violated

    assert is_found()
    monkeypatch.setattr(place, attribute, broken)
    assert not is_found()


@pytest.mark.skipif(os.environ.get("TREADLE_TESTS") != "all", reason="takes a while; TREADLE_TESTS=all runs it")
@pytest.mark.parametrize(
    ("where", "attribute"), [(play, "tidy"), (tidy, "_forget_leaked_shields")], ids=["tidy", "leaks"]
)
def test_without_what_is_forgotten_there_is_no_end_of_shapes(
    where: ModuleType, attribute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = _shapes("shields_again_and_again", 1_000)
    monkeypatch.setattr(where, attribute, lambda _: ())
    with pytest.raises(OverflowError):
        _shapes("shields_again_and_again", 3 * few)
