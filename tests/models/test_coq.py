"""Proofs for Coq: what is written is the system of the certificate, Coq accepts it, and rejects what is wrong in it.

What takes Coq is skipped where `coqc` is missing, as in CI. `make proofs` checks more targets.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import pytest

from treadle_models.algebra import FALSE, TRUE, Formula, Linear, Relation
from treadle_models.coq.cases import all_cases
from treadle_models.coq.coqc import Coq, NoCoqError, RejectedError
from treadle_models.coq.farkas import Case, Expression, contradiction
from treadle_models.coq.shown import NotShownError, excluded, ranks_of, shown
from treadle_models.coq.statement import key_of, statement_of
from treadle_models.coq.text import CoqFile, NothingClaimedError, coq_file, observation_text, property_text
from treadle_models.smt.certificate import claims_of
from treadle_models.smt.judge import judge
from treadle_models.smt.prove import Proof, Prover, prove
from treadle_models.smt.system import Claim, system_of
from treadle_models.smt.written import written
from treadle_models.spec import BY_NAME, LOST, PHANTOM, Observation, Reading

if TYPE_CHECKING:
    from pathlib import Path

    from treadle_models.smt.invariant import Unfolded

VERSION = (3, 13)
NAME, SITUATION = "treadle-wait", "plain"
EVERY = os.environ.get("TREADLE_TESTS") == "all"
pytestmark = pytest.mark.xdist_group("coq")  # what is compiled is compiled once
takes_coq = pytest.mark.skipif(shutil.which("coqc") is None, reason="Coq is not installed: there is no coqc")


@cache
def _proof(name: str = NAME, situation: str = SITUATION) -> Proof:
    return prove(name, situation, VERSION)


def _unfolded(proof: Proof) -> Unfolded:
    assert proof.unfolded is not None
    return proof.unfolded


@cache
def _file() -> CoqFile:
    return coq_file(_proof())


@pytest.fixture(scope="module")
def coq(tmp_path_factory: pytest.TempPathFactory) -> Coq:
    """Coq with the library and the proof compiled; that it accepts them is part of what is tested."""
    found = Coq(tmp_path_factory.mktemp("coq"))
    found.prepare()
    found.check(_file().name, _file().text)
    return found


def _computed(coq: Coq, name: str, *questions: str) -> list[str]:
    """Return what Coq computes over the compiled proof, a text each."""
    head = [
        "From Coq Require Import List NArith PArith ZArith.",
        f"From Treadle Require Import Checker Spec System {_file().name}.",
        "From Treadle Require Follows Task.",
        "Import ListNotations.",
        "Local Open Scope Z_scope.",
    ]
    said = coq.evaluated(name, "\n".join([*head, *(f"Eval vm_compute in ({each})." for each in questions), ""]))
    return [" ".join(each.split()) for each in re.findall(r"= (.*?)\n\s+: ", said + "\n : ", re.DOTALL)]


# The statement


@pytest.mark.parametrize(
    ("name", "situation"),
    [("treadle-wait", "plain"), ("treadle-joined", "third-party"), ("osipenko-check", "uncancel/1")],
)
def test_the_statement_has_the_actions_of_the_certificate(name: str, situation: str) -> None:
    proof = _proof(name, situation)
    system, statement = system_of(_unfolded(proof), claims_of(proof)), statement_of(_unfolded(proof))
    ours = {(each.source.name, each.target.name, each.text) for each in statement.actions if each.target.number >= 0}
    theirs = set()
    for clause in system.clauses:
        if clause.kind in ("initial", "action", "closed"):
            ends, _, text = clause.text.partition(": ")
            source, _, target = ends.partition(" -> ")
            theirs.add((source.replace("the beginning", "start"), target, text))
    assert ours == theirs
    assert [(each.name, each.told) for each in statement.places[1:]] == [
        (each.name, each.told) for each in system.shapes
    ]


@pytest.mark.parametrize(("name", "situation"), [("treadle-wait", "plain"), ("osipenko-check", "uncancel/1")])
def test_the_statement_sees_whatever_the_certificate_judges(name: str, situation: str) -> None:
    """For each claim, its clauses are the places and conditions in which a sighting may violate it."""
    proof = _proof(name, situation)
    system, statement = system_of(_unfolded(proof), claims_of(proof)), statement_of(_unfolded(proof))
    for claim in claims_of(proof):
        mine = set()
        for each in statement.sightings:
            for said in judge((each.seen,)):
                wrong = said.wrong if claim.exercised else said.applies
                if said.pair == claim.pair and wrong != FALSE:
                    conditions = (*each.conditions, wrong) if wrong != TRUE else each.conditions
                    mine.add((each.place.name, *map(written, conditions)))
        theirs = {
            (clause.premises[0].strip("()").partition(" ")[0], *clause.premises[1:])
            for clause in system.clauses
            if clause.kind == claim.kind
        }
        assert mine == theirs, claim


def test_the_same_target_gives_the_same_file_whatever_was_proved_before() -> None:
    prover = Prover(NAME, VERSION)
    prover.prove("pending")
    assert coq_file(prover.prove(SITUATION)).text == _file().text


def test_every_name_in_a_file_is_given_once() -> None:
    """A snapshot of a count is a counter of its own, with a name that must not meet those of the proof."""
    text = coq_file(_proof("lendvorsky-counter", "pending")).text
    names = re.findall(r"^(?:Definition|Lemma|Theorem) (\w+)", text, re.MULTILINE)
    assert "kept_0" in names
    assert len(names) == len(set(names)) > 100


def test_what_is_refuted_has_no_theorem_and_none_can_be_made() -> None:
    proof = _proof()
    statement = statement_of(_unfolded(proof))
    assert not any("joined_always" in each for each in _file().theorems)
    with pytest.raises(NotShownError, match=r"this does not follow .*: joined-always"):
        excluded(statement, shown(_unfolded(proof), statement).known, Claim(("joined-always", Reading.WEAK)))


def test_a_call_that_may_go_round_has_no_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a forced action of a place in which the call has to end lead back to that place."""
    proof = _proof("treadle-joined", "plain")
    unfolded, statement = _unfolded(proof), statement_of(_unfolded(proof))
    there = statement.ending[0].number
    round_about = tuple(replace(rule, target=there) for rule in unfolded.control.visit(there))
    assert ranks_of(unfolded, statement)
    monkeypatch.setitem(unfolded.control._rules, there, round_about)
    with pytest.raises(NotShownError, match=r"the call may go on for ever through S\d+"):
        ranks_of(unfolded, statement)


