"""The site is built without a warning, needs no network, and can be read and searched in a browser from a file."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag

import pytest
import rendering
from browsing import DESKTOP, PHONE, Browser, browser
from shown import DOCS, PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("site")

# One of each kind: the start, a tutorial with code and output, a table of results, the API, a notebook.
LOOKED_AT = (
    *("index", "tutorials/pool", "how-to/fix", "results/verdicts", "results/claims", "reference/python"),
    *("reference/command-line", "notebooks/02-every-window", "play"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does; a warning is an error."""
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-d", str(made / "cache")]
    ran = subprocess.run([*command, str(DOCS), str(made / "html")], capture_output=True, text=True, check=False)
    assert not ran.returncode, ran.stderr
    return made / "html"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as started:
        yield started


class Page(HTMLParser):
    """What of a page matters here: what it links to, what it loads, what can be linked to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.without_text: list[str] = []
        self.out_of_reach: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        self.anchors |= {told[name] for name in ("id", "name") if name in told}
        if tag == "a" and "href" in told:
            self.links.add(told["href"])
        elif tag in ("script", "img", "link", "iframe"):
            self.loads |= {told[name] for name in ("src", "href") if name in told}
        if tag == "img" and not told.get("alt"):
            self.without_text.append(told.get("src", ""))
        if (tag == "pre" or "table-wrapper" in told.get("class", "")) and told.get("tabindex") != "0":
            self.out_of_reach.append(f"line {self.getpos()[0]}: {tag}")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in sorted(site.rglob("*.html"))}


def test_every_page_is_there(pages: dict[Path, Page], site: Path) -> None:
    told = {file.relative_to(DOCS).with_suffix("") for file in PAGES if file.is_relative_to(DOCS)}
    assert told <= {file.relative_to(site).with_suffix("") for file in pages}


def test_nothing_is_loaded_from_the_network(pages: dict[Path, Page]) -> None:
    assert not {each for page in pages.values() for each in page.loads if re.match(r"(https?:)?//", each)}


def test_every_link_within_the_site_leads_somewhere(pages: dict[Path, Page]) -> None:
    broken = []
    for file, page in pages.items():
        for link in page.links:
            to, anchor = urldefrag(link)
            if not re.match(r"[a-z]+:", to):
                target = (file.parent / unquote(to)).resolve() if to else file
                there = target in pages and (not anchor or unquote(anchor) in pages[target].anchors)
                if not there and not (target.is_file() and target not in pages):
                    broken.append((file.name, link))
    assert not broken


def test_every_picture_has_a_text_in_its_place(pages: dict[Path, Page]) -> None:
    assert not {file.name: page.without_text for file, page in pages.items() if page.without_text}


def test_code_and_tables_which_may_scroll_can_be_reached_by_keyboard(pages: dict[Path, Page]) -> None:
    assert not {file.name: page.out_of_reach for file, page in pages.items() if page.out_of_reach}


def test_every_place_is_filled_in(site: Path) -> None:
    """And what fills it is used."""
    assert not [file for file in site.rglob("*.html") if "<!-- rendered" in file.read_text(encoding="utf-8")]
    used = {
        key
        for page in PAGES
        for key in re.findall(r"^<!-- rendered: ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert used == set(rendering.RENDERERS)


@pytest.mark.parametrize("record", [None, '{"format": 1, "helpers": [{"package": "one", "calls": 2, "more": {}}]}'])
def test_a_register_is_shown_where_it_was_recorded(
    record: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "RESULTS", tmp_path)
    if record is not None:
        (tmp_path / "shipped.json").write_text(record, encoding="utf-8")
    shown = rendering.rendered("register")
    assert ("| one | 2 |" in shown, "make shipped" in shown) == (record is not None, record is None)


def test_a_table_that_was_written_for_people_is_shown_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "RESULTS", tmp_path)
    (tmp_path / "primitives.json").write_text('{"format": 1, "programs": []}', encoding="utf-8")
    assert "paper/results/primitives.json" in rendering.rendered("primitives")
    (tmp_path / "primitives.md").write_text("# a heading of its own\n\n| Lock | ✓ |\n", encoding="utf-8")
    assert rendering.rendered("primitives").strip() == "| Lock | ✓ |"


def test_the_search_finds_a_page_without_a_server(site: Path, chrome: Browser) -> None:
    page = chrome.open(site / "search.html", "?q=opaque")
    page.locator("#search-results li").first.wait_for()
    assert "When states are opaque" in page.locator("#search-results").inner_text()
    assert not chrome.complaints


def test_the_page_to_play_with_says_that_it_needs_a_server_if_it_is_opened_as_a_file(
    site: Path, chrome: Browser
) -> None:
    page = chrome.open(site / "play.html")
    assert "opened as a file" in page.locator("#play-status").inner_text()
    assert page.get_by_role("button", name="Judge it").is_disabled()
    chrome.complaints.clear()  # a browser refuses the script, which is why


RULES = {"light": ["wcag2a", "wcag2aa"], "dark": ["color-contrast"]}  # nothing else differs between the two


# The longest page has no colours but those of the others.
@pytest.mark.parametrize(
    ("name", "scheme"), [each for each in product(LOOKED_AT, RULES) if each != ("reference/python", "dark")]
)
def test_a_page_keeps_the_rules_of_accessibility(name: str, scheme: str, site: Path, chrome: Browser) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe has the rules")
    page = chrome.open(site / f"{name}.html", scheme=scheme, size=DESKTOP)
    found = axe.Axe().run(page, options={"runOnly": RULES[scheme]}).response["violations"]
    assert not [(each["id"], node["html"][:150]) for each in found for node in each["nodes"]]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_a_page_is_as_wide_as_a_phone(name: str, site: Path, chrome: Browser) -> None:
    page = chrome.open(site / f"{name}.html", size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
