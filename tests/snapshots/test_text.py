"""The exact text that people see. With TREADLE_UPDATE_SNAPSHOTS=1 set, the texts are written anew: read the difference.

Nothing in a text is normalised but the minor version of Python, which the texts do not depend on otherwise.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from treadle.check import Catalogue
from treadle.cli import main

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
PROPOSAL = "osipenko-proposal"
# In these, no version of Python differs from another.
SITUATIONS = [
    word
    for situation in ("plain", "cleanup/1", "pending", "done/cancelled", "shared", "self", "timeout", "group", "future")
    for word in ("--situation", situation)
]


def run(arguments: Sequence[str]) -> object:
    try:
        return main(arguments)
    except SystemExit as ended:  # argparse, after a help page
        return ended.code


@pytest.mark.parametrize(
    ("name", "arguments", "status"),
    [
        ("help", ["--help"], 0),
        ("help-check", ["check", "--help"], 0),
        ("help-explain", ["explain", "--help"], 0),
        ("help-explore", ["explore", "--help"], 0),
        ("help-script", ["script", "--help"], 0),
        ("help-replay", ["replay", "--help"], 0),
        (
            "check-three",
            ["check", PROPOSAL, "docs-example", "treadle-wait", "--events", "1", "--steps", "2", *SITUATIONS],
            1,
        ),
        ("check-one", ["check", PROPOSAL, "--events", "1", "--steps", "2", *SITUATIONS], 1),
        ("check-cut-off", ["check", PROPOSAL, "--events", "1", "--limit", "40", "--situation", "plain"], 1),
        ("explain", ["explain", PROPOSAL, "--events", "1", "--steps", "2", *SITUATIONS], 0),
        ("explain-shared", ["explain", PROPOSAL, "--events", "1", "--situation", "shared", "--property", "lost"], 0),
        ("explain-nothing", ["explain", "treadle-wait", "--events", "1", "--situation", "plain"], 0),
        ("replay", ["replay", f"{PROPOSAL}/plain/lost:v1:C.3.3.0001.e3dd96"], 0),
        ("script", ["script", f"{PROPOSAL}/plain/lost:v1:C.3.3.0001.e3dd96"], 0),
        ("error-bounds", ["check", "--events", "thirteen"], 2),
        ("error-target", ["check", "osipenko-proposla"], 2),
        ("error-explore", ["explore", "pool.py"], 2),
        ("error-explore-events", ["explore", "pool.py:program", "--events", "-1"], 2),
        ("error-replay", ["replay", f"{PROPOSAL}/plain/lost:v1:C.3.3.0001.000000"], 2),
    ],
)
def test_the_text_is_as_it_was(
    name: str,
    arguments: Sequence[str],
    status: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(Catalogue, "load", lambda *_: Catalogue({}))
    assert run(arguments) == status
    out, error = capsys.readouterr()
    text = re.sub(r"^Python 3\.\d+, ", "Python 3.x, ", out + error, flags=re.MULTILINE)
    file = HERE / f"{name}.txt"
    if os.environ.get("TREADLE_UPDATE_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_text_belongs_to_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [file.name for file in HERE.glob("*.txt") if f'"{file.stem}"' not in source] == []
