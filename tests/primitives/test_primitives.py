"""The register of asyncio's primitives: the programs find what is wrong, and the recorded table is what they find."""

from __future__ import annotations

import dataclasses
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from claims import PROPERTIES, Claim, property_of
from faults import MUTANTS, put_in
from primitives import REPAIRS, Place, main, repair
from pythons import interpreters
from tables import differences, rows, table, unexplained

from treadle.programs import explore_source, make_source
from treadle.programs.settings import Settings

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "paper" / "results" / "primitives.json"
NEWEST = "3.15"


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    result: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return result


def programs() -> dict[str, tuple[Any, Any]]:
    import there  # noqa: PLC0415 - it loads every program

    return {f"{judged.file}.py:{judged.name}": (judged, program) for judged, program in there.load()}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_primitive_with_a_fault_is_found(name: str) -> None:
    mutant = MUTANTS[name]
    judged, program = programs()[mutant.program]
    with put_in(mutant):
        explored = explore_source(make_source(program), Settings(events=min(judged.events, 2)))
    found = {property_of(str(each.property), each.text, judged.claims) for each in explored.violations}
    assert mutant.property in found, str(explored)


def test_what_is_recorded_is_what_comes_out_here(recorded: dict[str, Any]) -> None:
    """Some programs, on this interpreter, if it is one of those that were recorded."""
    version = platform.python_version()
    if version not in recorded["pythons"]:
        pytest.skip(f"recorded are {', '.join(recorded['pythons'])}; `make primitives` judges {version}, too")
    place = Place(sys.executable, version, "C", "lazy")
    marked = {name for name, (judged, _) in programs().items() if judged.fast}
    small = {
        program["program"]
        for program in recorded["programs"]
        if any(_is(each, place) and each["executions"] < 400 for each in program["places"])
    }
    fast = sorted(marked & small)
    assert len(fast) >= 10
    now = {each["program"]: each for each in place.run("there.py", "C", "lazy", *fast)}
    for program in recorded["programs"]:
        if program["program"] in now:
            then = next(each for each in program["places"] if _is(each, place))
            here = now[program["program"]]
            for key in ("properties", "schedules", "executions", "ended"):
                assert here[key] == then[key], f"{program['program']}: {key}"


def _is(answer: dict[str, Any], place: Place) -> bool:
    return (answer["python"], answer["task"], answer["eager"]) == (place.version, place.task, False)


def test_everything_that_does_not_hold_is_explained(recorded: dict[str, Any]) -> None:
    assert list(unexplained({**recorded, "differences": differences()})) == []


def test_the_recorded_table_is_that_of_the_recorded_result(recorded: dict[str, Any]) -> None:
    told = RECORDED.with_suffix(".md").read_text(encoding="utf-8")
    assert told == table(recorded, links=True)
    assert recorded["differences"] == differences(), "differences.toml has changed: run `make primitives`"


def test_nothing_holds_that_was_cut_off_or_not_exercised(recorded: dict[str, Any]) -> None:
    for program in recorded["programs"]:
        for place in program["places"]:
            assert "holds" not in place["properties"].values() or not place["stopped"], program["program"]


def test_what_holds_was_exercised_in_some_version(recorded: dict[str, Any]) -> None:
    for program, name, cells in rows(recorded):
        assert set("".join(cells.values())) - {"-"}, f"{program['program']}: {name} was never exercised"


def test_a_claim_has_the_sentence_that_makes_it_or_says_that_nothing_does() -> None:
    for judged, _ in programs().values():
        for claim in judged.claims:
            assert claim.property in PROPERTIES
            assert bool(claim.sentence) is not bool(claim.unpromised), f"{judged.name}: {claim.property}"
            assert not claim.sentence or ".html#" in claim.at, f"{judged.name}: {claim.property}"


