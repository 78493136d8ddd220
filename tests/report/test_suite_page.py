"""The page of a run of pytest, made of what was explored here: what is drawn, and what is left out and said to be."""

from __future__ import annotations

import asyncio

from treadle import explore
from treadle.report.suite import SuiteFinding, finding_without_trace, findings_with_traces, write_page


async def fails() -> None:
    await asyncio.sleep(1)
    raise LookupError


async def spins() -> None:
    while True:  # noqa: ASYNC110 - it is to go on for ever
        await asyncio.sleep(0)


def page_of(*findings: SuiteFinding) -> str:
    return write_page(rows=[], tests=[], findings=findings, command="pytest --treadle", python="3")


def test_an_execution_is_drawn_and_told_as_text_with_its_command() -> None:
    (found,) = findings_with_traces(explore(fails, name="it"), ["pytest {token} it"])
    page = page_of(found)
    assert page.count('class="picture"') == 1
    assert page.count("<code>pytest {token} it</code>") == 1
    assert "replay:  pytest {token} it</code>" in page


def test_an_execution_that_nobody_would_look_at_is_not_drawn() -> None:
    (found,) = findings_with_traces(explore(spins, name="it", callbacks=400), [""])
    page = page_of(found)
    assert 'class="picture"' not in page
    assert "An execution of 400 steps is not drawn." in page
    assert found.text in page


def test_a_page_has_so_many_pictures_and_no_more() -> None:
    (found,) = findings_with_traces(explore(fails, name="it"), [""])
    page = page_of(*[found] * 203)
    assert page.count('class="picture"') == 200
    assert page.count("Only the first 200 are drawn.") == 3
    assert page.count('<article class="finding"') == 203


def test_a_finding_of_which_no_execution_has_come_is_told_all_the_same() -> None:
    page = page_of(finding_without_trace("it", "deadlock", "<b> waits"))
    assert "violated: the program does not get stuck" in page
    assert "&lt;b&gt; waits" in page
    assert "run it again" not in page
