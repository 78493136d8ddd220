"""The notebooks show what their cells compute: each is executed afresh, and every output compared with what it holds.

`TREADLE_UPDATE_NOTEBOOKS=1` stores the new outputs. They are of one minor version of Python, which the notebook names.
Others differ in a few verdicts and counts: there, each cell must run and show the same kinds of things.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
VERSION = "{}.{}".format(*sys.version_info)

# What tells about the machine or the moment at which a notebook was executed: absolute paths, addresses, hours.
PERSONAL = re.compile(
    r"/(?:home|root|tmp|usr|work|Users)/|0x[0-9a-f]{6,}|\b\d\d:\d\d:\d\d\b|localhost|https?://(?!www\.w3\.org)"
)


def read(file: Path) -> Any:
    return nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]


def shown(cell: Any) -> list[dict[str, Any]]:
    """Return what a cell shows, without the numbers of executions."""
    outputs: list[dict[str, Any]] = []
    for output in cell.get("outputs", []):
        kept = {name: value for name, value in output.items() if name not in ("execution_count", "metadata")}
        if outputs and kept["output_type"] == "stream" == outputs[-1]["output_type"]:
            outputs[-1]["text"] += kept["text"]  # how prints are cut into pieces is a matter of time
        else:
            outputs.append(kept)
    return outputs


def lines(cell: Any) -> list[str]:
    return json.dumps(shown(cell), indent=1, ensure_ascii=False, sort_keys=True).replace("\\n", "\n").splitlines()


def kinds(cell: Any) -> list[str]:
    return [f"{output['output_type']}: {', '.join(sorted(output.get('data', {})))}" for output in shown(cell)]


def test_there_are_four() -> None:
    assert [file.stem[:2] for file in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_shows_what_its_cells_compute(file: Path) -> None:
    stored = read(file)
    here = stored.metadata.language_info.version.startswith(f"{VERSION}.")
    update = os.environ.get("TREADLE_UPDATE_NOTEBOOKS")
    fresh = nbformat.from_dict(json.loads(json.dumps(stored)))  # type: ignore[no-untyped-call]
    where = {"metadata": {"path": str(file.parent)}}
    NotebookClient(fresh, timeout=300, kernel_name="python3", resources=where).execute()
    if update:
        for cell in fresh.cells:
            cell.metadata = {}
        fresh.metadata = {**stored.metadata, "language_info": {"name": "python", "version": sys.version.split()[0]}}
        nbformat.write(fresh, file)  # type: ignore[no-untyped-call]
        return
    for number, (before, now) in enumerate(zip(stored.cells, fresh.cells, strict=True)):
        told = lines if here else kinds
        difference = difflib.unified_diff(told(before), told(now), "stored", "computed now", n=1, lineterm="")
        found = "\n".join(difference)
        assert not found, f"{file.name}, cell {number}, shows something else now:\n{found}"


def test_the_text_names_the_gap_and_the_action_that_the_picture_marks() -> None:
    """A box is an action, and stands below the gap in which it is done."""
    cells = read(NOTEBOOKS[0]).cells
    picture = next(number for number, cell in enumerate(cells) if "docs-example/plain/lost" in str(cell.get("outputs")))
    text = cells[picture + 1].source
    assert "The box with the red frame is the decisive action; it is below gap 2" in text
    assert re.search(r"^ +2\* +controller\.cancel\(\)", cells[picture].outputs[0].data["text/plain"], re.MULTILINE)
    drawn = cells[picture].outputs[0].data["image/svg+xml"]
    gap, box = (
        re.search(r'y="([\d.]+)" class="gap">gap 2<', drawn),
        re.search(r'd="M[\d.]+ ([\d.]+)[^"]*" class="box k-environment event decisive"', drawn),
    )
    assert gap
    assert box
    assert float(gap[1]) < float(box[1])


def test_a_nearest_schedule_that_fails_itself_is_not_called_good() -> None:
    cells = read(NOTEBOOKS[0]).cells
    beside = next(number for number, cell in enumerate(cells) if "beside_nearest" in cell.source)
    assert "violated here: the caller is never cancelled by nobody" in cells[beside].outputs[0].data["text/plain"]
    assert "is not a good one either" in cells[beside + 1].source
    assert not any("beside_good" in cell.source for file in NOTEBOOKS for cell in read(file).cells)


def test_the_text_says_how_many_questions_of_a_certificate_are_changed() -> None:
    cells = read(NOTEBOOKS[2]).cells
    changed = next(cell for cell in cells if "questions changed" in cell.source)
    assert re.fullmatch(r"\d+ of \d+ questions changed\n", changed.outputs[0].text)
    assert not any("every fact" in cell.source for cell in cells)


def test_what_is_said_to_be_without_the_limit_is_without_it() -> None:
    """The counterexample with the limit comes before these words, and the function without it after them."""
    sources = [cell.source for cell in read(NOTEBOOKS[3]).cells]
    (place,) = (number for number, source in enumerate(sources) if "Without the limit" in source)
    assert '"joined"' in sources[place - 1]
    assert "async def stop_best" in sources[place + 1]
    assert "timeout" not in sources[place + 1]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_tells_nothing_of_the_machine_it_was_executed_on(file: Path) -> None:
    stored = read(file)
    assert not [
        (number, found.group())
        for number, cell in enumerate(stored.cells)
        if (found := PERSONAL.search("\n".join(lines(cell))))
    ]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_begins_with_how_to_run_it_and_can_be_read_in_ten_minutes(file: Path) -> None:
    stored = read(file)
    assert "make notebooks" in stored.cells[0].source
    words = sum(len(cell.source.split()) for cell in stored.cells)
    assert words < 1600  # 160 words a minute, pictures left aside


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_pictures_are_svg_and_tables_are_html_that_does_without_script_and_network(file: Path) -> None:
    stored = read(file)
    seen: set[str] = set()
    for cell in stored.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            seen |= set(data)
            markup = data.get("text/html", "") + data.get("image/svg+xml", "")
            assert not re.search(r"<(link|img|iframe)\b|<script src|url\(", markup)
    assert seen >= {"text/plain", "text/html", "image/svg+xml"}


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_where_pictures_and_tables_cannot_be_shown_the_same_stands_as_text(file: Path) -> None:
    """Code hosts take style and script out of HTML, and some readers show text alone."""
    for cell in read(file).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if set(data) - {"text/plain"}:
                assert len(data["text/plain"].splitlines()) > 1
                assert not data["text/plain"].startswith("<")
            # Where both are, readers take the HTML, and code hosts its style.
            assert not {"text/html", "image/svg+xml"} <= set(data)
