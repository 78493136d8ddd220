"""The report as a file: all that it must hold, and nothing that it would have to fetch."""

from __future__ import annotations

import re

import pytest
from pages import SITUATIONS, small_report

from treadle.cli import main
from treadle_models.spec import MODES, PROPERTIES

pytestmark = pytest.mark.xdist_group("report")  # the report is made once


def test_the_page_is_one_file_that_asks_for_nothing() -> None:
    page = small_report().read_text(encoding="utf-8")
    assert not re.findall(r"""<(?:link|script|img|iframe)[^>]*\b(?:src|href)=(?!["']?data:)""", page)
    assert not re.findall(r"""url\((?!["']?data:)|@import""", page)
    assert not re.findall(r"https?://(?!www\.w3\.org|github\.com|docs\.python\.org)[^\s<\"&]+", page)


def test_the_page_has_every_cell_situation_script_and_token() -> None:
    page = small_report().read_text(encoding="utf-8")
    assert page.count('class="cell ') == 2 * len((*PROPERTIES, *MODES))
    assert page.count("<template ") == 2 * len((*PROPERTIES, *MODES))
    assert all(f"<option>{name}</option>" in page for name in SITUATIONS)
    assert "treadle replay osipenko-proposal/plain/lost:v1:C.1.2." in page
    assert "No events are enough in the situation pending." in page
    assert "asyncio.run(main())" in page


def test_the_page_has_proofs_twins_versions_bounds_and_counts() -> None:
    page = small_report().read_text(encoding="utf-8")
    assert "Without bounds: proofs" in page
    assert page.count('<details class="twins">') == 4
    assert "at most 1 event and 2 steps" in page
    assert re.search(r'<th scope="row">schedules</th><td>[\d,]+</td>', page)


def test_a_report_that_cannot_be_written_is_refused_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "treadle-wait", "--report", "/nowhere/at/all.html"]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_picture_that_cannot_be_written_is_refused_before_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    token = "osipenko-proposal/plain/lost:v1:C.3.3.0001.e3dd96"
    assert main(["replay", token, "--svg", "/nowhere/at/all.svg"]) == 2
    out, error = capsys.readouterr()
    assert not out
    assert "there is no folder" in error
