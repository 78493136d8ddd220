"""What the README says is so; that its commands print what it shows is tested in `tests/docs`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rendering

from treadle.check import Catalogue
from treadle.schedule import Bounds, TaskKind
from treadle_models.spec import MODES, PROPERTIES

README = Path(__file__).parents[2] / "README.md"
_MARKS = {"✗": "violated", "✓": "holds", "\N{EN DASH}": "not exercised"}
_ROW = re.compile(r"^(?P<name>[a-z-]+) +(?P<marks>(?:[✗✓\u2013]\d? *){13})$", re.MULTILINE)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the README shows CPython 3.11")
def test_the_picture_in_the_readme_is_what_replay_draws_of_its_counterexample(tmp_path: Path) -> None:
    """`TREADLE_UPDATE_SNAPSHOTS=1` draws it anew."""
    text = README.read_text(encoding="utf-8")
    token = re.search(r"^replay: +treadle replay (\S+)$", text, re.MULTILINE)
    shown = re.search(r"!\[[^]]+\]\(([^)]+\.svg)\)", text)
    assert token is not None
    assert shown is not None
    file = tmp_path / "picture.svg"
    command = [sys.executable, "-m", "treadle", "replay", token[1], "--svg", str(file)]
    subprocess.run(command, capture_output=True, check=True)
    drawn = file.read_text(encoding="utf-8")
    kept = README.parent / shown[1]
    if os.environ.get("TREADLE_UPDATE_SNAPSHOTS"):
        kept.write_text(drawn, encoding="utf-8")
    assert kept.read_text(encoding="utf-8") == drawn


def recorded() -> dict[str, dict[str, str]]:
    """Return for each candidate and property what the catalogue has for CPython 3.15 at the default bounds."""
    cells = Catalogue.load("3.15", TaskKind.C, Bounds(events=3, steps=3)).cells
    names = [each.name for each in (*PROPERTIES, *MODES)]
    return {candidate: {name: _verdict(found, name) for name in names} for candidate, found in cells.items()}


def _verdict(cells: dict[str, dict[str, Any]], name: str) -> str:
    counts = [cell["counts"].get(name, [0, 0]) for cell in cells.values()]
    violated, exercised = any(bad for _, bad in counts), any(all_of for all_of, _ in counts)
    return "violated" if violated else "holds" if exercised else "not exercised"


def test_the_whole_table_is_what_is_recorded() -> None:
    """That of the site: each mark agrees with the catalogue."""
    names = [each.name for each in (*PROPERTIES, *MODES)]
    rows = {row["name"]: row["marks"] for row in _ROW.finditer(rendering.rendered("verdict-table"))}
    found = {
        candidate: dict(zip(names, [_MARKS[mark] for mark in marks if mark in _MARKS], strict=True))
        for candidate, marks in rows.items()
    }
    assert found == recorded()


def test_the_short_table_is_what_is_recorded() -> None:
    text = README.read_text(encoding="utf-8").partition("## What ships")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    _, *names = re.findall(r"[a-z-]+", lines[0])
    assert names == ["lost", "phantom", "undisturbed", "failure-kept"]
    for line in lines[1:]:
        candidate = re.findall(r"\(`([a-z-]+)`\)", line)[-1]
        marks = re.findall("[✗✓]", line)
        assert [_MARKS[mark] for mark in marks] == [recorded()[candidate][name] for name in names], candidate
    assert len(lines) == 6


def test_the_readme_is_short() -> None:
    """But for the summary of the register, which counts as many cells of its table as words."""
    text = README.read_text(encoding="utf-8")
    begin, _, rest = text.partition("<!-- shipped: ")
    assert len((begin + rest.partition("<!-- end of shipped -->")[2]).split()) <= 900


def test_the_readme_promises_no_release_that_there_is_not() -> None:
    """As long as the version is not released, nothing can be installed by its name."""
    released = "(unreleased)" not in (README.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    for page in (README, *(README.parent / "docs").rglob("*.md")):
        told = re.findall(r"pip install '?treadle", page.read_text(encoding="utf-8"))
        assert released or not told, page