def test_where_nothing_is_proved_there_is_nothing_to_write() -> None:
    with pytest.raises(NothingClaimedError, match="nothing is proved of later-shield in future"):
        coq_file(Proof(candidate="later-shield", situation="future", version=VERSION, answers=()))


# Multipliers


def test_multipliers_add_up_to_a_contradiction_and_are_found_where_there_is_one() -> None:
    """Random inequalities: either multipliers, which are added up here, or small numbers that satisfy all of them."""
    draw = random.Random(6)  # noqa: S311 - no secret
    found = missing = 0
    for _ in range(400):
        case = tuple(_inequality(draw) for _ in range(draw.randint(1, 5)))
        how = contradiction(case)
        if how is None:
            missing += _has_solution(case)
            continue
        found += 1
        total: dict[str, int] = {}
        for place, factor in how:
            assert factor > 0
            for name, each in case[place - 1].terms:
                total[name] = total.get(name, 0) + factor * each
        assert not any(total.values())
        assert sum(factor * case[place - 1].constant for place, factor in how) > 0
        assert not _has_solution(case)
    assert found > 50
    assert missing > 50


def _inequality(draw: random.Random) -> Expression:
    terms = tuple((name, draw.choice((-2, -1, 1, 2))) for name in "ab" if draw.random() < 0.7)
    return Expression(terms, draw.randint(-3, 3))


