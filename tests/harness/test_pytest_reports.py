"""`--treadle-report`: as JSON for programs, as a page for people, both in one run."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from running_pytest import run_pytest

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """\
import asyncio

import pytest


async def test_well():
    await asyncio.gather(asyncio.to_thread(int), asyncio.to_thread(int))


async def test_order():
    ended = []
    await asyncio.gather(*(asyncio.to_thread(ended.append, each) for each in range(2)))
    assert ended == [0, 1]


@pytest.mark.parametrize("how", ["</h3><b>", '"onclick="x'])
async def test_hostile(how):
    task = asyncio.create_task(asyncio.sleep(1), name="<i>&lanes")
    await task
    raise ValueError("<script>alert('text')</script> \\ud800 {token} \\x00" + how)


def test_plain():
    pass
"""

BOTH = ("--treadle-report=report.json", "--treadle-report=report.html")


def pages(folder: Path, *options: str) -> tuple[str, dict[str, object]]:
    """Run the tests, and return the page and what JSON says."""
    run = run_pytest(folder, TESTS, "--treadle", *BOTH, *options)
    assert run.returncode == 1, run.stdout + run.stderr
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return (folder / "report.html").read_text(encoding="utf-8"), told


@pytest.fixture(scope="module", params=["alone", "xdist"])
def reports(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, object]]:
    return pages(tmp_path_factory.mktemp("reports"), *(["-n", "2"] if request.param == "xdist" else []))


def test_the_page_has_the_table_of_the_terminal(reports: tuple[str, dict[str, object]]) -> None:
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="number">([\d,]+)</td><td>([^<]*)</td>', reports[0])
    assert rows[:2] == [("tests", "5", ""), ("explored", "4", "2 beyond one schedule")]
    assert ("found", "3", "") in rows
    assert ("raises", "3", "in 3 tests") in rows
    assert ("cut off", "0", "") in rows


def test_each_finding_has_its_test_its_sentence_its_execution_and_its_command(
    reports: tuple[str, dict[str, object]],
) -> None:
    sections = re.findall(r'<article class="finding".*?</article>', reports[0], re.DOTALL)
    assert len(sections) == 3
    (one,) = (html.unescape(each) for each in sections if "::test_order" in each)
    assert "violated: no exception leaves the program" in one
    assert 'class="picture"' in one
    assert "the thread of append" in one
    assert "AssertionError: assert [1, 0] == [0, 1], test_it.py line 13" in one
    token = r"'--treadle-token=test_it\.py::test_order:v1:C\.0\.\w+\.\w{6}'"
    assert re.search(rf"<code>pytest --treadle test_it\.py::test_order {token}</code>", one)
    assert re.search(rf"replay:  pytest --treadle test_it\.py::test_order {token}", one)


def test_what_a_test_says_is_text_on_the_page_and_nothing_else(reports: tuple[str, dict[str, object]]) -> None:
    page, _ = reports
    assert page.count("<script>") == 1, "that of the page itself"
    assert html.escape("<script>alert('text')</script>", quote=False).replace("'", "&#39;") in page
    assert "\\ud800 {token}" in page
    assert not re.findall(r"</h3><b>|\"onclick=\"|<i>&lanes", page)


def test_the_page_asks_for_nothing_and_has_a_light_and_a_dark_look(reports: tuple[str, dict[str, object]]) -> None:
    page, _ = reports
    assert not re.findall(r"""<(?:link|script|img|iframe)[^>]*\b(?:src|href)=(?!["']?data:)""", page)
    assert not re.findall(r"""url\((?!["']?data:)|@import|https?://""", page)
    assert "prefers-color-scheme: dark" in page


def test_json_says_the_same_in_the_same_run(reports: tuple[str, dict[str, object]]) -> None:
    _, told = reports
    tests = told["tests"]
    assert told["format"] == 1
    assert isinstance(tests, list)
    assert [each["test"].partition("::")[2] for each in tests] == [
        'test_hostile["onclick="x]',
        "test_hostile[</h3><b>]",
        "test_order",
        "test_well",
    ]
    assert [len(each["found"]) for each in tests] == [1, 1, 1, 0]
    assert {each["search"] for each in tests} <= {"exhausted", "bounded"}


def test_a_page_of_nothing_says_that_nothing_was_explored(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, TESTS, "--treadle", *BOTH, "-k", "plain")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "no test was explored" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == {"format": 1, "tests": []}


def test_tests_with_the_marker_alone_are_reported_too(tmp_path: Path) -> None:
    text = TESTS.replace("async def test_order", "@pytest.mark.treadle(events=0)\nasync def test_order")
    assert run_pytest(tmp_path, text, *BOTH, "-k", "order").returncode == 1
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count('<article class="finding"') == 1
    assert "pytest test_it.py::test_order &#39;--treadle-token=" in page


@pytest.mark.parametrize(("file", "told"), [("no/report.html", "there is no folder"), (".", "is a folder")])
def test_a_report_that_cannot_be_written_is_an_error_before_the_first_test(
    file: str, told: str, tmp_path: Path
) -> None:
    run = run_pytest(tmp_path, TESTS, "--treadle", f"--treadle-report={file}")
    assert run.returncode == 4
    assert f"ERROR: --treadle-report {file}: " in run.stderr
    assert told in run.stderr


def test_a_report_that_could_not_be_written_in_the_end_is_told_and_the_run_is_no_success(tmp_path: Path) -> None:
    text = "from pathlib import Path\n\ndef test_it():\n    Path('report.json').mkdir()\n"
    run = run_pytest(tmp_path, text, "--treadle", "--treadle-report=report.json")
    assert run.returncode == 4, run.stdout + run.stderr
    assert "the report could not be written to report.json: " in run.stdout


def test_a_page_says_what_it_needs_where_jinja2_is_missing(tmp_path: Path) -> None:
    (tmp_path / "jinja2.py").write_text("raise ImportError\n", encoding="utf-8")
    run = run_pytest(tmp_path, TESTS, "--treadle", "--treadle-report=report.html")
    assert run.returncode == 4
    assert "pip install 'treadle[report]'" in run.stderr
