"""The unbounded verdict of a candidate in a situation: proved, refuted or unknown, for each property and reading.

Proved: an inductive invariant excludes every violation; Z3 has confirmed each obligation. Refuted: the machine has a
trace that violates the property, found by exhaustive search within small bounds; it replays on real tasks. Unknown:
neither, and the reason is said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, evaluate
from treadle_models.explicit.instance import excluded, known, make_play, setting_of
from treadle_models.explicit.search import explore, shortest
from treadle_models.machine.stage import Limits
from treadle_models.smt.invariant import Facts, propose
from treadle_models.smt.loops import circles
from treadle_models.smt.obligations import (
    Obligation,
    broken,
    conjunction,
    exercised,
    invariant,
    of_invariant,
    violation,
)
from treadle_models.smt.solver import Solver
from treadle_models.spec import ENDS, MODES, NO_SELF_HANG, PROPERTIES, Property, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.candidates import Candidate
    from treadle_models.explicit.search import Graph
    from treadle_models.machine.play import Play
    from treadle_models.smt.control import Control


class Verdict(StrEnum):
    """What the models say of a property."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on one property under one reading. `choices` is the schedule of a shortest trace that refutes it."""

    property: str
    reading: Reading
    verdict: Verdict
    reason: str = ""
    events: int = 0
    steps: int = 0
    choices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All answers for a candidate in a situation, and the obligations that were shown to have no solution."""

    candidate: str
    situation: str
    version: tuple[int, int]
    answers: tuple[Answer, ...]
    obligations: tuple[Obligation, ...] = ()
    shapes: int = 0
    rules: int = 0
    questions: int = 0


@dataclass(slots=True)
class Unbounded:
    """The shapes and rules of an instance with a confirmed invariant."""

    control: Control
    facts: list[Facts | None]
    solver: Solver = field(default_factory=Solver)


# The bounds within which a counterexample is sought, one after the other.
_SEARCHES = (
    Limits(events=0, steps=1),
    Limits(events=1, steps=1),
    Limits(events=1, steps=2),
    Limits(events=2, steps=2),
    Limits(events=3, steps=2),
    Limits(events=3, steps=3),
)
SHAPES = 6000


def pairs(situation: str) -> Iterator[tuple[Property, Reading]]:
    """Yield what is judged in a situation: each property, under all readings where others may uncancel."""
    setting = setting_of(situation)
    for each in (*PROPERTIES, *MODES):
        if setting.dependency == "itself" and each is not NO_SELF_HANG:
            continue
        for reading in Reading if setting.uncancel and each.readings else (Reading.WEAK,):
            yield each, reading


def prove(candidate: Candidate | str, situation: str, version: tuple[int, int]) -> Proof:
    """Return the unbounded verdicts; raise `NoSolverError` where Z3 is missing."""
    reason = excluded(candidate, situation, version)
    if reason:
        answers = tuple(
            Answer(property=each.name, reading=reading, verdict=Verdict.NOT_EXERCISED, reason=reason)
            for each, reading in pairs(situation)
        )
        return Proof(candidate=known(candidate).name, situation=situation, version=version, answers=answers)
    solver = Solver()
    try:
        unbounded = confirm(make_play(candidate, situation, version, Limits()), solver)
    except OverflowError as error:
        unbounded, problem = None, str(error)
    else:
        problem = ""
    bounded = _Bounded(candidate, situation, version)
    shown: list[Obligation] = []
    answers_found = []
    for each, reading in pairs(situation):
        obligations = None if unbounded is None else list(of_property(unbounded, each, reading))
        reason = problem
        if obligations is not None:
            reason = _unproved(unbounded, obligations, each)
        if not reason and obligations is not None:
            shown += obligations
            answers_found.append(_proved(unbounded, each, reading))
        else:
            answers_found.append(bounded.refute(each, reading, reason))
    if unbounded is not None:
        shown += of_invariant(unbounded.control, unbounded.facts)
    return Proof(
        candidate=known(candidate).name,
        situation=situation,
        version=version,
        answers=tuple(answers_found),
        obligations=tuple(shown),
        shapes=0 if unbounded is None else len(unbounded.control.shapes),
        rules=0 if unbounded is None else len(unbounded.control.rules),
        questions=solver.questions,
    )


def confirm(play: Play, solver: Solver) -> Unbounded:
    """Propose an invariant and drop from it what the solver does not confirm, until all is confirmed."""
    control, facts = propose(play, SHAPES)
    pending = True
    while pending:
        pending = False
        for obligation in of_invariant(control, facts):
            if not solver.possible(*obligation.formulas):
                continue
            if obligation.kind == "covered":
                message = f"the rules of shape {obligation.source} do not cover all numbers"
                raise ArithmeticError(message)
            _weaken(control, facts, obligation, solver)
            pending = True
    return Unbounded(control, facts, solver)


def _weaken(control: Control, facts: list[Facts | None], obligation: Obligation, solver: Solver) -> None:
    """Drop the bounds that a solution of an obligation breaks."""
    numbers = solver.numbers(*obligation.formulas)
    if numbers is None:
        return
    source = facts[obligation.source] if obligation.source >= 0 else {}
    for rule in control.rules:
        if rule.source != obligation.source or rule.target < 0:
            continue
        known = {name: numbers.get(name, 0) for name in _names(control, rule.source)}
        if source is None or not evaluate(broken(control, facts, rule), known):
            continue
        target = facts[rule.target]
        if target is None:
            message = f"a rule to shape {rule.target}, which was thought out of reach, can be taken"
            raise ArithmeticError(message)
        values = {
            name: update.value(known) for name, update in zip(control.counters[rule.target], rule.updates, strict=True)
        }
        for form, (low, high) in list(target.items()):
            value = sum(factor * values[name] for name, factor in form)
            target[form] = (
                None if low is not None and value < low else low,
                None if high is not None and value > high else high,
            )


def _names(control: Control, shape: int) -> tuple[str, ...]:
    return control.counters[shape] if shape >= 0 else ()


def of_property(unbounded: Unbounded, the_property: Property, reading: Reading) -> Iterator[Obligation]:
    """Yield what shows that a property holds: at each end, and in each shape as if the play were left there."""
    control, facts = unbounded.control, unbounded.facts
    for number, rule in enumerate(control.rules):
        if rule.target >= 0:
            continue
        own = facts[rule.source] if rule.source >= 0 else {}
        if own is None:
            continue
        before = invariant(control, own, rule.source) if rule.source >= 0 else ()
        for seen in rule.seen:
            wrong = violation(seen, the_property, reading)
            if wrong != FALSE:
                yield Obligation("property", (*before, *rule.guards, wrong), rule.source, number)
    for number, seen_there in enumerate(control.left_here):
        own = facts[number]
        for seen in () if own is None else seen_there:
            wrong = violation(seen, the_property, reading)
            if wrong != FALSE:
                yield Obligation("property", (*invariant(control, own or {}, number), wrong), number)


def _unproved(unbounded: Unbounded | None, obligations: list[Obligation], the_property: Property) -> str:
    """Say why a property is not proved; an empty string if it is."""
    if unbounded is None:
        return "no invariant"
    if any(unbounded.solver.possible(*each.formulas) for each in obligations):
        return "the invariant does not exclude a violation, and none was found within small bounds"
    if the_property in (ENDS, NO_SELF_HANG) and circles(unbounded.control, unbounded.facts):
        return "the call may go round in a circle after the dependency is done"
    return ""


def _proved(unbounded: Unbounded | None, the_property: Property, reading: Reading) -> Answer:
    """Return that a property is proved, or that its premise never comes true."""
    if unbounded is not None and _is_exercised(unbounded, the_property, reading):
        return Answer(property=the_property.name, reading=reading, verdict=Verdict.PROVED)
    return Answer(
        property=the_property.name,
        reading=reading,
        verdict=Verdict.NOT_EXERCISED,
        reason="its premise comes true in no execution at all",
    )


def _is_exercised(unbounded: Unbounded, the_property: Property, reading: Reading) -> bool:
    control, facts = unbounded.control, unbounded.facts
    for rule in control.rules:
        own = facts[rule.source] if rule.source >= 0 else {}
        if rule.target >= 0 or own is None:
            continue
        for seen in rule.seen:
            when = exercised(seen, the_property, reading)
            if when == TRUE and not rule.guards:
                return True
            before = invariant(control, own, rule.source) if rule.source >= 0 else ()
            if when != FALSE and unbounded.solver.possible(*before, *rule.guards, conjunction((when,))):
                return True
    return False


class _Bounded:
    """Searches within small bounds, each only if it is needed."""

    def __init__(self, candidate: Candidate | str, situation: str, version: tuple[int, int]) -> None:
        self._instance = candidate, situation, version
        self._graph = cache(self._search)

    def _search(self, limits: Limits) -> Graph:
        return explore(make_play(*self._instance, limits), 60_000)

    def refute(self, the_property: Property, reading: Reading, reason: str) -> Answer:
        """Return a shortest violation within the smallest bounds that have one, or that it is unknown."""
        for limits in _SEARCHES:
            try:
                trace = shortest(self._graph(limits), the_property, reading)
            except OverflowError as error:
                reason = f"{reason}; the search was stopped at {error}"
                break
            if trace is not None:
                return Answer(
                    property=the_property.name,
                    reading=reading,
                    verdict=Verdict.REFUTED,
                    events=limits.events or 0,
                    steps=limits.steps or 0,
                    choices=tuple(choice for edge in trace for choice in edge.choices),
                )
        return Answer(property=the_property.name, reading=reading, verdict=Verdict.UNKNOWN, reason=reason)
