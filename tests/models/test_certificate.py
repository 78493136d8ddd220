"""Certificates: they hold all that a proof needs, a second solver confirms them, and what is missing is noticed."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from functools import cache

import pytest

from treadle_models.candidates import CANDIDATES, Candidate
from treadle_models.smt.certificate import FORMAT, certificate, horn
from treadle_models.smt.prove import Proof, ProofVerdict, Prover, prove
from treadle_models.smt.questions import unconfirmed
from treadle_models.smt.second import answers
from treadle_models.smt.system import system_of
from treadle_models.smt.verify import CertificateError, read, verify_all

VERSION = (3, 13)
EVERY = os.environ.get("TREADLE_TESTS") == "all"


@cache
def _proof(name: str, situation: str) -> Proof:
    return prove(name, situation, VERSION)


@cache
def _text(name: str = "treadle-wait", situation: str = "plain") -> str:
    return certificate(_proof(name, situation))


def _verified(text: str) -> int:
    return sum(each.clauses for each in verify_all(text, CANDIDATES.__getitem__))


def _blocks(text: str, kind: str) -> list[str]:
    """Return the clauses of a kind, as they stand in the file."""
    return re.findall(rf"; {re.escape(kind)}: .*\n\(push 1\)\n(?:.*\n)*?\(pop 1\)\n", text)


@pytest.mark.parametrize(
    ("name", "situation"),
    [
        ("treadle-wait", "plain"),
        ("treadle-joined", "pending"),
        ("osipenko-check", "plain"),
        ("treadle-wait", "uncancel/1"),
    ],
)
def test_a_certificate_is_verified_by_a_solver_that_did_not_make_it(name: str, situation: str) -> None:
    text = _text(name, situation)
    assert _verified(text) == text.count("(check-sat)") > 100


def test_any_solver_can_read_the_file_as_it_is() -> None:
    text = _text()
    assert answers(text) == ["unsat"] * text.count("(check-sat)")


def test_the_file_tells_what_each_shape_is_and_names_each_action() -> None:
    text = _text()
    assert "; S0: gap; queue: step of controller 0" in text
    assert re.search(r"; S\d+: controller 0: waits for a future, .*in treadle_wait, line \d+", text)
    for kind in ("initial", "action", "rank", "lost (weak)", "balanced (weak)"):
        assert _blocks(text, kind), kind
    assert "; joined (weak) has no clause: each shape keeps it, whatever its counters" in text


@pytest.mark.parametrize("kind", ["initial", "action", "rank", "lost (weak)"])
def test_a_certificate_without_one_of_its_clauses_is_rejected(kind: str) -> None:
    text = _text()
    for block in _blocks(text, kind)[:: 1 if EVERY else 19]:
        with pytest.raises(CertificateError, match=r"a clause is missing, or another one"):
            _verified(text.replace(block, "", 1))


def test_a_certificate_without_a_shape_is_rejected() -> None:
    without = re.sub(r"\(define-fun S7 .*\n", "", _text())
    with pytest.raises(CertificateError, match="the shape S7 is missing"):
        _verified(without)


def test_a_certificate_without_a_rank_is_rejected() -> None:
    name = re.search(r"\(define-fun (rank-S\d+) ", _text())
    assert name is not None
    with pytest.raises(CertificateError, match=r"the rank of S\d+ is missing"):
        _verified(re.sub(rf"\(define-fun {name[1]} .*\n", "", _text()))


def test_a_certificate_that_claims_an_end_of_a_call_that_goes_round_is_rejected() -> None:
    """As if somebody had added the claim: where the call goes round there is no rank, and so none that falls."""
    candidate = Candidate(
        name="goes-round", function=_goes_round, owner=False, claim="", source="", summary="", excludes={}
    )
    proof = Prover(candidate, VERSION).prove("plain")
    answers = [replace(each, verdict=ProofVerdict.PROVED) for each in proof.answers if each.property == "ends"]
    text = certificate(replace(proof, answers=tuple(answers)))
    assert "; proved: ends (weak)" in text
    with pytest.raises(CertificateError, match=r"it does not show this, .*: rank:"):
        verify_all(text, lambda _: candidate)


async def _goes_round(task: asyncio.Task[None]) -> None:
    task.cancel()
    while True:  # noqa: ASYNC110 - to go round is the point
        await asyncio.sleep(0)


def test_a_rank_that_does_not_fall_is_rejected() -> None:
    flat = re.sub(r"(\(define-fun rank-S\d+ \(\) Int) \d+\)", r"\1 1)", _text())
    with pytest.raises(CertificateError, match=r"it does not show this, .*: rank:"):
        _verified(flat)


def test_an_invariant_of_which_a_part_is_missing_is_rejected() -> None:
    """Take from each shape what makes an equation of it: from what is left, no property follows."""
    weak = "\n".join(
        re.sub(r" \(= (?:\((?:[^()]|\([^()]*\))*\)|\S+) 0\)", "", line) if line.startswith("(define-fun S") else line
        for line in _text().splitlines()
    )
    assert weak != _text()
    with pytest.raises(CertificateError, match="it does not show this, to which the second solver says sat"):
        _verified(weak + "\n")


def test_an_invariant_that_is_never_true_is_rejected() -> None:
    with pytest.raises(CertificateError, match="says sat: initial:"):
        _verified(re.sub(r"(\(define-fun S\d+ .* Bool) \(and true .*\)", r"\1 false)", _text()))


def test_an_action_with_another_guard_is_rejected() -> None:
    changed = _text().replace(
        _blocks(_text(), "action")[3], _blocks(_text(), "action")[3].replace("and true", "and false")
    )
    with pytest.raises(CertificateError, match="a clause is missing, or another one: action"):
        _verified(changed)


def test_a_certificate_of_another_target_is_rejected() -> None:
    with pytest.raises(CertificateError, match="missing"):
        _verified(_text().replace("; target: treadle-wait", "; target: treadle-joined"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a certificate of Treadle's"),
        ("(check-sat)\n", "not a certificate of Treadle's"),
        (FORMAT + "\n", "does not name its target"),
        (f"{FORMAT}\n; target: treadle-wait\n; situation: plain\n; python: 3.13\n", "claims nothing"),
        (f"{FORMAT}\n; target: treadle-wait\n(assert false)\n", "this line does not belong in a certificate"),
    ],
)
def test_what_is_no_certificate_is_rejected(text: str, why: str) -> None:
    with pytest.raises(CertificateError, match=why):
        _verified(text)


def test_a_definition_cannot_smuggle_a_command() -> None:
    body = "(and true)) (assert false) (define-fun X () Bool (and true)"
    with pytest.raises(CertificateError, match="is not a formula over its counters"):
        _verified(re.sub(r"(\(define-fun S0 .* Bool) \(and true .*\)", rf"\1 {body})", _text()))


def test_the_same_target_has_the_same_certificate_whatever_was_proved_before() -> None:
    prover = Prover("treadle-wait", VERSION)
    prover.prove("pending")
    assert certificate(prover.prove("plain")) == _text()


def test_what_is_refuted_is_not_claimed() -> None:
    proof = _proof("treadle-wait", "plain")
    assert any(each.property == "joined-always" and each.verdict == "refuted" for each in proof.answers)
    assert "joined-always" not in _text()


@pytest.mark.skipif(not EVERY, reason="takes half a minute; TREADLE_TESTS=all runs it")
def test_a_solver_of_horn_clauses_finds_an_invariant_by_itself() -> None:
    """Spacer is told nothing of the invariant; without a guard it finds that a clause is violated."""
    import z3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    def said(text: str) -> object:
        solver = z3.SolverFor("HORN")
        solver.from_string(text.replace("(set-logic HORN)\n", "").replace("(check-sat)\n", ""))
        return solver.check()

    text = horn(_proof("treadle-wait", "plain"))
    assert said(text) == z3.sat
    bad = re.search(r"; lost \(weak\): .*\n(\(assert .*\))\n", text)
    assert bad is not None
    broken = re.sub(r"\(<= [^=]*?\) 0\)(?=\) false)", "true", bad[1])
    assert said(text.replace(bad[1], broken)) == z3.unsat


def test_a_situation_in_which_nothing_is_judged_takes_nothing_from_the_rest_of_a_file() -> None:
    """As on 3.11, which has no eager tasks: what is claimed of the others is verified all the same."""
    empty = certificate(prove("treadle-wait", "eager", (3, 11)))
    found = verify_all(_text() + empty, CANDIDATES.__getitem__)
    assert [bool(each.clauses) for each in found] == [True, False]
    with pytest.raises(CertificateError, match="claims nothing"):
        verify_all(empty, CANDIDATES.__getitem__)


def test_what_is_left_of_a_certificate_without_its_claims_is_rejected() -> None:
    bare = re.sub(r"; (proved|not exercised): .*\n", "", _text())
    with pytest.raises(CertificateError, match="claims nothing"):
        verify_all(bare + _text(), CANDIDATES.__getitem__)


def test_of_many_questions_asked_at_once_the_one_with_a_counterexample_is_named() -> None:
    """One shape's invariant is true of everything: each clause that then fails, and no other, is told."""
    written = read(_text())[0]
    unfolded = _proof("treadle-wait", "plain").unfolded
    assert unfolded is not None
    system = system_of(unfolded, tuple(written.claims))
    assert not list(unconfirmed(system, written.shapes, written.ranks))
    name = system.shapes[3].name
    shapes = {**written.shapes, name: (written.shapes[name][0], "true")}
    found = list(unconfirmed(system, shapes, written.ranks))
    assert found
    assert {said for _, said in found} == {"sat"}
    assert all(name in " ".join(clause.premises) for clause, _ in found)
