"""The unbounded verdict of a candidate in a situation: proved, refuted or unknown, for each property and reading.

Proved: an inductive invariant excludes every violation; Z3 has confirmed each obligation. Refuted: the rules lead to a
violation, and the machine within bounds shows the same, so it replays on real tasks. Not exercised: Z3 has confirmed
that the premise never becomes true. Unknown: none of these, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from treadle_models.explicit.instance import excluded, known, make_play
from treadle_models.explicit.search import explore, shortest
from treadle_models.machine.stage import MachineLimits
from treadle_models.machine.things import OutsideError
from treadle_models.situations import instance, instances, situation_of
from treadle_models.smt.concrete import Search, replayed
from treadle_models.smt.invariant import SHAPES, controls_of, unfold
from treadle_models.smt.judge import pairs_of
from treadle_models.smt.loops import circles
from treadle_models.smt.obligations import of_invariant, of_premise, of_property
from treadle_models.smt.solver import Solver
from treadle_models.smt.system import RANKED
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from treadle_models.candidates import Candidate
    from treadle_models.explicit.search import Graph
    from treadle_models.machine.interpreter import Arc
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Pair
    from treadle_models.smt.obligations import Obligation


class ProofVerdict(StrEnum):
    """The verdict of the models on a property."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on one property under one reading. `choices` is a schedule within the bounds that refutes it.

    `situation` is where it does, if that has a number in place of a symbol.
    """

    property: str
    reading: Reading
    verdict: ProofVerdict
    reason: str = ""
    events: int = 0
    steps: int = 0
    choices: tuple[int, ...] = ()
    situation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All answers for a candidate in a situation, and the obligations that were shown to have no solution.

    `arcs` are the arcs of the program that the proof covers, `unfolded` is the system. `outside` says what is not
    modelled, and where; then nothing is known. `excluded` says why the situation is not judged.
    """

    candidate: str
    situation: str
    version: tuple[int, int]
    answers: tuple[Answer, ...]
    obligations: tuple[Obligation, ...] = ()
    shapes: int = 0
    rules: int = 0
    arcs: frozenset[Arc] = frozenset()
    unfolded: Unfolded | None = None
    outside: str = ""
    excluded: str = ""


# These numbers of events are enough for every violation that the checker finds within its default bounds.
_FEW, _MOST = 1, 3
# If a trace of the rules does not replay, the machine itself is searched within these bounds, one after the other.
_SEARCHES = (MachineLimits(events=1, steps=1), MachineLimits(events=1, steps=2))

_EXCLUDED_NOWHERE = "the invariant does not exclude a violation, and none was found within small bounds"
_ENDLESS = "the call may go on for ever after the dependency is done"
_NO_WITNESS = "nothing violates it, but its premise was seen in no execution within small bounds"


class Prover:
    """Proves a candidate under a version of Python, one situation after the other; what they share is computed once."""

    def __init__(
        self,
        candidate: Candidate | str,
        version: tuple[int, int],
        solver: Solver | None = None,
        *,
        shapes: int = SHAPES,
    ) -> None:
        """Give up if there are more shapes than `shapes`. Raises `NoSolverError` if Z3 is missing."""
        self.shapes = shapes
        self.candidate = known(candidate)
        self.version = version
        self.solver = solver or Solver()
        self.controls = controls_of(candidate, version)
        self._graphs: dict[tuple[str, MachineLimits], Graph] = {}

    def prove(self, situation: str) -> Proof:
        """Return the unbounded verdicts in a situation."""
        self._graphs.clear()
        reason = excluded(self.candidate, situation, self.version)
        if reason:
            answers = [_answer(pair, ProofVerdict.NOT_EXERCISED, reason) for pair in pairs(situation)]
            return replace(self._proof(situation, answers), excluded=reason)
        try:
            return self._proved(situation)
        except OutsideError as error:
            answers = [_answer(pair, ProofVerdict.UNKNOWN, str(error)) for pair in pairs(situation)]
            return replace(self._proof(situation, answers), outside=str(error))

    def _proved(self, situation: str) -> Proof:
        try:
            case = _Case(self, situation)
        except OverflowError as error:
            return self._proof(
                situation, [self._without_proof(pair, situation, str(error)) for pair in pairs(situation)]
            )
        return self._proof(situation, [case.answer(pair) for pair in pairs(situation)], case)

    def _without_proof(self, pair: Pair, situation: str, reason: str) -> Answer:
        """Return a violation within small bounds, or the answer *unknown*."""
        return self.searched(pair, situation) or _answer(pair, ProofVerdict.UNKNOWN, reason)

    def searched(self, pair: Pair, situation: str) -> Answer | None:
        """Search the machine itself within bounds for a violation."""
        names = instances(situation)
        for limits in _SEARCHES:
            for name in names:
                edges = shortest(self._graph(name, limits), BY_NAME[pair[0]], pair[1])
                if edges is not None:
                    choices = tuple(choice for edge in edges for choice in edge.choices)
                    found = refutation(pair, limits.events or 0, limits.steps or 0, choices)
                    return replace(found, situation=name if len(names) > 1 else "")
        return None

    def _graph(self, situation: str, limits: MachineLimits) -> Graph:
        key = situation, limits
        if key not in self._graphs:
            self._graphs[key] = explore(make_play(self.candidate, situation, self.version, limits))
        return self._graphs[key]

    def _proof(self, situation: str, answers: list[Answer], case: _Case | None = None) -> Proof:
        return Proof(
            candidate=self.candidate.name,
            situation=situation,
            version=self.version,
            answers=tuple(answers),
            obligations=() if case is None else tuple(dict.fromkeys(case.shown)),
            shapes=0 if case is None else len(case.unfolded.facts),
            rules=0 if case is None else sum(1 for _ in case.unfolded.rules()),
            arcs=frozenset() if case is None else case.unfolded.arcs(),
            unfolded=None if case is None else case.unfolded,
        )


