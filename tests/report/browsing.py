"""A real browser, without a window: what the tests of the report drive.

It is the Chromium of the system, or the one that `TREADLE_CHROMIUM` names; none is downloaded. Whatever a page says on
the console, each error in its scripts and each request that leaves the file is kept.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 740}

# A closed network refuses what Chromium does in the background, and that takes its time.
_QUIETLY = [
    f"--{each}"
    for each in (
        *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
        *("disable-component-update", "disable-sync"),
    )
]


def chromium() -> str:
    """Return where Chromium is; skip the test, with the reason, where there is none."""
    named = os.environ.get("TREADLE_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
    if not found:
        pytest.skip("there is no Chromium: install the package `chromium`, or name one in TREADLE_CHROMIUM")
    return found


class Browser:
    """Opens files in one page, which takes a third of the time of a new one each, and keeps what goes wrong in it."""

    def __init__(self, browser: Any) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._page = page = browser.new_page()
        page.set_default_timeout(60_000)  # milliseconds; a busy machine is slow
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._note(request.url))

    def open(self, file: Path, anchor: str = "", *, size: Any = None, scheme: str = "light") -> Any:
        """Open a file anew and return the page."""
        self._page.goto("about:blank")  # else another anchor of the same file would not load it again
        self._page.set_viewport_size(size or DESKTOP)
        self._page.emulate_media(color_scheme=scheme)
        self._page.goto(f"{file.as_uri()}{anchor}")
        return self._page

    def _note(self, url: str) -> None:
        if not url.startswith(("file:", "data:", "about:")):
            self.complaints.append(f"asks the network for {url}")


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, and end it afterwards."""
    executable = chromium()
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=_QUIETLY)
        try:
            yield Browser(started)
        finally:
            started.close()