def test_what_a_program_asserts_counts_for_the_property_that_it_names() -> None:
    claims = (Claim("order"), Claim("wakes"), Claim("ends"))
    assert property_of("raises", "AssertionError: order: one has overtaken", claims) == "order"
    assert (
        property_of("unretrieved", "nobody retrieved: AssertionError: order: so (in ExceptionGroup)", claims) == "order"
    )
    assert property_of("raises", "AssertionError: lost: not claimed", claims) == "raises"
    assert property_of("deadlock", "nothing can run any more", claims) == "wakes"
    assert property_of("swallowed", "one was cancelled", claims) == "swallowed"


def test_a_violation_that_nobody_has_explained_is_told() -> None:
    place = {"python": "3.15.2", "task": "C", "eager": False, "properties": {"order": "violated"}, "stopped": ""}
    program = {"program": "of_x.py:y", "primitive": "X", "claims": {"order": {"sentence": "so"}}, "places": [place]}
    result: dict[str, Any] = {"pythons": ["3.15.2"], "programs": [program], "differences": []}
    assert list(unexplained(result)) == ["of_x.py:y, order: 3.15.2 ✗"]
    entry = {"program": "of_x.py:y", "property": "order"}
    assert list(unexplained({**result, "differences": [entry]})) == []
    place["properties"] = {"order": "holds"}
    assert list(unexplained({**result, "differences": [entry]})) == [
        "of_x.py:y, order: there is an entry, and nothing is violated"
    ]


OPEN = [each for each in differences() if each["mended"] == "open" and each["kind"] == "bug"]


@pytest.mark.parametrize("entry", OPEN, ids=lambda entry: entry["script"])
def test_what_is_open_fails_on_stock_python_and_not_with_the_repair(entry: dict[str, Any], tmp_path: Path) -> None:
    found = interpreters(NEWEST)
    if not found:
        pytest.skip(f"no Python {NEWEST} here; `make matrix` and `make primitives` get one")
    version, python = next(iter(found.items()))
    script = REPAIRS / entry["script"]
    lib = repair(Place(python, version, "C", "lazy"), (REPAIRS / entry["patch"],), tmp_path)
    stock = subprocess.run([python, script], capture_output=True, text=True, check=False, timeout=60)
    assert (stock.returncode, stock.stderr) == (1, ""), stock.stdout
    repaired = subprocess.run(
        [python, script], capture_output=True, text=True, check=False, timeout=60, env={"PYTHONPATH": str(lib)}
    )
    assert (repaired.returncode, repaired.stderr) == (0, ""), repaired.stdout


def test_scripts_are_short_and_need_nothing_but_python() -> None:
    for entry in OPEN:
        text = (REPAIRS / entry["script"]).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 40, entry["script"]
        assert "treadle" not in text.lower(), entry["script"]


def test_a_place_that_fails_says_why() -> None:
    place = Place(sys.executable, platform.python_version(), "nothing", "lazy")
    with pytest.raises(RuntimeError, match="nothing"):
        list(place.run("there.py", "nothing", "lazy"))


def test_each_place_has_a_name_of_its_own() -> None:
    place = Place(sys.executable, "3.15.2", "C", "lazy")
    others = (dataclasses.replace(place, start="eager"), dataclasses.replace(place, repaired=ROOT))
    assert len({each.name for each in (place, *others)}) == 3


def test_the_exit_status_says_whether_everything_is_explained(
    monkeypatch: pytest.MonkeyPatch, recorded: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    result = {**recorded, "differences": differences()}
    monkeypatch.setattr("primitives.places", list)
    monkeypatch.setattr("primitives.document", lambda _: result)
    assert main(["--only", "of_lock.py:users"]) == 0
    result["differences"] = []
    assert main(["--only", "of_lock.py:users"]) == 1
    assert "not explained in differences.toml: of_barrier.py:parties, result" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "of_nothing.py:at_all"])
    assert "there is no program 'of_nothing.py:at_all'" in capsys.readouterr().err
