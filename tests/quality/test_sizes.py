"""Counterexamples are as small as they can be, and every one of them replays from its token."""

from __future__ import annotations

import itertools

import pytest
from judging import every_candidate, finding, judged

from treadle.check import Counterexample, Verdict, replay, resolve_target
from treadle.explorer import Ended
from treadle.schedule import Bounds
from treadle.situation import ALL_SITUATIONS
from treadle.tokens import Token
from treadle.trace import digest
from treadle_models.spec import BY_NAME, Reading


def counterexample(target: str, situation: str, name: str, *, events: int, steps: int) -> Counterexample:
    found = finding(judged(target, situation, Bounds(events=events, steps=steps)), name)
    assert found.verdict is Verdict.VIOLATED
    assert found.counterexample is not None
    return found.counterexample


# The inverted condition of the first proposal: it swallows what it should raise, and raises what it should swallow.


@pytest.mark.parametrize(("events", "steps"), list(itertools.product((1, 2, 3), (1, 2, 3))))
def test_the_inverted_proposal_loses_a_cancellation_with_one_event(events: int, steps: int) -> None:
    lost = counterexample("osipenko-proposal", "plain", "lost", events=events, steps=steps)
    assert (lost.events, lost.minimal) == (1, True)
    assert [record.text for record in lost.trace if record.kind == "event"] == ["controller.cancel()"]
    assert lost.trace[-1].who == "controller"
    assert "the call returns" in lost.trace[-1].text


@pytest.mark.parametrize(("events", "steps"), list(itertools.product((0, 1, 2, 3), (1, 2, 3))))
def test_the_inverted_proposal_cancels_its_caller_with_no_event(events: int, steps: int) -> None:
    phantom = counterexample("osipenko-proposal", "plain", "phantom", events=events, steps=steps)
    assert (phantom.events, phantom.minimal) == (0, True)
    assert all(record.kind == "callback" for record in phantom.trace)
    assert "the call raises CancelledError" in phantom.trace[-1].text


@pytest.mark.parametrize("name", ["lost", "phantom"])
def test_the_counterexamples_of_the_inverted_proposal_have_no_callback_to_spare(name: str) -> None:
    """Enter the call, let the dependency end, resume the caller."""
    assert counterexample("osipenko-proposal", "plain", name, events=3, steps=3).callbacks == 3


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_without_an_event_no_cancellation_can_be_lost(steps: int) -> None:
    assert (
        finding(judged("osipenko-proposal", "plain", Bounds(events=0, steps=steps)), "lost").verdict
        is Verdict.NOT_EXERCISED
    )


# The round trip


@every_candidate
def test_every_counterexample_replays_from_the_text_of_its_token(name: str) -> None:
    """Run, print, parse, replay: the same trace, the same violation, in every situation and under every reading."""
    target = resolve_target(name)
    replayed = 0
    for situation in ALL_SITUATIONS:
        cell = judged(name, situation)
        for found in cell.findings:
            if found.counterexample is None:
                assert found.verdict is not Verdict.VIOLATED
                continue
            first = found.counterexample
            text = str(first.token)
            again = replay(Token.parse(text), target)
            replayed += 1
            assert str(again.token) == text
            assert again.trace == first.trace
            assert digest(again.trace) == first.token.digest
            assert again.outcome == first.outcome
            assert (again.events, again.callbacks, again.kinds) == (first.events, first.callbacks, first.kinds)
            the_property, reading = BY_NAME[found.property], Reading(found.reading)
            assert any(not the_property.holds(call.observation, reading) for call in again.outcome)
            assert first.minimal
            assert (first.token.situation, first.token.property) == (situation, found.property)
        assert cell.ended is not Ended.STOPPED or name == "osipenko-lock"
    assert replayed or name == "osipenko-lock"
