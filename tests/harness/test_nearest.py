"""The nearest schedule without a counterexample, and the moment that decides."""

from __future__ import annotations

import pytest

from treadle.check import Counterexample, Job, judge, resolve_target
from treadle.check.counterexamples import violates
from treadle.check.nearest import find_contrast
from treadle.explorer import ReplayScheduler
from treadle.schedule import Bounds
from treadle.situation import RecordedSituation, parse_situation
from treadle_models.spec import BY_NAME, Reading

BOUNDS = Bounds(events=1, steps=2)


def smallest(target: str, situation: str, name: str) -> Counterexample:
    findings = judge(Job(target=target, situation=situation, bounds=BOUNDS)).findings
    found = next(each.counterexample for each in findings if each.property == name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("target", "situation", "name"),
    [
        ("osipenko-proposal", "plain", "lost"),
        ("tacca-corrected", "timeout", "scope-kept"),
        ("treadle-wait", "plain", "joined-always"),
        ("taskgroup", "plain", "balanced"),
    ],
)
def test_the_neighbour_keeps_the_property_and_parts_at_the_decisive_moment(
    target: str, situation: str, name: str
) -> None:
    found = smallest(target, situation, name)
    contrast = find_contrast(found, resolve_target(target))
    good = contrast.neighbour
    assert good is not None
    play = RecordedSituation(resolve_target(target).subject, parse_situation(situation), BOUNDS, found.token.task)
    outcome = play.run(ReplayScheduler(good.choices)).outcome
    assert not violates(outcome, BY_NAME[name], Reading.WEAK)
    told = [[(each.gap, each.who, each.text) for each in trace] for trace in (found.trace, good.trace)]
    at = contrast.decisive
    assert told[0][:at] == told[1][:at]
    assert told[0][at:] != told[1][at:]


def test_a_neighbour_that_violates_another_property_says_so() -> None:
    """The inverted condition errs on both sides: where nobody cancels the caller, the call raises all the same."""
    found = smallest("osipenko-proposal", "plain", "lost")
    neighbour = find_contrast(found, resolve_target("osipenko-proposal")).neighbour
    assert neighbour is not None
    assert neighbour.fails == ("phantom",)
    found = smallest("treadle-wait", "plain", "joined-always")
    neighbour = find_contrast(found, resolve_target("treadle-wait")).neighbour
    assert neighbour is not None
    assert neighbour.fails == ()


def test_what_no_schedule_avoids_is_decided_by_entering_the_call() -> None:
    found = smallest("osipenko-proposal", "done/result", "accepts-done")
    contrast = find_contrast(found, resolve_target("osipenko-proposal"))
    assert contrast.neighbour is None
    assert contrast.all_tried
    assert contrast.decisive == 0


def test_the_decisive_moment_of_the_proposal_is_the_cancellation_after_the_dependency_has_ended() -> None:
    found = smallest("osipenko-proposal", "plain", "lost")
    record = found.trace[find_contrast(found, resolve_target("osipenko-proposal")).decisive]
    assert (record.gap, record.text) == (2, "controller.cancel()")