def _has_solution(case: Case) -> bool:
    halves = [Fraction(each, 2) for each in range(-14, 15)]
    return any(
        all(sum({"a": a, "b": b}[name] * factor for name, factor in each.terms) + each.constant <= 0 for each in case)
        for a in halves
        for b in halves
    )


def test_an_equation_that_is_not_true_has_two_cases() -> None:
    equation = Formula(Relation.EQUAL, (("a", 1),), -2)
    assert all_cases((~equation,)) == [
        (Expression((("a", 1),), -1),),
        (Expression((("a", -1),), 3),),
    ]


# Coq


def test_without_coq_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoCoqError, match="apt install coq"):
        Coq(tmp_path)


@takes_coq
def test_coq_accepts_the_proof(coq: Coq) -> None:
    """That is what the fixture does; here, that the theorem says something."""
    assert "keeps target sightings (lost Weak)" in _file().theorems
    assert "exercised target sightings (lost Weak)" in _file().theorems
    assert "always_ends target" in _file().theorems
    assert "Follows.follows rule target count_0 stands own_steps" in _file().theorems
    said = _computed(coq, "Sizes", "length all_actions", "length sightings", "length must_end")
    statement = statement_of(_unfolded(_proof()))
    sizes = len(statement.actions), len(statement.sightings), len(statement.ending)
    assert said == [f"{size}%nat" for size in sizes]


@takes_coq
def test_coq_rejects_an_invariant_with_a_broken_fact_a_missing_place_or_a_missing_action(coq: Coq) -> None:
    """What is counted is how often the checker says yes, and how often it was asked."""
    step = 1 if EVERY else 12
    place, before, after = "fst entry", "firstn n (snd entry)", "skipn (S n) (snd entry)"
    without = "firstn n how_kept ++ skipn (S n) how_kept"
    each_action = f"filter (fun n => Nat.eqb (Nat.modulo n {step}) 0) (seq 0 (length how_kept))"
    some = f"filter (fun entry => (N.pos ({place}) mod {step} =? 0)%N) (Places.elements invariants)"
    each_fact = f"flat_map (fun entry => map (fun n => {{}}) (seq 0 {'(length (snd entry))' if EVERY else 2})) ({some})"
    changed = [
        each_fact.format(f"Places.add ({place}) ({before} ++ Not (nth n (snd entry) No) :: {after}) invariants"),
        each_fact.format(f"Places.add ({place}) ({before} ++ {after}) invariants"),
        f"map (fun entry => Places.remove ({place}) invariants) ({some})",
    ]
    accepted = "length (filter (fun known => inductive target known how_kept) ({}))"
    questions = [accepted.format(each) for each in changed] + [f"length ({each})" for each in changed]
    questions += [f"length (filter (fun n => inductive target invariants ({without})) ({each_action}))"]
    said = [int(each.removesuffix("%nat")) for each in _computed(coq, "Broken", *questions)]
    assert said[:3] == [0, 0, 0]
    assert min(said[3:6]) > 5
    assert said[6] == 0


@takes_coq
def test_coq_rejects_a_system_in_which_a_forced_action_is_missing(coq: Coq) -> None:
    """Where nothing else is forced the play would stop. The proofs of the other actions are left as they are."""
    without = "System the_start the_end (firstn n all_actions ++ skipn (S n) all_actions) must_end"
    alone = (
        "filter (fun n => match nth_error all_actions n with Some a => "
        "andb (forced a) (Nat.eqb 1 (length (goes_by_itself target (source a)))) | None => false end) "
        "(seq 0 (length all_actions))"
    )
    said = _computed(
        coq,
        "Stopped",
        f"length ({alone})",
        f"length (filter (fun n => moving ({without}) invariants how_moving) ({alone}))",
    )
    assert int(said[0].removesuffix("%nat")) > 20
    assert said[1] == "0%nat"


