"""The report in a real browser: it can be stepped through by keyboard, read on a phone, and used by everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, browser
from pages import small_report

from treadle.study import Numbers, explore_situation, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browsing import Browser

pytestmark = pytest.mark.xdist_group("report")  # one report and one browser for all

LOST = "#osipenko-proposal/lost"
SCOPE = "#osipenko-proposal/scope-kept"


@pytest.fixture(scope="module")
def page_file() -> Path:
    return small_report()


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What the cells of a notebook show as HTML, one of each kind."""
    table = verdicts("osipenko-proposal", "treadle-wait", events=1, steps=1, situations=["plain"])
    shown = {
        "steps": table["osipenko-proposal", "lost"].steps(),
        "verdicts": table,
        "exploration": explore_situation("treadle-wait", events=1, steps=1),
        "numbers": Numbers("n", ["a", "b"], {"row": [1, 2]}, marked=True),
    }
    return {name: str(each._repr_html_()) for name, each in shown.items()}


@pytest.fixture(scope="module")
def pair() -> str:
    """Two pictures side by side, with four lanes each."""
    table = verdicts("tacca-corrected", events=1, steps=2, situations=["timeout"])
    return str(table["tacca-corrected", "scope-kept"].beside_nearest()._repr_svg_())


@pytest.fixture(scope="module")
def started(page_file: Path, outputs: dict[str, str], pair: str) -> Iterator[Browser]:
    # Made first: while a browser is driven, no other loop can run in this thread.
    assert page_file.is_file()
    assert all((*outputs.values(), pair))
    with browser() as each:
        yield each


@pytest.fixture
def chrome(started: Browser) -> Iterator[Browser]:
    """Fail a test whose page complained, whatever else came out."""
    started.complaints.clear()
    yield started
    assert not started.complaints


def where(page: Any) -> str:
    return str(page.locator(".detail .where").inner_text())


def shown(page: Any) -> int:
    """Count the boxes of the first picture that can be seen."""
    return sum(box.is_visible() for box in page.locator(".detail .picture:not(.extra) .box").all())


def test_one_steps_through_a_counterexample_with_the_keyboard(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file, LOST)
    last = shown(page)
    assert (where(page), last) == (f"all {last} steps", 4)
    page.keyboard.press("Home")
    assert (where(page), shown(page)) == (f"step 0 of {last}", 0)
    for step in range(1, last + 1):
        page.keyboard.press("ArrowRight")
        assert (where(page), shown(page)) == (f"step {step} of {last}", step)
    page.keyboard.press("ArrowLeft")
    assert shown(page) == last - 1
    page.keyboard.press("End")
    assert where(page) == f"all {last} steps"


def test_a_step_marks_the_lines_of_the_source_that_ran(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file, LOST)
    page.keyboard.press("Home")
    assert page.locator(".detail .source .ran").count() == 0
    page.keyboard.press("ArrowRight")
    assert page.locator(".detail .source .last").inner_text().strip() == "await task"
    page.keyboard.press("End")


def test_the_nearest_schedule_can_be_laid_beside(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file, SCOPE)
    good = page.locator(".detail .picture.extra")
    assert not good.is_visible()
    page.keyboard.press("Tab")  # the buttons come first, in order
    page.locator(".detail .compare").press("Enter")
    assert good.is_visible()
    failing = page.locator(".detail .picture:not(.extra)")
    assert failing.bounding_box()["x"] + failing.bounding_box()["width"] <= good.bounding_box()["x"]
    page.locator(".detail .stepper").press("Home")
    assert all(not box.is_visible() for box in page.locator(".detail .picture .box").all())


def test_numbers_of_done_callbacks_are_shown_when_asked_for(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file, LOST)
    numbers = page.locator(".detail .picture:not(.extra) .fact", has_text="done callback")
    assert numbers.count() > 1
    assert not any(each.is_visible() for each in numbers.all())
    button = page.locator(".detail").get_by_role("button", name="done callbacks")
    button.click()
    assert all(each.is_visible() for each in numbers.all())
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert not any(each.is_visible() for each in numbers.all())


def test_the_decisive_moment_is_marked_once_in_each_picture(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file, SCOPE)
    assert page.locator(".detail .picture:not(.extra) .decisive").count() == 1


