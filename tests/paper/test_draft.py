"""The PEP draft is current: nothing in it is typed by hand, and what would make it stale is noticed."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import draft
import pytest
from pythons import interpreters

PAPER = Path(__file__).parents[2] / "paper"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the draft's folder, to break."""
    folder = tmp_path / "paper"
    shutil.copytree(PAPER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(draft, "HERE", folder)
    monkeypatch.setattr(draft, "RESULTS", folder / "results")
    for name, path in {"DRAFT": draft.DRAFT, "TEMPLATE": draft.TEMPLATE}.items():
        monkeypatch.setattr(draft, name, folder / path.name)
    for name, path in {"INDEX": draft.INDEX, "SUMS": draft.SUMS, "REGISTER": draft.REGISTER}.items():
        monkeypatch.setattr(draft, name, folder / "results" / path.name)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_everything_is_current() -> None:
    assert list(draft.problems(run=False)) == []


@pytest.mark.parametrize(
    "name", [name for name, result in draft.read_claims()["results"].items() if "takes" not in result]
)
def test_a_fast_command_prints_what_is_recorded(name: str) -> None:
    """On 3.15 where it is at hand, else on this Python, where the same must come out."""
    result = draft.read_claims()["results"][name]
    if result.get("differs") and not interpreters(draft.RECORDED_ON):
        pytest.skip(f"this differs between versions, and no Python {draft.RECORDED_ON} is here")
    assert draft.same_here(result)


def test_everything_that_is_not_measured_was_recorded_on_one_version() -> None:
    index = json.loads((PAPER / "results" / "index.json").read_text(encoding="utf-8"))
    results = [each for each in draft.read_claims()["results"].values() if not each.get("measured")]
    assert len(results) > 15
    assert {index[each["file"]]["python"].rpartition(".")[0] for each in results} == {draft.RECORDED_ON}


def test_a_result_that_comes_out_otherwise_is_noticed(copy: Path) -> None:
    edit(copy / "results" / "modes.txt", "somebody cancels", "nobody cancels")
    assert not draft.same_here(draft.read_claims()["results"]["modes"])


def test_a_number_that_is_typed_by_hand_is_noticed(copy: Path) -> None:
    edit(copy / draft.TEMPLATE.name, "There are two because", "All 17 fail. There are two because")
    (problem, *_) = draft.problems(run=False)
    assert "the number 17 is typed by hand" in problem


def test_versions_and_issues_are_no_numbers() -> None:
    link = "`pipecat #4986 <https://github.com/pipecat-ai/pipecat/pull/4986>`__"
    text = f"\nAbstract\n\nSince 3.13.1, see {link} and [[ schedules ]] in [[ gh(103486) ]].\n"
    assert list(draft.hand_typed(text)) == []


def test_a_claim_that_nobody_quotes_is_noticed(copy: Path) -> None:
    with (copy / "claims.toml").open("a", encoding="utf-8") as file:
        file.write('\nspare = { result = "ledger", find = "(\\\\d+) claims:", says = "claims" }\n')
    problem, register = draft.problems(run=False)
    assert problem == "nobody quotes the claim or result 'spare' of claims.toml"
    assert register.startswith("the register in results/README.md")


def test_a_quote_without_a_claim_is_noticed(copy: Path) -> None:
    edit(copy / draft.TEMPLATE.name, "[[ schedules ]]", "[[ sheduls ]]")
    with pytest.raises(draft.Stale, match="'sheduls' is undefined"):
        list(draft.problems(run=False))


def test_a_claim_that_finds_nothing_is_noticed(copy: Path) -> None:
    edit(copy / "claims.toml", "schedules in", "shedules in")
    with pytest.raises(draft.Stale, match="'schedules' finds nothing"):
        list(draft.problems(run=False))


def test_a_stale_rendering_is_noticed(copy: Path) -> None:
    edit(copy / draft.DRAFT.name, "Abstract", "Abtract")
    (problem,) = draft.problems(run=False)
    assert problem.startswith("pep-9999.rst is not what the template renders")


def test_a_stale_register_is_noticed(copy: Path) -> None:
    """The README of the results says what comes out, so it must be what has come out."""
    edit(copy / "results" / "README.md", "| searches | ", "| searches | 1")
    (problem,) = draft.problems(run=False)
    assert problem.startswith("the register in results/README.md")


def test_a_result_of_another_command_is_noticed(copy: Path) -> None:
    edit(copy / "claims.toml", "treadle claims readable", "treadle claims guard")
    problem, register = draft.problems(run=False)
    assert register.startswith("the register in results/README.md")
    assert "readable.txt was recorded by `treadle claims readable`, not by `treadle claims guard`" in problem


def test_a_result_that_was_edited_is_noticed(copy: Path) -> None:
    edit(copy / "results" / "forwarding.txt", "2 requests", "3 requests")
    assert any("forwarding.txt is not what was recorded" in problem for problem in draft.verify())


def test_a_result_that_is_missing_and_one_too_many_are_noticed(copy: Path) -> None:
    (copy / "results" / "modes.txt").unlink()
    index = json.loads((copy / "results" / "index.json").read_text(encoding="utf-8"))
    index["old.txt"] = {"command": "treadle check", "python": "3.11.7"}
    (copy / "results" / "index.json").write_text(json.dumps(index), encoding="utf-8")
    missing, spare = draft.verify()
    assert "modes.txt is not recorded" in missing
    assert "old.txt is recorded, and no result" in spare


def test_a_wrong_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert draft.main(["record", "verdict"]) == 1
    assert "no result is named 'verdict'; there are" in capsys.readouterr().out


def test_what_is_measured_writes_its_files_itself_and_is_recorded_with_them(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(result: dict[str, str]) -> None:
        for file in draft.files_of(result):
            path = copy / "results" / file
            path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")  # other bytes, the same numbers

    monkeypatch.setattr(draft, "measure", measure)
    assert draft.main(["record", "bench"]) == 0
    assert list(draft.verify()) == []
    index = json.loads((copy / "results" / "index.json").read_text(encoding="utf-8"))
    assert index["bench.svg"] == index["bench.json"]
    (copy / "results" / "bench.svg").write_text("another\n", encoding="utf-8")
    assert list(draft.verify()) == ["bench.svg is not what was recorded: its hash differs from SHA256SUMS"]


def test_what_is_measured_is_recorded_only_where_it_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(result: dict[str, str]) -> str:
        ran.append(result["file"])
        return ""

    ran: list[str] = []
    measured = (copy / "results" / "bench.json").read_bytes()
    monkeypatch.setattr(draft, "run_command", run)
    monkeypatch.setattr(draft, "recording_python", lambda: sys.executable)
    monkeypatch.setattr(draft, "measure", run)
    draft.record((), fast=False)
    assert "verdicts.txt" in ran
    assert "bench.json" not in ran
    assert (copy / "results" / "bench.json").read_bytes() == measured


def test_a_measurement_that_fails_is_told() -> None:
    with pytest.raises(draft.Stale, match="ended with status 2"):
        draft.measure({"command": "python tests/bench/bench.py --most nothing"})


def test_what_was_measured_is_rounded_and_told_so(copy: Path) -> None:
    text, _ = draft.render()
    (told,) = re.findall(r"takes\s+(about\s+\d+)\s+seconds", text)
    bench = json.loads((copy / "results" / "bench.json").read_text(encoding="utf-8"))
    seconds = bench["depth"]["growth"][-1]["cpu_seconds"]
    assert told.split()[1] == f"{round(seconds, 0 if seconds < 10 else -1):g}"


def test_a_measured_claim_that_is_not_rounded_is_noticed(copy: Path) -> None:
    edit(copy / "claims.toml", "about = 1, ", "")
    with pytest.raises(draft.Stale, match="'deep_seconds' was measured"):
        draft.render()


def test_the_three_numbers_to_check_in_five_minutes_are_those_that_were_recorded() -> None:
    readme = (PAPER / "results" / "README.md").read_text(encoding="utf-8")
    five_minutes = readme.partition("## Five minutes")[2].partition("##")[0]
    ledger = (PAPER / "results" / "ledger.txt").read_text(encoding="utf-8")
    counted = re.search(r"\d+ claims: .*conditional", ledger)
    assert counted
    assert counted[0] in five_minutes
    questions = (PAPER / "results" / "questions.txt").read_text(encoding="utf-8")
    assert re.findall(r"Ctrl-C .* (\d)\. time", questions) == ["2", "3", "3"] == re.findall(r" (\d)\. ", five_minutes)
    library = json.loads((PAPER / "results" / "aiotools.json").read_text(encoding="utf-8"))
    assert f"none shorter with {library[0]['events']}" in five_minutes
