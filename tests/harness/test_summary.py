"""What is said of a target over all its situations, and whether it passes."""

from __future__ import annotations

import dataclasses

import pytest

from treadle.check import Catalogue, CellResult, Job, Verdict, judge
from treadle.check.catalogue import record_cell
from treadle.check.summary import Expectation, Summary, summarize
from treadle.explorer import Limits
from treadle.schedule import Bounds

NOTHING = Catalogue({})


def cell(target: str, situation: str = "plain", *, events: int = 1, executions: int | None = None) -> CellResult:
    bounds = Bounds(events=events, steps=1)
    return judge(Job(target=target, situation=situation, bounds=bounds, limits=Limits(executions=executions)))


def verdict(summary: Summary, name: str) -> Verdict:
    return summary.standings[name].verdict


def test_a_property_that_is_violated_in_one_situation_is_violated() -> None:
    summary = summarize([cell("docs-example", "done/result"), cell("docs-example", "plain")], NOTHING)
    assert verdict(summary, "lost") is Verdict.VIOLATED
    assert summary.standings["lost"].situations(Verdict.VIOLATED) == ("plain",)
    assert not summary.passes


def test_what_was_cut_off_in_one_situation_does_not_hold() -> None:
    cells = [cell("treadle-wait", "plain"), cell("treadle-wait", "cleanup/1", executions=2)]
    assert verdict(summarize(cells[:1], NOTHING), "lost") is Verdict.HOLDS
    summary = summarize(cells, NOTHING)
    assert verdict(summary, "lost") is Verdict.NO_VIOLATION_FOUND
    assert not summary.passes


def test_what_is_exercised_in_one_situation_is_exercised() -> None:
    summary = summarize([cell("treadle-wait", "plain"), cell("treadle-wait", "done/result")], NOTHING)
    assert verdict(summary, "accepts-done") is Verdict.HOLDS
    assert verdict(summary, "no-self-hang") is Verdict.NOT_EXERCISED
    assert summary.passes


def test_the_smallest_counterexample_is_shown_wherever_it_was_found() -> None:
    cells = [cell("docs-example", "plain"), cell("docs-example", "pending")]
    for order in (cells, cells[::-1]):
        smallest = summarize(order, NOTHING).standings["lost"].smallest
        assert smallest is not None
        assert (smallest.token.situation, smallest.events) == ("pending", 0)


def test_a_mode_that_was_cut_off_is_open() -> None:
    """Neither in it nor not in it: `joined-always` is violated, and of `prompt` not enough is known."""
    summary = summarize([cell("treadle-wait", executions=8)], NOTHING)
    assert summary.modes == ()
    assert summary.mode_is_open
    whole = summarize([cell("treadle-wait")], NOTHING)
    assert (whole.modes, whole.mode_is_open) == (("prompt",), False)


def test_a_target_in_neither_mode_does_not_pass() -> None:
    summary = summarize([cell("vietthan-cancel-task"), cell("osipenko-lock")][1:], NOTHING)
    assert summary.modes == ()
    assert not summary.passes


def test_the_outcomes_of_all_situations_are_added_up() -> None:
    cells = [cell("docs-example", "plain"), cell("docs-example", "pending")]
    total = summarize(cells, NOTHING).outcomes
    assert sum(sum(does.values()) for does in total.values()) == sum(each.schedules for each in cells)


@pytest.mark.parametrize("change", ["nothing", "a count", "a situation that is not recorded"])
def test_a_target_passes_if_everything_recorded_is_found_again(change: str) -> None:
    found = cell("osipenko-proposal")
    recorded = Catalogue({"osipenko-proposal": {"plain": record_cell(found)}})
    cells = [found]
    expected = Expectation.AS_RECORDED, True
    if change == "a count":
        cells = [dataclasses.replace(found, schedules=found.schedules + 1)]
        expected = Expectation.DIFFERS, False
    elif change != "nothing":
        cells.append(cell("osipenko-proposal", "cleanup/1"))
        expected = Expectation.NOT_RECORDED, False
    summary = summarize(cells, recorded)
    assert (summary.expectation, summary.passes) == expected
    assert bool(summary.differences) == (change == "a count")
