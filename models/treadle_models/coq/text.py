"""Write a proof as a file for Coq: the statement of a system, its proof, and the theorems.

`coqc` runs the checker of `Checker.v` on it. A reader only needs the first half, in the terms of `System.v` and
`Spec.v`, and the last theorem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import Formula, Linear, Relation
from treadle_models.coq.protocol import COUNT, OWN_STEP, follows, standings
from treadle_models.coq.shown import excluded, ranks_of, shown
from treadle_models.coq.statement import statement_of
from treadle_models.coq.witness import witnesses
from treadle_models.smt.certificate import claims_of
from treadle_models.smt.system import RANKED
from treadle_models.spec import LOST, PHANTOM, SCOPE_KEPT, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from treadle_models.coq.shown import Refutation
    from treadle_models.coq.statement import Action, Place, Statement
    from treadle_models.coq.witness import Witness
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Pair
    from treadle_models.smt.prove import Proof
    from treadle_models.smt.system import Claim

_JOINED = {Relation.AND: ("And", "Yes"), Relation.OR: ("Or", "No")}
_FOLLOWS = f"Follows.follows rule target {COUNT.replace('-', '_')} stands own_steps"
_CLEARS = (3, 13)
_NAMED = {"start": "the_start", "over": "the_end"}


@dataclass(frozen=True, slots=True)
class CoqFile:
    """A file for Coq: its name without ending, its text, its claims, their subject, and what its theorem says."""

    candidate: str
    situation: str
    name: str
    text: str
    claims: tuple[Claim, ...]
    statement: Statement
    theorems: tuple[str, ...]


class NothingClaimedError(ValueError):
    """There is nothing to write: nothing is proved about a target in a situation."""


def coq_file(proof: Proof) -> CoqFile:
    """Write a proof for Coq.

    Raises `NothingClaimedError`, or `NotShownError` if something does not follow by adding up inequalities.
    """
    head = [
        f"(* target: {_comment(proof.candidate)} *)",
        f"(* situation: {proof.situation} *)",
        f"(* python: {'.'.join(map(str, proof.version))} *)",
    ]
    claims = claims_of(proof)
    if proof.unfolded is None or not claims:
        message = f"nothing is proved of {proof.candidate} in {proof.situation}"
        raise NothingClaimedError(message)
    writer = _Writer(proof.unfolded, claims, coq_name(proof))
    text = "\n".join([*head, *writer.lines(), ""])
    return CoqFile(proof.candidate, proof.situation, writer.title, text, claims, writer.statement, tuple(writer.said))


def coq_name(proof: Proof) -> str:
    """Return a name for the file of a proof, without its ending, that Coq accepts for a module."""
    return identifier(f"{proof.candidate}_in_{proof.situation}")


def identifier(text: str) -> str:
    """Write a name in characters that Coq accepts, beginning with a letter."""
    found = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
    return found if found[:1].isalpha() else f"target_{found}"


class _Writer:
    """Writes one file. A text that occurs more than once gets a name, and is defined where it is first used."""

    def __init__(self, unfolded: Unfolded, claims: tuple[Claim, ...], title: str) -> None:
        self.unfolded = unfolded
        self.claims = claims
        self.title = title
        self.statement = statement_of(unfolded)
        self.shown = shown(unfolded, self.statement)
        self.said: list[str] = []
        where = standings(unfolded.control, self.statement)
        self.where = where if follows(self.statement, where) else {}
        self.shared: dict[tuple[str, str], str] = {}
        self.waiting: list[str] = []

    def lines(self) -> Iterator[str]:
        yield "From Coq Require Import List NArith PArith ZArith."
        yield "From Treadle Require Import Checker Spec System."
        yield "From Treadle Require Follows Task."
        yield "Import ListNotations."
        yield "Local Open Scope Z_scope."
        yield from self.system()
        yield from self.sightings()
        yield from self.protocol()
        yield "\n(** What follows shows it. Whoever trusts Coq need not read it, except for the last theorem. *)"
        yield from self.invariants()
        found = witnesses(self.statement, frozenset(claim.pair for claim in self.claims if claim.exercised))
        said = self.said = ["never_at target beyond", "never_stuck target"]
        proofs = ["beyond_is_unreached", "something_goes_on"]
        for claim in self.claims:
            theorems = list(self.claimed(claim, found.get(claim.pair)))
            yield from (line for _, _, lines in theorems for line in lines)
            said += [theorem for _, theorem, _ in theorems]
            proofs += [name for name, _, _ in theorems]
        if any(claim.exercised and claim.pair[0] in RANKED for claim in self.claims):
            yield from self.ranked()
            said.append("always_ends target")
            proofs.append("it_always_ends")
        if self.where:
            yield from self.followed()
            said.append(_FOLLOWS)
            proofs.append("it_follows")
        yield "\n(** What was proved. *)"
        yield f"Theorem {self.title} :\n  " + " /\\\n  ".join(said) + "."
        yield f"Proof. exact ({_conjunction(proofs)}). Qed.\n"
        yield f"Print Assumptions {self.title}."

    def system(self) -> Iterator[str]:
        yield "\n(** The counters. *)"
        for number, name in enumerate(self.statement.counters(), 1):
            yield f"Definition {identifier(name)} : counter := {number}%positive."
        yield "\n(** The places. *)"
        yield "Definition the_start : place := 1%positive."
        yield "Definition the_end : place := 2%positive."
        for number, place in enumerate((*self.statement.places[1:], *self.statement.beyond), 3):
            yield from (f"(* {place.name}: {_comment(line)} *)" for line in place.told)
            yield f"Definition {_at(place)} : place := {number}%positive."
        yield "\n(** The actions: from where, to where, whether nobody but the loop does anything, guards, effect. *)"
        actions = [self.action(each) for each in self.statement.actions]
        yield from self.flushed()
        yield f"Definition all_actions : list action := {_listed(actions)}."
        yield "\n(** The places in which the call has to end: its dependency is done, and the controller is inside. *)"
        yield f"Definition must_end : list place := {_listed(map(_at, self.statement.ending))}."
        yield "\n(** Places of which nothing is written but that they cannot be reached. *)"
        yield f"Definition beyond : list place := {_listed(map(_at, self.statement.beyond))}."
        yield "\nDefinition target : system := System the_start the_end all_actions must_end."

    def action(self, each: Action) -> str:
        moved = [
            f"({identifier(name)}, {_linear(value)})"
            for name, value in zip(each.step.target, each.step.updates, strict=True)
            if value.key() != (((name, 1),), 0)
        ]
        effect = self.named("do", "update", _listed(moved))
        guards = _listed(map(_formula, each.step.guards))
        forced = str(each.forced).lower()
        return f"Action {_at(each.source)} {_at(each.target)} {forced} {guards} {effect} (* {_comment(each.text)} *)"

    def sightings(self) -> Iterator[str]:
        yield "\n(** What is seen of a call: where, under which conditions, what. *)"
        found = []
        for each in self.statement.sightings:
            seen = self.named("seen", "observation", observation_text(each.seen))
            found.append(f"Sighting {_at(each.place)} {_listed(map(_formula, each.conditions))} {seen}")
        yield from self.flushed()
        yield f"Definition sightings : list sighting := {_listed(found)}."

    def protocol(self) -> Iterator[str]:
        if not self.where:
            yield "\n(** That it follows the Task protocol is not said, because somebody may withdraw a request. *)"
            return
        yield "\n(** Where the controller's task stands in each place, which actions are its steps, and its rule. *)"
        found = _listed(f"({_at(place)}, {each})" for place, each in self.where.items())
        yield f"Definition controller : Places.t Follows.standing := table {found}."
        yield "Definition stands (l : place) : option Follows.standing := Places.find l controller."
        own = (str(each.text == OWN_STEP).lower() for each in self.statement.actions)
        yield f"Definition own_steps : list bool := {_listed(own)}."
        rule = "Since313" if self.unfolded.control.version >= _CLEARS else "Until312"
        yield f"Definition rule : Task.version := Task.{rule}."

    def followed(self) -> Iterator[str]:
        arguments = _FOLLOWS.partition(" ")[2]
        yield from _lemma("is_explained", f"Follows.all_explained {arguments} = true")
        yield from _theorem("it_follows", _FOLLOWS, f"Follows.follows_sound {arguments} is_explained")

    def invariants(self) -> Iterator[str]:
        known = ["(the_end, [])"]
        for place, facts in self.shown.known.items():
            known.append(f"({_at(place)}, {self.named('known', 'list formula', _listed(map(_formula, facts)))})")
        kept = [
            self.named("step", "list (list multipliers)", _listed(map(_refutation, each))) for each in self.shown.kept
        ]
        moving = [f"({_at(place)}, {_refutation(each)}%positive)" for place, each in self.shown.moving.items()]
        yield from self.flushed()
        yield f"Definition invariants := table {_listed(known)}."
        yield f"Definition how_kept : list (list (list multipliers)) := {_listed(kept)}."
        yield f"Definition how_moving : Places.t (list multipliers) := table {_listed(moving)}."
        yield from _lemma("is_inductive", "inductive target invariants how_kept = true")
        yield from _lemma("is_unreached", "unreached invariants beyond = true")
        yield from _lemma("is_moving", "moving target invariants how_moving = true")
        yield from _theorem(
            "beyond_is_unreached", "never_at target beyond", "unreached_sound _ _ _ _ is_inductive is_unreached"
        )
        yield from _theorem("something_goes_on", "never_stuck target", "moving_sound _ _ _ _ is_inductive is_moving")

    def claimed(self, claim: Claim, witness: Witness | None) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the theorems of a claim: name, what it says, and its lines."""
        words, name = property_text(claim.pair), identifier(" ".join(claim.pair))
        proofs = excluded(self.statement, self.shown.known, claim)
        how = [f"Definition how_{name} : list (list multipliers) := {_listed(map(_refutation, proofs))}%positive."]
        bad = f"violated {words}" if claim.exercised else f"fun o => [premise {words} o]"
        how += _lemma(f"is_{name}", f"excluded invariants sightings ({bad}) how_{name} = true")
        says = "keeps" if claim.exercised else "never_applies"
        theorem = f"{says} target sightings {words}"
        proof = f"{says}_sound _ _ _ _ _ _ is_inductive is_{name}"
        yield f"{says}_{name}", theorem, [*how, *_theorem(f"{says}_{name}", theorem, proof)]
        if witness is None:
            return
        way = f"{_listed(map(str, witness.way))}%N {witness.sighting}%N"
        theorem = f"exercised target sightings {words}"
        how = [*_lemma(f"seen_{name}", f"witnessed target sightings {words} {way} = true")]
        proof = f"witnessed_sound _ _ _ _ _ seen_{name}"
        yield f"exercised_{name}", theorem, [*how, *_theorem(f"exercised_{name}", theorem, proof)]

    def ranked(self) -> Iterator[str]:
        found = ranks_of(self.unfolded, self.statement)
        table = _listed(f"({_at(place)}, {rank}%N)" for place, rank in found.items())
        yield f"Definition ranks : Places.t N := table {table}."
        yield from _lemma("is_falling", "falling target ranks = true")
        yield from _theorem(
            "it_always_ends", "always_ends target", "falling_sound _ _ _ _ _ is_inductive is_moving is_falling"
        )

    def named(self, kind: str, type_: str, text: str) -> str:
        """Return the name of a text; equal texts have the same name."""
        key = kind, text
        if key not in self.shared:
            self.shared[key] = f"{kind}_{sum(other == kind for other, _ in self.shared)}"
            scope = "%positive" if kind == "step" else ""
            self.waiting.append(f"Definition {self.shared[key]} : {type_} := {text}{scope}.")
        return self.shared[key]

    def flushed(self) -> Iterator[str]:
        """Yield the definitions of the texts that were named since the last call."""
        yield from self.waiting
        self.waiting.clear()


