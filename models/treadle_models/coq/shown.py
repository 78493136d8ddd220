"""The proof of a statement: invariants of places, ranks, and the multipliers by which everything follows from them.

This module need not be trusted: the checker takes the statement, and accepts the proof only if it is correct. So a fact
that follows from others is left out of an invariant; if too much was left out, the rest no longer follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula
from treadle_models.coq.cases import all_cases
from treadle_models.coq.farkas import contradiction
from treadle_models.coq.statement import START
from treadle_models.smt.judge import judge
from treadle_models.smt.loops import ranks
from treadle_models.smt.obligations import conjunction, substitute
from treadle_models.smt.template import as_formulas

if TYPE_CHECKING:
    from treadle_models.coq.farkas import Multipliers
    from treadle_models.coq.statement import Action, Place, Statement
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.step import Step
    from treadle_models.smt.system import Claim
    from treadle_models.smt.template import Facts

Refutation = tuple["Multipliers", ...]
"""Multipliers for each case of some formulas that cannot all hold."""
Known = dict["Place", tuple[Formula, ...]]
"""The facts in each reachable place."""


class NotShownError(ArithmeticError):
    """Something does not follow from the invariants by adding up inequalities; the message says what."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The proof of a system: for each action, in order, that it keeps the invariants; and that it never stops."""

    known: Known
    kept: tuple[tuple[Refutation, ...], ...]
    moving: dict[Place, Refutation]


def shown(unfolded: Unfolded, statement: Statement) -> Shown:
    """Show that the invariants are inductive, and that the system never stops; raise `NotShownError`."""
    known = {place: _known(unfolded, place) for place in statement.places}
    return Shown(known, tuple(_kept(action, known) for action in statement.actions), _moving(statement, known))


def excluded(statement: Statement, known: Known, claim: Claim) -> tuple[Refutation, ...]:
    """Show a claim, sighting by sighting; raise `NotShownError` if it does not follow."""
    found = []
    for each in statement.sightings:
        said = next((said for said in judge((each.seen,)) if said.pair == claim.pair), None)
        wrong = FALSE if said is None else said.wrong if claim.exercised else said.applies
        found.append(_refutation((*each.conditions, wrong, *known[each.place]), f"{claim.kind} in {each.place.name}"))
    return tuple(found)


def ranks_of(unfolded: Unfolded, statement: Statement) -> dict[Place, int]:
    """Return ranks that forced actions lower where the call must end; raise `NotShownError` if there is a cycle."""
    found = ranks(unfolded)
    missing = next((place for place in statement.ending if place.number not in found), None)
    if missing is not None:
        message = f"the call may go on for ever through {missing.name}"
        raise NotShownError(message)
    return {place: found[place.number] for place in statement.ending}


def _known(unfolded: Unfolded, place: Place) -> tuple[Formula, ...]:
    if place.name == START:
        return ()
    return without_needless(unfolded.control.counters(place.number), unfolded.facts[place.number])


@cache
def without_needless(names: tuple[str, ...], facts: Facts) -> tuple[Formula, ...]:
    """Return the facts of an invariant without those that follow from the others."""
    found = list(dict.fromkeys(as_formulas(names, facts)))
    for each in as_formulas(names, facts):
        others = tuple(other for other in found if other != each)
        if all(contradiction(case) is not None for case in all_cases((~each, *others))):
            found = list(others)
    return tuple(found)


def _kept(action: Action, known: Known) -> tuple[Refutation, ...]:
    wanted: tuple[Formula, ...] = () if action.target.number < 0 else (FALSE,)
    return _follow(action.step, known[action.source], known.get(action.target, wanted))


@cache
def _follow(step: Step, before: tuple[Formula, ...], wanted: tuple[Formula, ...]) -> tuple[Refutation, ...]:
    values = dict(zip(step.target, step.updates, strict=True))
    return tuple(_refutation((~substitute(each, values), *step.guards, *before), "an invariant") for each in wanted)


@cache
def _refutation(formulas: tuple[Formula, ...], text: str) -> Refutation:
    found = [contradiction(case) for case in all_cases(formulas)]
    if None in found:
        message = f"this does not follow by adding up inequalities: {text}"
        raise NotShownError(message)
    return tuple(each for each in found if each is not None)


def _moving(statement: Statement, known: Known) -> dict[Place, Refutation]:
    """Show that in each place some forced action is possible; leave out places where one has no guard."""
    forced: dict[Place, list[Formula]] = {place: [] for place in statement.places}
    for action in statement.actions:
        if action.forced:
            forced[action.source].append(~conjunction(action.step.guards) if action.step.guards else ~TRUE)
    found = {
        place: _refutation((*impossible, *known[place]), f"something goes on in {place.name}")
        for place, impossible in forced.items()
    }
    return {place: refutation for place, refutation in found.items() if refutation}
