"""The claims ledger: every verdict is what its command shows, and what is impossible is shown on stock Python."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from treadle.check import Catalogue
from treadle.cli import main
from treadle.errors import MisuseError
from treadle.ledger import TOPICS, Claim, Evidence, Settled, find_claims, load_claims
from treadle.ledger.run import Shown, run_evidence
from treadle.ledger.topics import answer
from treadle.ledger.twins import PAIRS, twin_scripts
from treadle.schedule import Bounds
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Sequence

CLAIMS = {each.id: each for each in load_claims()}
EVIDENCE = {
    f"{claim.id}/{number}": evidence for claim in CLAIMS.values() for number, evidence in enumerate(claim.evidence)
}

scripts = cache(twin_scripts)
answered = cache(answer)
shown = cache(run_evidence)


def test_the_ledger_holds_all_claims_of_the_thread_in_order() -> None:
    assert list(CLAIMS) == [f"C{number:02}" for number in range(1, 24)]
    assert all(claim.who and claim.when and claim.claim and claim.why for claim in CLAIMS.values())


@pytest.mark.parametrize(
    ("claim", "said", "verdict", "because"),
    [
        ("C07", "for example in task groups and timeout()", "conditional", "a group must tell all its tasks at once"),
        ("C11", "the two cannot be told apart", "conditional", "unless a cancellation may be pending at entry"),
        ("C17", "always cancels the task at that point", "conditional", "up to 3.12"),
        ("C18", "Asks whether his version is overkill", "conditional", "in no schedule does it"),
        ("C20", "the function as posted", "confirmed", "with the condition turned it returns there"),
    ],
)
def test_a_claim_is_settled_as_it_was_said(claim: str, said: str, verdict: str, because: str) -> None:
    """Each of these once stood in the ledger as something else than what its author had said."""
    found = CLAIMS[claim]
    assert said in found.claim
    assert (found.verdict, because in found.why) == (verdict, True)


def test_every_claim_of_a_candidate_is_in_the_ledger() -> None:
    assert {each.claim for each in CANDIDATES.values()} - {""} <= set(CLAIMS)


def test_every_command_says_something_that_the_ledger_asks_for() -> None:
    for version in ((3, 11), (3, 13)):
        for claim in load_claims(version):
            assert all(evidence.shows for evidence in claim.evidence), claim.id


@pytest.mark.parametrize("name", EVIDENCE)
def test_the_command_shows_what_the_ledger_says(name: str) -> None:
    found = shown(EVIDENCE[name])
    if found.skipped:
        pytest.skip(found.skipped)
    assert not found.problem, f"{found.problem}\n{found.output}"


def test_a_command_that_shows_something_else_is_noticed() -> None:
    """The same commands with another expectation: a wrong status, and a text that is not there."""
    evidence = CLAIMS["C15"].evidence[0]
    assert "status 0, not 1" in run_evidence(replace(evidence, status=1)).problem
    assert "does not say: it raises" in run_evidence(replace(evidence, shows=("it raises",))).problem


def test_a_command_whose_extra_is_missing_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.ledger.run.find_spec", lambda _: None)
    found = run_evidence(Evidence("treadle prove treadle-wait", 0, (), "proofs"))
    assert found.skipped == "needs pip install 'treadle[proofs]'"


@pytest.mark.parametrize(
    ("candidate", "claim"),
    [(each.name, each.claim) for each in CANDIDATES.values() if each.claim in ("C01", "C03", "C04", "C21")],
)
def test_a_refuted_procedure_or_a_confirmed_loss_is_recorded_as_violated(candidate: str, claim: str) -> None:
    """The ledger does not say less or more than the catalogue does."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    cells = Catalogue.load(version, "C", Bounds(events=3, steps=3)).cells
    if not cells:
        pytest.skip(f"nothing is recorded for {version}")
    assert cells[candidate]["plain"]["counts"]["lost"][1] > 0
    assert CLAIMS[claim].verdict is (Settled.CONFIRMED if claim == "C01" else Settled.REFUTED)


def test_the_example_with_asyncio_wait_has_the_verdicts_of_rrevans_wait() -> None:
    """C16 says so; whatever version and bounds they were recorded for."""
    for version in ("3.11", "3.12", "3.13", "3.14", "3.15"):
        cells = Catalogue.load(version, "C", Bounds(events=3, steps=3)).cells
        assert cells["cbornet-example"] == cells["rrevans-wait"]


