"""The page of the register in a real browser: filters, and what opens behind a cell; nothing leaves the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import Browser, browser
from shipped import page
from shipped.classing import classify
from shipped.entries import read

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).parents[2] / "paper" / "results" / "shipped.json"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9"/></svg>'


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    entries = read()
    recorded: list[dict[str, Any]] = json.loads(RESULTS.read_text(encoding="utf-8"))["helpers"]
    told = [classify(each, helper, entries) for each, helper in zip(recorded, entries.helpers, strict=True)]
    file = tmp_path_factory.mktemp("register") / "register.html"
    page.write(told, {each["helper"]: dict.fromkeys(each["properties"], PICTURE) for each in told}, file)
    return file


def test_the_filters_leave_the_package_the_property_and_the_version_that_were_asked_for(
    chrome: Browser, register: Path
) -> None:
    opened = chrome.open(register)
    rows = opened.locator("#register tbody tr:visible")
    everything = rows.count()
    assert everything >= 35
    opened.select_option("select[name=package]", "aiotools")
    assert rows.count() == 2
    opened.select_option("select[name=property]", "lost")
    assert opened.locator("th.property:visible").all_inner_texts() == ["lost"]
    opened.click("button[type=reset]")
    opened.wait_for_function(f"document.querySelector('output').textContent.startsWith('{everything} of')")
    opened.select_option("select[name=version]", "3.12.1")
    assert 0 < rows.count() < everything
    assert chrome.complaints == []


def test_a_violated_cell_opens_the_picture_the_script_and_what_decides(chrome: Browser, register: Path) -> None:
    opened = chrome.open(register)
    opened.locator("td.bug button").first.click()
    dialog = opened.locator("dialog[open]")
    assert dialog.locator(".picture svg").count() == 1
    assert "asyncio.run(main())" in dialog.locator("pre").first.inner_text()
    assert "\N{LEFT DOUBLE QUOTATION MARK}" in dialog.inner_text()
    dialog.locator("button", has_text="close").click()
    assert opened.locator("dialog[open]").count() == 0
    assert chrome.complaints == []


def test_every_violation_can_be_opened(register: Path) -> None:
    text = register.read_text(encoding="utf-8")
    opened = {part.partition('"')[0] for part in text.split('data-open="')[1:]}
    assert opened
    templates = {part.partition('"')[0] for part in text.split('<template data-anchor="')[1:]}
    assert opened == templates
