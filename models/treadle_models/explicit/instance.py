"""An instance: a candidate in a situation under a version of Python, as a transition system to search."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra.known import Known
from treadle_models.automaton.library import compile_candidate, roles
from treadle_models.candidates import CANDIDATES, Candidate
from treadle_models.machine.interpreter import NotEnabledError
from treadle_models.machine.play import End, Play, State
from treadle_models.machine.things import OutsideError
from treadle_models.situations import situation_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.algebra import Formula
    from treadle_models.machine.interpreter import Arc
    from treadle_models.machine.stage import MachineLimits
    from treadle_models.spec import Observation


def known(candidate: Candidate | str) -> Candidate:
    """Return a candidate of the catalogue by its name, or the candidate itself."""
    return CANDIDATES[candidate] if isinstance(candidate, str) else candidate


def excluded(candidate: Candidate | str, situation: str, version: tuple[int, int]) -> str:
    """Return why a candidate is not judged in a situation, or an empty string."""
    if situation_of(situation).dependency == "eager" and version < (3, 12):
        return "Python 3.11 has no eager tasks"
    reasons = known(candidate).excludes
    return next((reasons[aspect] for aspect in situation.split("+") if aspect in reasons), "")


def make_play(candidate: Candidate | str, situation: str, version: tuple[int, int], limits: MachineLimits) -> Play:
    """Compile a candidate and make a machine for it; raise `OutsideSubsetError` for code that is not modelled.

    Within bounds, a situation must have numbers, and no symbol: raise `ValueError` otherwise.
    """
    if situation_of(situation).any_count and limits.events is not None:
        message = f"{situation!r} has a symbol for a number, which is possible only without bounds"
        raise ValueError(message)
    found = known(candidate)
    return Play(
        version, situation_of(situation), limits, compile_candidate(found), owner=found.owner, roles=dict(roles())
    )


@dataclass(frozen=True, slots=True)
class Edge:
    """One action: its choices, the condition on the counters, and where it leads.

    `noted` is what was judged on the way, without bounds; `arcs` are the arcs of the program that were taken.
    """

    choices: tuple[int, ...]
    guards: tuple[Formula, ...]
    text: str
    target: State | End
    noted: tuple[Observation, ...] = ()
    arcs: frozenset[Arc] = frozenset()


_ASKED = 24  # how often one action may ask about counts: a loop would ask for ever


class _Script:
    """An oracle that follows a script, then takes the first option, and notes what it was asked."""

    def __init__(self, script: tuple[int, ...]) -> None:
        self.script = script
        self.taken: list[int] = []
        self.counts: list[int] = []
        self.choices: list[int] = []
        self.guards: list[Formula] = []
        self.known = Known()

    def _next(self, count: int) -> int:
        place = len(self.taken)
        answer = self.script[place] if place < len(self.script) else 0
        self.taken.append(answer)
        self.counts.append(count)
        return answer

    def choose(self, options: tuple[str, ...]) -> int:
        answer = self._next(len(options))
        self.choices.append(answer)
        return answer

    def decide(self, formula: Formula) -> bool:
        certain = self.known.certain(formula)
        if certain is not None:
            return certain
        if len(self.guards) >= _ASKED:
            message = "not modelled: a loop whose end depends on how high a count is"
            raise OutsideError(message)
        yes = self._next(2) == 0
        guard = formula if yes else ~formula
        self.guards.append(guard)
        self.known.assume(guard)
        return yes


_sets: dict[frozenset[Arc], frozenset[Arc]] = {}


def _kept(arcs: dict[Arc, None]) -> frozenset[Arc]:
    """Return the arcs as a set; equal sets are shared, because many edges have the same ones."""
    found = frozenset(arcs)
    return _sets.setdefault(found, found)


def edges(play: Play, state: State | None, counters: tuple[object, ...] | None = None) -> Iterator[Edge]:
    """Yield every action from a state, or every beginning, in the order of the options."""
    script: tuple[int, ...] = ()
    while True:
        oracle = _Script(script)
        play.taken = ""
        play.arcs = {}
        with contextlib.suppress(NotEnabledError):
            target = play.first(oracle) if state is None else play.act(state, oracle, counters)
            choices, guards = tuple(oracle.choices), tuple(oracle.guards)
            yield Edge(choices, guards, play.taken, target, tuple(play.noted), _kept(play.arcs))
        taken = oracle.taken
        while taken and taken[-1] + 1 >= oracle.counts[len(taken) - 1]:
            taken.pop()
        if not taken:
            return
        taken[-1] += 1
        script = tuple(taken)
