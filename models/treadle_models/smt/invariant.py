"""Inductive invariants: for each shape, the bounds of the forms that hold whenever the machine is in it.

Bounds are computed forwards from the beginning until nothing changes; a bound outside of the template is dropped, so
this ends. It is Houdini (Flanagan and Leino, 2001) from the other direction: that begins with every fact of the
template and drops those that a rule breaks; this begins with the facts of the first path to a shape and drops those
that other paths do not have. It uses no solver; whether the result is inductive is shown for each rule separately
(`obligations`).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.machine.futures import TurnsCountError
from treadle_models.smt.control import Control, allows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.candidates import Candidate
    from treadle_models.machine.interpreter import Arc
    from treadle_models.situations import Situation
    from treadle_models.smt.control import Rule
    from treadle_models.smt.template import Facts


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A situation without bounds: the facts in each reachable shape; `situation` says which rules it has."""

    control: Control
    situation: Situation
    facts: dict[int, Facts]

    def rules_from(self, number: int) -> Iterator[Rule]:
        """Yield the rules from a shape, or from the beginning (-1)."""
        there = self.control.begin(self.situation.name) if number < 0 else self.control.visit(number)
        return (rule for rule in there if allows(self.situation, rule))

    def rules(self) -> Iterator[Rule]:
        """Yield all rules, those of the beginning first."""
        for number, _ in self.everywhere():
            yield from self.rules_from(number)

    def everywhere(self) -> Iterator[tuple[int, Facts]]:
        """Yield each shape with its bounds, the beginning first."""
        yield -1, ()
        yield from sorted(self.facts.items())

    def arcs(self) -> frozenset[Arc]:
        """Return the arcs of the program that the proof covers: those of all rules that can be taken."""
        found: set[Arc] = set()
        for number, facts in self.everywhere():
            for rule in self.rules_from(number):
                if rule.step.after(facts) is not None:
                    found |= rule.arcs
        return frozenset(found)

    def before(self, rule: Rule) -> Facts:
        """Return the facts in the source of a rule."""
        return self.facts[rule.source] if rule.source >= 0 else ()


SHAPES = 15_000
"""The limit of shapes, which is enough for every candidate."""


def controls_of(candidate: Candidate | str, version: tuple[int, int]) -> tuple[Control, Control]:
    """Return the arguments for `unfold`: a control without the turns of the loop, and one with them."""
    return Control(candidate, version), Control(candidate, version, turns=True)


def unfold(controls: tuple[Control, Control], situation: Situation, limit: int = SHAPES) -> Unfolded:
    """Find the facts in each shape that a situation can reach, except those that the facts exclude.

    The second control is used if a timer is due when it is set. Raises `OverflowError` if there are more shapes than
    `limit`.
    """
    try:
        return _unfold(controls[0], situation, limit)
    except TurnsCountError:
        return _unfold(controls[1], situation, limit)


def _unfold(control: Control, situation: Situation, limit: int) -> Unfolded:
    facts: dict[int, Facts] = {}
    unfolded = Unfolded(control, situation, facts)
    queue: deque[int] = deque([-1])
    waiting: set[int] = set()
    while queue:
        number = queue.popleft()
        waiting.discard(number)
        if len(facts) > limit:
            message = f"more than {limit:,} shapes"
            raise OverflowError(message)
        for rule in unfolded.rules_from(number):
            after = None if rule.target < 0 else rule.step.after(unfolded.before(rule))
            if after is None:
                continue
            known = facts.get(rule.target)
            joined = after if known is None else _union(known, after)
            if joined != known:
                facts[rule.target] = joined
                if rule.target not in waiting:
                    waiting.add(rule.target)
                    queue.append(rule.target)
    return unfolded


def _union(one: Facts, other: Facts) -> Facts:
    if one == other:
        return one
    return tuple([(min(a, c), max(b, d)) for (a, b), (c, d) in zip(one, other, strict=True)])