def _lemma(name: str, text: str) -> Iterator[str]:
    """Write a lemma about the data that Coq proves by computing the checker's answer."""
    yield f"Lemma {name} : {text}."
    yield "Proof. vm_cast_no_check (eq_refl true). Qed."


def _theorem(name: str, text: str, proof: str) -> Iterator[str]:
    yield f"Theorem {name} : {text}."
    yield f"Proof. exact ({proof}). Qed."


def _conjunction(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"conj {names[0]} ({_conjunction(names[1:])})"


def property_text(pair: Pair) -> str:
    """Return the name of a property in `Spec.v`."""
    name, reading = pair
    if name in (LOST.name, PHANTOM.name):
        return f"({name} {reading.capitalize()})"
    return "scope_kept_working" if name == SCOPE_KEPT.name else identifier(name)


def _at(place: Place) -> str:
    return _NAMED.get(place.name, place.name)


def _listed(texts: Iterable[str]) -> str:
    found = list(texts)
    long = sum(map(len, found)) > 100  # noqa: PLR2004 - about a line
    return "[\n  " + ";\n  ".join(found) + "\n]" if long else f"[{'; '.join(found)}]"


def _refutation(refutation: Refutation) -> str:
    cases = ("[" + "; ".join(f"({place}, {factor})" for place, factor in each) + "]" for each in refutation)
    return f"[{'; '.join(cases)}]"


def _formula(formula: Formula) -> str:
    if formula.relation is Relation.NOT:
        return f"(Not {_formula(formula.parts[0])})"
    if formula.relation in _JOINED:
        word, none = _JOINED[formula.relation]
        found = [_formula(part) for part in formula.parts] or [none]
        return _nested(word, found)
    word = "AtMost" if formula.relation is Relation.AT_MOST else "Equal"
    return f"({word} {_linear(Linear(formula.terms, formula.constant))})"


def _nested(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({word} {parts[0]} {_nested(word, parts[1:])})"


def _linear(expression: Linear) -> str:
    terms = "; ".join(f"({factor}, {identifier(name)})" for name, factor in expression.terms)
    return f"(Linear ({expression.constant}) [{terms}])"


def observation_text(seen: Observation) -> str:
    """Write an observation for Coq."""
    fields = (f"{name} := {_field(value)}" for name, value in zip(Observation._fields, seen, strict=True))
    return "{|\n  " + ";\n  ".join(fields) + "\n|}"


def _field(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"number {value}"
    if isinstance(value, Linear):
        return _linear(value)
    message = f"this is neither a truth nor a count: {value!r}"
    raise TypeError(message)


def _comment(text: str) -> str:
    """Escape a text so that it neither ends the comment around it nor opens a string in it."""
    return text.replace('"', "'").replace("(*", "( *").replace("*)", "* )")
