"""The transition system of a target in a situation, as clauses over predicates: the subject of a certificate.

A shape is a predicate over its counters. A clause is an implication: the machine may begin in a shape (an *initial*
clause), an action leads from one shape to another, there is no violation, some action of the loop alone is always
possible, and such actions come to an end once the dependency is done (the *rank*). Names have a fixed order, so the
same target gives the same clauses in every process.

This module uses no solver, and does not know the invariant: see `certificate`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE
from treadle_models.smt.describe import described
from treadle_models.smt.loops import ranks
from treadle_models.smt.obligations import invariant
from treadle_models.smt.written import linear, written
from treadle_models.spec import CIRCLE_ENDS, ENDS, NO_SELF_HANG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.algebra import Formula
    from treadle_models.smt.control import Rule
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Judgement, Pair

RANKED = (ENDS.name, NO_SELF_HANG.name, CIRCLE_ENDS.name)
"""The properties that say that something ends, which need a rank."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim about a property under a reading: it holds, or (`exercised` false) its premise never becomes true."""

    pair: Pair
    exercised: bool = True

    @property
    def kind(self) -> str:
        """The name of this claim in its clauses."""
        return f"{self.pair[0]} ({self.pair[1]})"

    def __str__(self) -> str:
        return f"{'proved' if self.exercised else 'not exercised'}: {self.kind}"


@dataclass(frozen=True, slots=True)
class Clause:
    """`premises` imply `conclusion`, for all values of `counters`; predicates are applied to their arguments."""

    kind: str
    text: str
    counters: tuple[str, ...]
    premises: tuple[str, ...]
    conclusion: str


@dataclass(frozen=True, slots=True)
class ShapeText:
    """A shape: its name, its counters, and its description, line by line."""

    name: str
    counters: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """The whole system. `ranks` are those of the shapes in which the call must end; one that leads to a cycle has none.

    For an action between two shapes without ranks, a clause says that it is not possible.
    """

    shapes: tuple[ShapeText, ...]
    clauses: tuple[Clause, ...]
    ranks: tuple[tuple[str, int], ...]


def in_order(unfolded: Unfolded) -> list[int]:
    """Return the shapes in the order in which they are reached from the beginning."""
    found: dict[int, None] = {}
    queue = deque([-1])
    while queue:
        for rule in unfolded.rules_from(queue.popleft()):
            if rule.target in unfolded.facts and rule.target not in found:
                found[rule.target] = None
                queue.append(rule.target)
    return list(found)


class _Writer:
    def __init__(self, unfolded: Unfolded, claims: tuple[Claim, ...]) -> None:
        self.unfolded = unfolded
        self.claims = {claim.pair: claim for claim in claims}
        self.order = in_order(unfolded)
        self.names = {number: f"S{place}" for place, number in enumerate(self.order)}
        ranked = any(claim.exercised and claim.pair[0] in RANKED for claim in claims)
        self.ranks = ranks(unfolded) if ranked else {}
        inside_and_done = unfolded.control.inside_and_done
        self.ending = {number for number in self.order if inside_and_done(number)} if ranked else set()

    def counters(self, number: int) -> tuple[str, ...]:
        return self.unfolded.control.counters(number)

    def at(self, number: int) -> tuple[str, ...]:
        """Return the premise that the machine is in a shape; none for the beginning."""
        return (
            () if number < 0 else (_applied(self.names[number], tuple(f"|{each}|" for each in self.counters(number))),)
        )

    def clauses(self) -> Iterator[Clause]:
        for number in (-1, *self.order):
            rules = list(self.unfolded.rules_from(number))
            for rule in rules:
                yield from self.of_rule(number, rule)
            yield from self.covered(number, rules)
            if number >= 0:
                yield from self.left_here(number)

    def of_rule(self, number: int, rule: Rule) -> Iterator[Clause]:
        names = self.counters(number)
        premises = (*self.at(number), *map(written, rule.step.guards))
        here = self.names.get(number, "the beginning")
        for each in rule.judged:
            yield from self.judged(each, f"{here}, {rule.text}", names, premises)
        if rule.target < 0:
            return
        if rule.target not in self.names:
            yield Clause("closed", f"{here}: {rule.text} is not possible", names, premises, "false")
            return
        there = self.names[rule.target]
        kind = "initial" if number < 0 else "action"
        conclusion = _applied(there, tuple(map(linear, rule.step.updates)))
        yield Clause(kind, f"{here} -> {there}: {rule.text}", names, premises, conclusion)
        if rule.first and number in self.ending and rule.target in self.ending:
            falls = f"(> rank-{here} rank-{there})" if rule.target in self.ranks else "false"
            if number in self.ranks or rule.target not in self.ranks:  # otherwise it leads out of a cycle
                yield Clause("rank", f"{here} -> {there}: {rule.text}", names, premises, falls)

    def judged(self, each: Judgement, text: str, names: tuple[str, ...], premises: tuple[str, ...]) -> Iterator[Clause]:
        claim = self.claims.get(each.pair)
        wrong = FALSE if claim is None else each.wrong if claim.exercised else each.applies
        if wrong != FALSE:
            kind = self.claims[each.pair].kind
            yield Clause(kind, text, names, premises if wrong == TRUE else (*premises, written(wrong)), "false")

    def covered(self, number: int, rules: list[Rule]) -> Iterator[Clause]:
        """Yield the clause that for any counters some action of the loop is possible: none was left out of a shape."""
        ways: list[Formula | None] = []
        told = []
        for rule in rules:
            if rule.first:
                ways.append(None if not rule.step.guards else TRUE)
                told.append(f"(and {' '.join(map(written, rule.step.guards))})" if rule.step.guards else "true")
        if None not in ways:
            here = self.names.get(number, "the beginning")
            conclusion = f"(or false {' '.join(told)})"
            yield Clause(
                "covered", f"{here}: one of its actions is possible", self.counters(number), self.at(number), conclusion
            )

    def left_here(self, number: int) -> Iterator[Clause]:
        for each in self.unfolded.control.places[number].left_here:
            yield from self.judged(
                each, f"{self.names[number]}, if nothing happened any more", self.counters(number), self.at(number)
            )


def _applied(name: str, arguments: tuple[str, ...]) -> str:
    return f"({name} {' '.join(arguments)})" if arguments else name


def system_of(unfolded: Unfolded, claims: tuple[Claim, ...]) -> System:
    """Write the system of a situation, with its claims."""
    writer = _Writer(unfolded, claims)
    shapes = tuple(
        ShapeText(writer.names[number], writer.counters(number), described(unfolded.control.places[number].shape))
        for number in writer.order
    )
    found = tuple((writer.names[number], writer.ranks[number]) for number in writer.order if number in writer.ranks)
    return System(shapes, tuple(dict.fromkeys(writer.clauses())), found)


def invariants_of(unfolded: Unfolded, claims: tuple[Claim, ...]) -> dict[str, str]:
    """Return the invariant of each shape as a formula, by the name of the shape."""
    writer = _Writer(unfolded, claims)
    known = ((number, invariant(writer.counters(number), unfolded.facts[number])) for number in writer.order)
    return {writer.names[number]: f"(and true {' '.join(map(written, facts))})" for number, facts in known}
