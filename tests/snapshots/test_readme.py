"""What the README shows is what the commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from treadle.check import Catalogue
from treadle.programs import ProgramProperty
from treadle.schedule import Bounds, TaskKind
from treadle_models.spec import MODES, PROPERTIES

README = Path(__file__).parents[2] / "README.md"
_MARKS = {"✗": "violated", "✓": "holds", "\N{EN DASH}": "not exercised"}
_ROW = re.compile(r"^(?P<name>[a-z-]+) +(?P<marks>(?:[✗✓\u2013]\d? *){13})$", re.MULTILINE)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the README shows CPython 3.11")
def test_the_counterexample_in_the_readme_is_what_explain_prints() -> None:
    """The first screen of the README is the output of the command above it."""
    text = README.read_text(encoding="utf-8")
    shown = re.search(r"```text\n\$ treadle (?P<command>explain[^\n]*)\n(?P<output>.*?)```", text, re.DOTALL)
    assert shown is not None
    command = [sys.executable, "-m", "treadle", *shown["command"].split()]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout.strip() == shown["output"].strip()


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


def test_the_table_in_the_readme_is_what_is_recorded() -> None:
    """Each mark of the verdict table agrees with the catalogue for CPython 3.11 at the default bounds."""
    cells = Catalogue.load("3.11", TaskKind.C, Bounds(events=3, steps=3)).cells
    names = [each.name for each in (*PROPERTIES, *MODES)]
    text = README.read_text(encoding="utf-8")
    seen = set()
    for row in _ROW.finditer(text):
        marks = [mark for mark in row["marks"] if mark in _MARKS]
        for name, mark in zip(names, marks, strict=True):
            counts = [cell["counts"].get(name, [0, 0]) for cell in cells[row["name"]].values()]
            violated, exercised = any(bad for _, bad in counts), any(all_of for all_of, _ in counts)
            expected = "violated" if violated else "holds" if exercised else "not exercised"
            assert _MARKS[mark] == expected, f"{row['name']}, {name}"
        seen.add(row["name"])
    assert seen == set(cells)


def test_the_readme_names_each_kind_of_finding_in_a_program_with_its_sentence() -> None:
    text = README.read_text(encoding="utf-8")
    told = text.partition("| kind | what must hold |")[2].partition("\n\n")[0]
    rows = [f"| `{each}` | {each.sentence} |" for each in ProgramProperty]
    assert told.splitlines()[2:] == rows