# The twins


@pytest.mark.parametrize("pair", [pair.name for pair in PAIRS])
def test_twins_look_the_same_on_stock_python_and_need_opposite_things(pair: str) -> None:
    one, other = (_run_on_stock(scripts()[f"{pair}-{end}"]) for end in ("raise", "return"))
    assert one[:-1] == other[:-1]
    assert len(one) >= 8
    assert one[-1] == "needed: raise CancelledError"
    assert other[-1] == "needed: not raise it"


def test_only_twins_with_everything_equal_show_every_observation() -> None:
    """What tells a pair apart is not printed; here it is named."""
    printed = {name: _run_on_stock(text) for name, text in scripts().items()}
    assert not any(line.startswith("cancelling()") for line in printed["exception-raise"])
    assert "cancelling(): 1" in printed["snapshot-raise"]
    assert {"cancelling(): 1", "cancelling() at entry: 1"} <= set(printed["everything-raise"])


def _run_on_stock(script: str) -> list[str]:
    run = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=20, check=True)
    return run.stdout.splitlines()


# What is impossible, and what suffices: each topic is asked once, in one process

topics = pytest.mark.xdist_group("topics")


@topics
def test_topics_say_what_the_model_answers() -> None:
    told = {topic: "\n".join(answered(topic, (3, 13))) for topic in ("modes", "readings", "forwarding")}
    assert "its next step: yes" in told["modes"]
    assert "for ever: yes" in told["modes"]
    assert "up to 3.12, any code: weak, net, any\n" in told["readings"]
    assert "from 3.13 on, any code: weak, net\n" in told["readings"]
    assert "osipenko-check: 2 requests" in told["forwarding"]
    assert "treadle-wait" not in told["forwarding"]


def test_the_weakest_guard_compares_with_the_snapshot_on_three_ways_out() -> None:
    told = "\n".join(answered("guard"))
    assert "may be cancelling already: count > snapshot" in told
    assert "a request may be pending at entry: no guard is right" in told
    assert told.count("no guard is right") == 5


# The command


def run(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(["claims", *arguments])
    return status, *capsys.readouterr()


def test_the_document_has_what_the_design_says(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(["--json"], capsys)
    document = json.loads(out)
    assert status == 0
    assert document["format"] == 1
    assert len(document["claims"]) == 23
    for each in document["claims"]:
        assert {"id", "claim", "verdict", "why", "command"} <= set(each)
        assert each["verdict"] in ("confirmed", "refuted", "conditional")


def test_a_claim_is_printed_in_full_with_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(["c10"], capsys)
    assert status == 0
    assert out.startswith("C10  confirmed")
    assert len(re.findall("treadle explain later", out)) == 2


def test_run_says_that_a_command_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(["--run", "C07"], capsys)
    assert (status, out.splitlines()[0]) == (0, "C07  conditional  shown")


def test_run_ends_with_1_if_a_command_does_not_show_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(evidence: Evidence) -> Shown:
        return Shown(evidence, "its output does not say: so", "", "")

    monkeypatch.setattr("treadle.cli.claims.run_evidence", wrong)
    status, out, _ = run(["--run", "C07"], capsys)
    assert (status, "does not say: so" in out) == (1, True)


def test_what_is_not_there_is_misuse_that_names_what_is(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = run(["C99"], capsys)
    assert (status, "There are: C01 to C23" in error) == (2, True)
    status, _, error = run(["--script", "no"], capsys)
    assert (status, "exception-raise" in error) == (2, True)
    with pytest.raises(MisuseError):
        find_claims(CLAIMS.values(), ["guards"])


def test_the_ledger_and_its_topics_need_no_solver() -> None:
    """In an interpreter in which `z3` cannot be imported."""
    code = (
        "import sys; sys.modules['z3'] = None\n"
        "from treadle.cli import main\n"
        "sys.exit(main(['claims']) or main(['claims', 'modes']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "23 claims" in done.stdout


@topics
def test_every_topic_has_an_answer() -> None:
    for topic in set(TOPICS) - {"readable", "guard"}:  # these two are asked by other tests
        assert answered(topic, (3, 13))


def test_the_shipped_package_is_judged_beside_its_algorithm() -> None:
    if find_spec("later") is None:
        pytest.skip("`later` is not installed")
    claim: Claim = CLAIMS["C10"]
    assert [evidence.command.split()[2] for evidence in claim.evidence] == ["later-shield", "later:cancel"]