def test_a_cell_opens_by_keyboard_and_closing_returns_to_it(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file)
    cell = page.get_by_role("button", name="osipenko-proposal, phantom: violated")
    cell.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog").is_visible()
    assert page.evaluate("location.hash") == "#osipenko-proposal/phantom"
    page.keyboard.press("Escape")
    assert not page.locator("dialog").is_visible()
    assert cell.evaluate("each => each === document.activeElement")


def test_every_violated_cell_opens_picture_script_token_and_situations(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file)
    cells = page.locator(".verdicts td.v button")
    assert cells.count() > 3
    for number in range(cells.count()):
        cells.nth(number).click()
        detail = page.locator("dialog.detail")
        decided = detail.locator(".picture:not(.extra) .decisive").count() == 1
        assert decided or "Entering the call decides it" in detail.inner_text()
        codes = detail.locator(".code code").all_text_contents()
        assert codes[0].startswith("treadle replay ")
        assert "There is no script" in detail.inner_text() or "asyncio.run(main())" in codes[1]
        assert detail.locator(".situations tbody tr").count() >= 1
        detail.locator("button.close").click()
        assert not detail.is_visible()


def test_no_button_is_dead(chrome: Browser, page_file: Path) -> None:
    """Each button of a picture changes what is seen."""
    page = chrome.open(page_file, SCOPE)
    seen = ".detail .stage"
    names = ("one step back", "to the beginning", "one step on", "to the end")
    for name in (*names, "beside the nearest without it", "done callbacks"):
        before = page.locator(seen).evaluate("each => each.innerText + each.className")
        page.locator("dialog").get_by_role("button", name=name).click()
        assert page.locator(seen).evaluate("each => each.innerText + each.className") != before


def test_the_filters_leave_what_was_asked_for(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file)
    rows = page.locator(".verdicts tbody tr:visible")
    everything = rows.count()
    page.get_by_label("candidate").fill("wait")
    assert rows.count() == 1 < everything
    page.get_by_role("button", name="show all").click()
    page.wait_for_function("document.querySelectorAll('tr.gone').length === 0")
    page.get_by_label("property").select_option("lost")
    assert page.locator(".verdicts td.cell:visible").count() == everything
    page.locator("select[name=verdict]").select_option("violated")
    assert rows.all_inner_texts()[0].startswith("osipenko-proposal")
    assert rows.count() == 1
    page.locator("select[name=verdict]").select_option("")
    page.get_by_label("situation").select_option("self")
    assert page.get_by_role("button", name="osipenko-proposal, lost, self: not exercised").is_visible()


def test_a_script_and_a_token_can_be_copied(chrome: Browser, page_file: Path) -> None:
    page = chrome.open(page_file, LOST)
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text; }")
    page.locator(".detail .copy").first.click()
    assert page.evaluate("window.copied").startswith("treadle replay osipenko-proposal/")
    page.locator(".detail .code summary").nth(1).click()
    page.locator(".detail .copy").nth(1).click()
    assert "asyncio.run(main())" in page.evaluate("window.copied")


@pytest.mark.parametrize("anchor", ["", LOST, SCOPE])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(chrome: Browser, page_file: Path, anchor: str) -> None:
    page = chrome.open(page_file, anchor, size=PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert not page.evaluate(
        "[...document.querySelectorAll('.copied')].filter(each => each.checkVisibility() && "
        "each.querySelector('code').getBoundingClientRect().top < "
        "each.querySelector('.copy').getBoundingClientRect().bottom).length"
    )  # a button that covers what it copies
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    inner = ".detail .picture" if anchor else ".verdicts"
    for each in page.locator(inner).all():
        if each.is_visible():
            assert each.evaluate("each => each.scrollWidth <= each.clientWidth + 1")
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.fact, .box span, .box code, .cell button, .controls button')]"
        ".filter(each => each.checkVisibility()).map(each => parseFloat(getComputedStyle(each).fontSize)))"
    )
    assert smallest >= 11
    boxes = [box.bounding_box() for box in page.locator(".detail .picture:not(.extra) .box").all() if box.is_visible()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)


