"""The page to play with: its Python, on this interpreter; all of it in a browser, where `make playground` has run."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import json
import sys
import threading
import zipfile
from typing import TYPE_CHECKING

import playing
import pytest
from browsing import browser
from shown import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SITE = ROOT / "build" / "docs"
SWALLOWS = """import asyncio
async def stop(task):
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
"""


@pytest.fixture(scope="module")
def judge() -> Iterator[Callable[[str, int], str]]:
    path = list(sys.path)
    spec = importlib.util.spec_from_file_location("judging_in_the_page", DOCS / "_static" / "play" / "judging.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.judge
    sys.path[:] = path


def test_the_last_function_is_judged_and_what_it_violates_can_be_stepped_through(judge: Callable[..., str]) -> None:
    told = json.loads(judge(SWALLOWS, 1))
    assert "violated: lost" in told["told"]
    assert "<table" in told["table"]
    assert "treadle" in next(each["page"] for each in told["cases"] if each["property"] == "lost")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("async def stop(task: pass", "line 1"),
        ("def stop(task): pass", "no async function"),
        ("async def stop(task, more): pass", "only argument"),
    ],
)
def test_what_cannot_be_judged_is_told(source: str, said: str, judge: Callable[..., str]) -> None:
    assert said in json.loads(judge(source, 1))["problem"]


def test_what_the_page_imports_is_packed(tmp_path: Path) -> None:
    playing.pack(("treadle", "treadle_models"), tmp_path / "packed.zip")
    names = set(zipfile.ZipFile(tmp_path / "packed.zip").namelist())
    assert {"treadle/__init__.py", "treadle/report/templates/stepper.js", "treadle_models/spec.py"} <= names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".so")]


@pytest.fixture
def address() -> Iterator[str]:
    """Serve the site on this machine."""
    if not (SITE / "pyodide" / "pyodide.mjs").exists():
        pytest.skip("Pyodide is not there: `make playground` has npm fetch it")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/play.html"
    server.shutdown()
    thread.join()
    server.server_close()


def _broken_rules(page: object) -> list[tuple[str, str]]:
    """Return which rules of accessibility a page breaks, in its frames too, and where."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe has the rules")
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
    return [(each["id"], node["html"][:150]) for each in found for node in each["nodes"]]


def test_one_edits_a_function_and_sees_its_verdicts_in_the_browser(address: str) -> None:
    with browser() as chrome:
        page = chrome._page
        page.goto(address)
        page.fill("#play-source", SWALLOWS)
        page.press("#play-source", "Control+Enter")
        page.wait_for_function(
            "document.getElementById('play-status').textContent.includes('schedules')", timeout=240_000
        )
        assert "violated: lost" in page.locator("#play-status").inner_text()
        page.locator("#play-cases summary").first.click()
        frame = page.frame_locator("#play-cases iframe").first
        frame.locator(".treadle.stepper").first.wait_for()
        assert "controller" in frame.locator("body").inner_text()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert not _broken_rules(page), scheme
        assert not [each for each in chrome.complaints if each.startswith("error")]
