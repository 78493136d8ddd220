"""Pictures as markup: what they show, that they are well-formed, and that nothing gets into them unescaped."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import sys
from xml.etree import ElementTree as ET

import pytest

from treadle.check import Counterexample, replay, resolve_target
from treadle.check.nearest import find_contrast
from treadle.errors import MisuseError
from treadle.report import render
from treadle.report.picture import picture_of_counterexample, picture_of_neighbour
from treadle.report.svg import draw
from treadle.schedule import Token
from treadle.study import Case, Numbers, explore_situation, verdicts

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


def test_what_a_target_says_is_never_markup() -> None:
    found = lost()
    evil = dataclasses.replace(found.trace[0], text="<script>alert(1)</script> & more")
    drawn = draw(picture_of_counterexample(dataclasses.replace(found, trace=(evil, *found.trace[1:]))))
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn


def test_the_same_picture_is_drawn_from_run_to_run() -> None:
    assert draw(picture_of_counterexample(lost())) == draw(picture_of_counterexample(lost()))


def test_things_show_themselves_as_pictures_tables_and_text() -> None:
    table = verdicts("osipenko-proposal", "treadle-wait", events=1, steps=1, situations=["plain"])
    case = table["osipenko-proposal", "lost"]
    cell = explore_situation("treadle-wait", events=1, steps=1)
    assert isinstance(case, Case)
    assert case._repr_svg_() == case._repr_svg_()
    assert "<svg" in str(case._repr_svg_())
    assert case._repr_html_() is None  # a notebook would prefer it to the picture
    assert "<svg" in str(case.found._repr_svg_())
    assert re.search(r"replay:  treadle replay osipenko-proposal/plain/lost", str(case))
    for shown in (table, cell, Numbers("n", ["a"], {"row": [1234]})):
        assert "<table" in str(shown._repr_html_())
        assert shown._repr_svg_() is None
        assert "<" not in str(shown).replace("<=", "")
    assert "1,234" in str(Numbers("n", ["a"], {"row": [1234]}))


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
