"""Whoever cites Treadle finds the same in CITATION.cff, in the BibTeX entry and in the package."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import treadle

ROOT = Path(__file__).parents[2]
CITATION = dict(
    re.findall(
        r'^(title|version|license): "?([^"\n]+)"?$', (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE
    )
)
ENTRY = dict(
    re.findall(r"^  (\w+) += \{(.+?)\},?$", (ROOT / "paper" / "treadle.bib").read_text(encoding="utf-8"), re.MULTILINE)
)


@pytest.mark.parametrize("field", ["title", "version", "license"])
def test_the_bibtex_entry_says_what_the_citation_file_says(field: str) -> None:
    assert ENTRY[field] == CITATION[field]


def test_what_is_cited_is_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {CITATION["version"], project.get("version", treadle.__version__)} == {treadle.__version__}


def test_the_entry_can_be_read_by_bibtex() -> None:
    text = (ROOT / "paper" / "treadle.bib").read_text(encoding="utf-8")
    assert re.match(r"@\w+\{\w+,\n", text)
    assert text.count("{") == text.count("}")