def prove(candidate: Candidate | str, situation: str, version: tuple[int, int]) -> Proof:
    """Return the unbounded verdicts of one situation; raise `NoSolverError` if Z3 is missing."""
    return Prover(candidate, version).prove(situation)


def pairs(situation: str) -> tuple[Pair, ...]:
    """Return what is judged in a situation."""
    return pairs_of(situation_of(situation))


def _answer(pair: Pair, verdict: ProofVerdict, reason: str = "") -> Answer:
    return Answer(property=pair[0], reading=pair[1], verdict=verdict, reason=reason)


def refutation(pair: Pair, events: int, steps: int, choices: tuple[int, ...]) -> Answer:
    """Return the answer that a schedule within so many events and steps refutes a property."""
    return Answer(
        property=pair[0], reading=pair[1], verdict=ProofVerdict.REFUTED, events=events, steps=steps, choices=choices
    )


class _Case:
    """One situation: its invariant, confirmed, and the answers."""

    def __init__(self, prover: Prover, situation: str) -> None:
        self.prover = prover
        self.unfolded = unfold(prover.controls, situation_of(situation), prover.shapes)
        self.shown = list(dict.fromkeys(of_invariant(self.unfolded)))
        if not prover.solver.all_shown(self.shown):
            wrong = prover.solver.first_possible(self.shown)
            message = f"what was computed for {prover.candidate.name} in {situation} is not an invariant: {wrong}"
            raise ArithmeticError(message)
        self.search = Search(self.unfolded)
        self.search.go_on(_FEW)

    def answer(self, pair: Pair) -> Answer:
        """Refute or prove a property; if neither succeeds at once, search further."""
        reason = "" if pair in self.search.violated else self._unproved(pair)
        if not reason and pair not in self.search.violated:
            return self._exercised(pair)
        if pair not in self.search.violated:
            self.search.go_on(_MOST)
        return self._refuted(pair) or _answer(
            pair, ProofVerdict.UNKNOWN, reason or "a trace of the rules does not replay"
        )

    def _unproved(self, pair: Pair) -> str:
        """Return why a property is not proved; an empty string if it is."""
        obligations = list(of_property(self.unfolded, pair))
        if not self.prover.solver.all_shown(obligations):
            return _EXCLUDED_NOWHERE
        if pair[0] in RANKED and self._may_go_on_for_ever:
            return _ENDLESS
        self.shown += obligations
        return ""

    @cached_property
    def _may_go_on_for_ever(self) -> bool:
        return circles(self.unfolded)

    def _exercised(self, pair: Pair) -> Answer:
        """Return the answer that a property is proved, or that its premise never becomes true."""
        if pair not in self.search.exercised:
            obligations = list(of_premise(self.unfolded, pair))
            if self.prover.solver.all_shown(obligations):
                self.shown += obligations
                return _answer(pair, ProofVerdict.NOT_EXERCISED, "its premise comes true in no execution at all")
            self.search.go_on(_MOST)
        if pair in self.search.exercised:
            return _answer(pair, ProofVerdict.PROVED)
        return _answer(pair, ProofVerdict.UNKNOWN, _NO_WITNESS)

    def _refuted(self, pair: Pair) -> Answer | None:
        trace = self.search.violated.get(pair)
        choices = None if trace is None else replayed(self.unfolded, pair, trace)
        if trace is None or choices is None:
            return self.prover.searched(pair, self.unfolded.situation.name)
        situation = self.unfolded.situation
        found = refutation(pair, trace.events, trace.steps, choices)
        return replace(found, situation=instance(situation.name, trace.count)) if situation.any_count else found
