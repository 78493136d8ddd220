"""Pictures as markup: what they show, that they are well-formed, and that nothing gets into them unescaped."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.lib.pretty import pretty

from treadle.check import Counterexample, replay, resolve_target
from treadle.check.nearest import Contrast, find_contrast
from treadle.errors import MisuseError
from treadle.report import render
from treadle.report.breaking import break_lines, pieces
from treadle.report.picture import picture_of_counterexample, picture_of_neighbour
from treadle.report.svg import draw
from treadle.study import Numbers, Verdicts, explore, explore_situation, prove, twins, verdicts
from treadle.tokens import Token

if TYPE_CHECKING:
    from treadle.display import Displayed
    from treadle.programs import Env

LOST = "osipenko-proposal/plain/lost:v1:C.3.3.0001.e3dd96"


def lost() -> Counterexample:
    token = Token.parse(LOST)
    return replay(token, resolve_target(token.target))


def words(svg: str) -> str:
    root = ET.fromstring(svg)  # noqa: S314 - our own
    return " ".join("".join(each.itertext()) for each in root.iter() if each.tag.endswith("}text"))


def test_a_counterexample_draws_its_lanes_queue_states_lines_and_decisive_moment() -> None:
    found = lost()
    svg = draw(picture_of_counterexample(found, find_contrast(found, resolve_target("osipenko-proposal"))))
    for wanted in (
        *("environment", "controller", "dependency", "queue:", "1. controller", "cancelling 1", "must cancel"),
        *("waits for dependency", "20: await task", "decisive", "cancel()", "forwarded, but done"),
    ):
        assert wanted in words(svg)


def test_a_forwarded_arrow_goes_on_where_the_other_ended() -> None:
    picture = picture_of_counterexample(lost())
    first, second = picture.boxes[2].arrows
    assert (first.end, first.line) == (second.start, second.line)
    assert second.continues
    assert second.onward


def test_two_pictures_stand_side_by_side() -> None:
    found = lost()
    contrast = find_contrast(found, resolve_target("osipenko-proposal"))
    good = picture_of_neighbour(found, contrast)
    assert good is not None
    svg = draw(picture_of_counterexample(found, contrast), good)
    assert words(svg).count("environment") == 2
    assert words(svg).count("decisive") >= 2


def test_the_nearest_schedule_is_called_good_only_where_nothing_fails_in_it() -> None:
    found = lost()
    contrast = find_contrast(found, resolve_target("osipenko-proposal"))
    failing = picture_of_neighbour(found, contrast)
    assert failing is not None
    assert failing.words.verdict == ""
    assert "violated here: the caller is never cancelled by nobody" in failing.words.subtitle
    assert contrast.neighbour is not None
    good = dataclasses.replace(contrast, neighbour=dataclasses.replace(contrast.neighbour, fails=()))
    kept = picture_of_neighbour(found, good)
    assert kept is not None
    assert (kept.words.verdict, kept.words.subtitle) == ("holds", ("here this property does not apply",))


@pytest.mark.parametrize(
    ("tried", "all_tried", "said"),
    [
        (0, True, "no other schedule has as few events"),
        (6, True, "all of 7 schedules with as few events fail in this way"),
        (1999, False, "all of the first 2,000 schedules with as few events fail in this way"),
    ],
)
def test_where_no_schedule_is_good_a_picture_says_how_many_were_tried(tried: int, all_tried: bool, said: str) -> None:
    contrast = Contrast(decisive=0, neighbour=None, tried=tried, all_tried=all_tried)
    assert said in words(draw(picture_of_counterexample(lost(), contrast)))


def test_what_a_target_says_is_never_markup() -> None:
    found = lost()
    evil = dataclasses.replace(found.trace[0], text="<script>alert(1)</script> & more")
    drawn = draw(picture_of_counterexample(dataclasses.replace(found, trace=(evil, *found.trace[1:]))))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


@given(st.text("ab.,([]) ", max_size=40), st.integers(1, 12))
def test_broken_lines_fit_and_say_the_same(text: str, width: int) -> None:
    lines = break_lines(text, width)
    assert lines
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert "".join(pieces(text)) == text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("41: raise asyncio.InvalidStateError(problem)", ["41: raise asyncio.", "InvalidStateError(", "problem)"]),
        ("26: await asyncio.wait([shielded])", ["26: await asyncio.", "wait([shielded])"]),
        ("waits for a future", ["waits for a future"]),
        ("controller.uncancel()", ["controller.", "uncancel()"]),
    ],
)
def test_code_is_broken_where_a_reader_would_break_it(text: str, lines: list[str]) -> None:
    assert break_lines(text, 20) == lines


def test_the_same_picture_is_drawn_from_run_to_run() -> None:
    assert draw(picture_of_counterexample(lost())) == draw(picture_of_counterexample(lost()))


@pytest.fixture(scope="module")
def table() -> Verdicts:
    return verdicts("osipenko-proposal", "treadle-wait", events=1, steps=1, situations=["plain"])


async def clean(env: Env) -> None:
    await asyncio.wait([env.cancellable(asyncio.create_task(asyncio.sleep(1)))])


async def lossy(env: Env) -> None:
    await clean(env)
    raise LookupError


@pytest.fixture(scope="module")
def shown(table: Verdicts) -> dict[str, Displayed]:
    """One of each kind of thing that shows itself."""
    case = table["osipenko-proposal", "lost"]
    pair = twins()["exception"]
    return {
        "a counterexample": case.found,
        "a case": case,
        "a failing schedule beside the nearest": case.beside_nearest(),
        "a picture to step through": case.steps(),
        "a verdict table": table,
        "an exploration": explore_situation("treadle-wait", events=1, steps=1),
        "a program that violates something": explore(lossy, events=1),
        "a program that does not": explore(clean, events=1),
        "a proof": prove("treadle-wait", "done/result"),
        "a pair of twins": pair,
        "what twins can read": pair.readings,
        "numbers": Numbers("n", ["a"], {"row": [1234]}),
    }


PICTURES = {
    "a counterexample": ("a cancellation of the caller is never lost", "controller.cancel()"),
    "a case": ("a cancellation of the caller is never lost", "controller.cancel()"),
    "a failing schedule beside the nearest": ("never lost", "the nearest schedule in which this does not happen"),
    "a program that violates something": ("no exception leaves the program", "LookupError"),
    "a pair of twins": ("must raise CancelledError", "must not raise it"),
}
TABLES = {
    "a picture to step through": ("decisive", "must cancel"),
    "a verdict table": ("osipenko-proposal", "scope-kept"),
    "an exploration": ("treadle-wait", "schedules"),
    "a program that does not": ("holds", "schedules"),
    "a proof": ("accepts-done", "proved"),
    "what twins can read": ("task.cancelled()", "not raise it"),
    "numbers": ("row", "1,234"),
}


def test_every_kind_is_either_a_picture_or_a_table(shown: dict[str, Displayed]) -> None:
    """A notebook would prefer the table, and code hosts would leave nothing of its style."""
    assert set(shown) == {*PICTURES, *TABLES}


@pytest.mark.parametrize("name", PICTURES)
def test_it_shows_itself_as_a_picture_and_prints_as_text(shown: dict[str, Displayed], name: str) -> None:
    thing, wanted = shown[name], PICTURES[name]
    picture = thing._repr_svg_()
    assert picture is not None
    assert thing._repr_html_() is None
    assert "prefers-color-scheme: dark" in picture
    assert not re.search(r"<script|<image|href|url\(|@import", picture)
    for word in wanted:
        assert word in words(picture)
    prints_as_text(thing, wanted if name != "a pair of twins" else ("raise CancelledError", "not raise it"))


@pytest.mark.parametrize("name", TABLES)
def test_it_shows_itself_as_a_table_and_prints_as_text(shown: dict[str, Displayed], name: str) -> None:
    thing, wanted = shown[name], TABLES[name]
    markup = thing._repr_html_()
    assert markup is not None
    assert thing._repr_svg_() is None
    assert "prefers-color-scheme: dark" in markup
    assert not re.search(r"<(link|img|iframe)\b|<script src|url\(|@import", markup)
    for word in wanted:
        assert word in markup
    prints_as_text(thing, wanted if name != "a picture to step through" else ("never lost", "controller.cancel()"))


def prints_as_text(thing: Displayed, wanted: tuple[str, ...]) -> None:
    """In a terminal, with `print` and at IPython's prompt."""
    printed = str(thing)
    assert pretty(thing) == printed  # type: ignore[no-untyped-call]
    assert not re.search(r"<(svg|table|div|p)\b|\x1b", printed)
    for word in wanted:
        assert word in printed


def test_inside_a_running_loop_everything_works_and_the_loop_goes_on() -> None:
    async def cell() -> int:
        found = explore_situation("treadle-wait", events=1, steps=1)
        await asyncio.sleep(0)
        assert asyncio.current_task() is not None
        return found.schedules

    assert asyncio.run(cell()) == explore_situation("treadle-wait", events=1, steps=1).schedules


def test_a_function_at_hand_is_a_target() -> None:
    async def stop(task: asyncio.Task[object]) -> None:
        task.cancel()
        await asyncio.wait([task])

    table = verdicts(stop, events=1, steps=1, situations=["plain"])
    assert table.violated("stop") == []
    with pytest.raises(MisuseError, match="there is no counterexample"):
        table["stop", "lost"]


def test_without_jinja2_there_is_text_and_a_report_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    render._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert lost()._repr_svg_() is None
    assert "violated" in str(lost())
    with pytest.raises(MisuseError, match=r"pip install 'treadle\[report\]'"):
        render.render("colours.css")
    monkeypatch.undo()
    render._environment.cache_clear()
