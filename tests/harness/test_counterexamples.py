"""From a schedule to a counterexample, and back."""

from __future__ import annotations

import dataclasses

import pytest
from judging import finding, job

from treadle.check import Target, judge, replay, resolve_target
from treadle.errors import MisuseError, NondeterminismError
from treadle.tokens import Token


@pytest.fixture(scope="module")
def violated() -> tuple[Target, Token]:
    counterexample = finding(judge(job("osipenko-proposal", events=2)), "lost").counterexample
    assert counterexample is not None
    return resolve_target("osipenko-proposal"), counterexample.token


def test_a_token_replays_to_the_same_trace(violated: tuple[Target, Token]) -> None:
    target, token = violated
    again = replay(Token.parse(str(token)), target)
    assert again.token == token
    assert not again.minimal, "a replay proves nothing of the kind"
    assert again.events == 1


def test_a_token_has_no_default_choices_at_its_end(violated: tuple[Target, Token]) -> None:
    target, token = violated
    assert token.choices[-1] != 0
    longer = replay(dataclasses.replace(token, choices=(*token.choices, 0)), target)
    assert longer.token == token


def test_a_token_with_another_digest_is_told(violated: tuple[Target, Token]) -> None:
    target, token = violated
    other = dataclasses.replace(token, digest="0" * 6)
    with pytest.raises(
        NondeterminismError, match=f"the token ends in 000000, but the trace .* has the digest {token.digest}"
    ):
        replay(other, target)


def test_a_token_for_another_target_or_property_is_told(violated: tuple[Target, Token]) -> None:
    target, token = violated
    with pytest.raises(NondeterminismError):
        replay(token, resolve_target("treadle-wait"))
    with pytest.raises(NondeterminismError, match="violated `joined` once and did not when it was run again"):
        replay(dataclasses.replace(token, property="joined"), target)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"property": "found"}, "the token names the property 'found'; there are: lost, phantom"),
        ({"reading": "odd"}, "the token names the reading 'odd'; there are: weak, strict, net, any"),
        ({"situation": "odd"}, "there is no situation 'odd'"),
    ],
)
def test_a_token_that_names_what_is_not_there_is_refused(
    violated: tuple[Target, Token], change: dict[str, str], message: str
) -> None:
    target, token = violated
    with pytest.raises(MisuseError, match=message):
        replay(dataclasses.replace(token, **change), target)  # type: ignore[arg-type]


def test_a_choice_that_is_not_there_is_told(violated: tuple[Target, Token]) -> None:
    target, token = violated
    with pytest.raises(NondeterminismError, match="choice point 0: expected an option number 35"):
        replay(dataclasses.replace(token, choices=(35,)), target)