@takes_coq
def test_coq_rejects_ranks_that_do_not_fall_and_multipliers_that_do_not_add_up(coq: Coq) -> None:
    questions = [
        "falling target ranks",
        "falling target (Places.map (fun _ => 1%N) ranks)",
        "inductive target invariants (map (map (map (fun _ => []))) how_kept)",
        "excluded invariants sightings (violated balanced) (map (fun _ => []) sightings)",
        "excluded invariants sightings (violated joined_always) (map (fun _ => []) sightings)",
        "witnessed target sightings (lost Weak) [] 0%N",
        "unreached invariants [the_start]",
    ]
    assert _computed(coq, "Flat", *questions) == ["true", *["false"] * 6]


@takes_coq
def test_coq_rejects_a_task_that_does_not_follow_the_protocol(coq: Coq) -> None:
    """Of a task that is said to stand elsewhere, to keep no request, or never to run a step of its own."""
    explained = "Follows.all_explained rule target count_0 ({}) own_steps"
    elsewhere = (
        "fun l => match Places.find l controller with Some (m, _) => Some (m, Task.Scheduled) | none => none end"
    )
    keeps_none = "fun l => match Places.find l controller with Some (_, p) => Some (false, p) | none => none end"
    questions = [
        explained.format("stands"),
        explained.format(elsewhere),
        explained.format(keeps_none),
        "Follows.all_explained rule target count_0 stands (map (fun _ => false) own_steps)",
        "Follows.all_explained rule target by_call_0 stands own_steps",
        "length (Places.elements controller)",
    ]
    assert _computed(coq, "Elsewhere", *questions) == [
        "true",
        *["false"] * 4,
        f"{len(_file().statement.places) - 1}%nat",
    ]


@takes_coq
def test_coq_rejects_a_file_in_which_something_was_changed(coq: Coq) -> None:
    """An assumption is no proof, nor is a theorem that says more than was shown."""
    text, theorem = _file().text, f"Theorem {_file().name} :"
    assuming = re.sub(
        rf"({theorem}[\s\S]*?\.\n)Proof\. .*? Qed\.", r"Axiom so : False.\n\1Proof. destruct so. Qed.", text
    )
    with pytest.raises(RejectedError, match="a theorem assumes something"):
        coq.check("Assuming", assuming)
    with pytest.raises(RejectedError, match="Error"):
        coq.check("Saying_more", text.replace(theorem, f"{theorem} keeps target sightings joined_always /\\"))


# The specification


@takes_coq
def test_the_properties_in_coq_are_those_of_the_specification(coq: Coq) -> None:
    draw = random.Random(3)  # noqa: S311 - no secret
    seen = [_observation(draw) for _ in range(60)]
    pairs = [(name, reading) for name in BY_NAME for reading in _readings(name)]
    properties = [property_text(pair) for pair in pairs]
    questions = [
        f"let o := {observation_text(each)} in map (fun p => (holds (fun _ => 0) (premise p o), "
        f"holds (fun _ => 0) (claim p o))) [{'; '.join(properties)}]"
        for each in seen
    ]
    said = _computed(coq, "Same", *questions)
    assert len(said) == len(seen)
    for observation, answer in zip(seen, said, strict=True):
        truths = re.findall(r"\(\s*(true|false), (true|false)\)", answer)
        for (name, reading), (premise, claim) in zip(pairs, truths, strict=True):
            prop = BY_NAME[name]
            assert prop.applies(observation, reading) is (premise == "true"), (name, reading, observation)
            holds = premise == "false" or claim == "true"
            assert prop.holds(observation, reading) is holds, (name, reading, observation)


def _readings(name: str) -> tuple[Reading, ...]:
    return tuple(Reading) if name in (LOST.name, PHANTOM.name) else (Reading.WEAK,)


def _observation(draw: random.Random) -> Observation:
    default = Observation()
    return Observation(*(draw.random() < 0.5 if isinstance(value, bool) else draw.randint(0, 2) for value in default))


def test_observations_are_told_apart_by_what_they_say() -> None:
    one, other = (Observation(requests=Linear((("requests-0", factor),))) for factor in (1, 2))
    assert key_of(one) != key_of(other)
    assert key_of(one) == key_of(Observation(requests=Linear((("requests-0", 1),))))