@pytest.mark.parametrize(
    ("anchor", "scheme", "size"),
    [("", "light", "desktop"), ("", "dark", "phone"), (SCOPE, "light", "phone"), (SCOPE, "dark", "desktop")],
)
def test_contrast_labels_and_roles_are_as_accessibility_rules_ask(
    chrome: Browser, page_file: Path, anchor: str, scheme: str, size: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe has the rules")
    page = chrome.open(page_file, anchor, scheme=scheme, size=DESKTOP if size == "desktop" else PHONE)
    if anchor:
        page.locator(".detail .compare").click()
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = axe.Axe().run(page)
    problems = [
        (each["id"], each["help"], [node["target"] for node in each["nodes"]][:3])
        for each in found.response["violations"]
    ]
    assert not problems


# What JupyterLab, with its light theme, asks of a table and of code in an output.
NOTEBOOK_STYLE = """
.jp-ThemedContainer .jp-RenderedHTMLCommon { color: rgb(0 0 0 / .87); background: white; font-size: 14px; }
.jp-ThemedContainer .jp-RenderedHTMLCommon table { color: rgb(0 0 0 / .87); }
.jp-ThemedContainer .jp-RenderedHTMLCommon tbody tr:nth-child(odd) { background: white; }
.jp-ThemedContainer .jp-RenderedHTMLCommon tbody tr:nth-child(even) { background: #f5f5f5; }
.jp-ThemedContainer .jp-RenderedHTMLCommon :not(pre) > code { background-color: #eee; color: rgb(0 0 0 / .87); }
.jp-ThemedContainer .jp-RenderedHTMLCommon kbd { background-color: #f5f5f5; box-shadow: inset 0 -1px 0 #bdbdbd; }
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_notebook_shows_can_be_read_whatever_theme_is_around_it(
    chrome: Browser, outputs: dict[str, str], tmp_path: Path, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe has the rules")
    shown = "".join(f'<section class="jp-RenderedHTMLCommon">{output}</section>' for output in outputs.values())
    file = tmp_path / "notebook.html"
    file.write_text(
        f'<!doctype html><meta charset="utf-8"><html lang="en"><title>outputs</title><style>{NOTEBOOK_STYLE}</style>'
        f'<link rel="icon" href="data:,"><body class="jp-ThemedContainer"><main><h1>outputs</h1>{shown}</main>',
        encoding="utf-8",
    )
    page = chrome.open(file, scheme=scheme)
    page.locator(".compare").click()
    found = axe.Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    assert not [node["html"] for each in found for node in each["nodes"]]
    ground, band = page.evaluate(
        "[...document.querySelectorAll('.stepper tbody:nth-of-type(2) tr')].slice(0, 2).map(row => "
        "getComputedStyle(row).backgroundColor)"
    )
    assert ground == band == "rgba(0, 0, 0, 0)"


def test_lines_in_a_picture_stay_within_it_and_its_boxes(chrome: Browser, pair: str, tmp_path: Path) -> None:
    """SVG breaks no lines: where a font is wider than was reckoned with, text runs out of its box."""
    file = tmp_path / "pair.html"
    file.write_text(f'<meta charset="utf-8"><link rel="icon" href="data:,">{pair}', encoding="utf-8")
    page = chrome.open(file)
    outside = page.evaluate("""() => {
      const right = (each) => each.getBoundingClientRect().right;
      const inside = (text, box) => {
        const [a, b] = [text.getBoundingClientRect(), box.getBoundingClientRect()];
        return a.left >= b.left && a.top >= b.top - 2 && a.left < b.right && a.bottom <= b.bottom + 3;
      };
      const boxes = [...document.querySelectorAll(".box, .chip")], page = document.querySelector("svg");
      return [...document.querySelectorAll("text")].filter((text) => right(text) > right(page)
        || boxes.some((box) => inside(text, box) && right(text) > right(box))).map((text) => text.textContent);
    }""")
    assert outside == []


def test_what_fails_the_rules_is_found(chrome: Browser, page_file: Path) -> None:
    """Text that cannot be read and a button without a name, so that the test above is known to look."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe has the rules")
    page = chrome.open(page_file)
    page.evaluate(
        "document.querySelector('.lede').style.color = '#bbb';"
        "document.querySelector('.cell button').replaceChildren();"
        "document.querySelector('.cell button').removeAttribute('aria-label')"
    )
    ran = axe.Axe().run(page, options={"runOnly": ["color-contrast", "button-name"]})
    found = {each["id"] for each in ran.response["violations"]}
    assert {"color-contrast", "button-name"} <= found


def test_without_scripts_every_verdict_can_be_read(started: Browser, page_file: Path) -> None:
    context = started._browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator(".verdicts .cell").count() == 2 * 13
    assert not page.locator(".filters").is_visible()
    context.close()
