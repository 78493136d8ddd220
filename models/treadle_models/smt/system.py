"""The transition system of a target in a situation, as clauses over predicates: what a certificate speaks of.

A shape is a predicate over its counters. A clause says what follows from what: that the play may begin in a shape (an
*initial* clause), that an action leads from one shape to another, that no violation is there, that some action without
anybody's doing is always possible, and that such actions come to an end once the dependency is done (the *rank*).
Everything is named in an order of its own, so the same target gives the same clauses in every process.

Nothing here asks a solver, and nothing here knows the invariant: see `certificate`.
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
from treadle_models.spec import ENDS, NO_SELF_HANG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.algebra import Formula
    from treadle_models.smt.control import Rule
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Judgement, Pair

RANKED = (ENDS.name, NO_SELF_HANG.name)
"""The properties that say that something ends: these take a rank."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A property under a reading: proved, or (`exercised` false) that its premise comes true nowhere."""

    pair: Pair
    exercised: bool = True

    @property
    def kind(self) -> str:
        """What the clauses of this claim are called."""
        return f"{self.pair[0]} ({self.pair[1]})"

    def __str__(self) -> str:
        return f"{'proved' if self.exercised else 'not exercised'}: {self.kind}"


@dataclass(frozen=True, slots=True)
class Clause:
    """From `premises` follows `conclusion`, for all values of `counters`; a predicate is applied to its arguments."""

    kind: str
    text: str
    counters: tuple[str, ...]
    premises: tuple[str, ...]
    conclusion: str


@dataclass(frozen=True, slots=True)
class ShapeText:
    """A shape: its name, its counters, and what it is in words, a line each."""

    name: str
    counters: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """All of it. `ranks` are those of the shapes in which the call has to end; one from which it may go round has none.

    An action between two that have none is a clause that says that it is not possible.
    """

    shapes: tuple[ShapeText, ...]
    clauses: tuple[Clause, ...]
    ranks: tuple[tuple[str, int], ...]


def in_order(unfolded: Unfolded) -> list[int]:
    """Return the shapes as they are reached from the beginning."""
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
        """Say that the play is in a shape; of the beginning there is nothing to say."""
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
            if number in self.ranks or rule.target not in self.ranks:  # else it leads from a circle to where all ends
                yield Clause("rank", f"{here} -> {there}: {rule.text}", names, premises, falls)

    def judged(self, each: Judgement, text: str, names: tuple[str, ...], premises: tuple[str, ...]) -> Iterator[Clause]:
        claim = self.claims.get(each.pair)
        wrong = FALSE if claim is None else each.wrong if claim.exercised else each.applies
        if wrong != FALSE:
            kind = self.claims[each.pair].kind
            yield Clause(kind, text, names, premises if wrong == TRUE else (*premises, written(wrong)), "false")

    def covered(self, number: int, rules: list[Rule]) -> Iterator[Clause]:
        """Say that whatever the counters are, something goes on by itself: no action was left out of a shape."""
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
    """Write the system of a situation, with what is claimed of it."""
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
