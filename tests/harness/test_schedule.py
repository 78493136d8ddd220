"""Tokens: what is written is read back, and what is no token is refused with its text shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.errors import MisuseError
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS
from treadle.tokens import Token
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME, Reading

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
MODULES = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
FILES = st.lists(st.text("abz09 .-_+@äλ", min_size=1, max_size=6), min_size=1, max_size=4).map("/".join)
TARGETS = (
    st.sampled_from(tuple(CANDIDATES))
    | st.builds("{}:{}".format, MODULES, MODULES)
    | st.builds("{}/{}.py:{}".format, FILES, NAMES, MODULES)
    | st.builds("/{}/{}.py:{}".format, FILES, NAMES, MODULES)
).filter(lambda target: target == target.strip())

TOKENS = st.builds(
    Token,
    target=TARGETS,
    situation=st.sampled_from(ALL_SITUATIONS),
    property=st.sampled_from(tuple(BY_NAME)),
    reading=st.sampled_from(tuple(map(str, Reading))),
    task=st.sampled_from(TaskKind),
    bounds=st.builds(Bounds, events=st.integers(0, 999), steps=st.integers(0, 999), any_order=st.booleans()),
    choices=st.lists(st.integers(0, 35), max_size=40).map(tuple),
    digest=st.text("0123456789abcdef", min_size=6, max_size=6),
)

GOOD = "osipenko-proposal/plain/lost:v1:C.3.3.00201.5d0a91"


@given(TOKENS)
def test_a_token_that_is_written_is_read_back(token: Token) -> None:
    assert Token.parse(str(token)) == token


@given(TOKENS, st.sampled_from(["{}\n", "  {}", "\t{} \n"]))
def test_space_around_a_token_does_not_matter(token: Token, around: str) -> None:
    assert Token.parse(around.format(token)) == token


@given(TOKENS)
def test_a_token_is_one_line_without_a_space_of_its_own(token: Token) -> None:
    assert not re.search(r"\s", str(token).replace(token.target, "", 1))


@given(TOKENS, st.data())
def test_a_token_that_lost_its_end_is_refused(token: Token, data: st.DataObject) -> None:
    text = str(token)
    rest = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(MisuseError) as refused:
        Token.parse(rest)
    assert repr(rest) in str(refused.value)


def test_the_example_of_the_documentation_is_read() -> None:
    token = Token.parse(GOOD)
    assert token == Token(
        target="osipenko-proposal",
        situation="plain",
        property="lost",
        reading="weak",
        task=TaskKind.C,
        bounds=Bounds(events=3, steps=3),
        choices=(0, 0, 2, 0, 1),
        digest="5d0a91",
    )
    assert str(token) == GOOD


def test_the_weak_reading_is_not_written() -> None:
    assert Token.parse(GOOD.replace("lost", "lost@net")).reading == "net"
    assert str(Token.parse(GOOD.replace("lost", "lost@weak"))) == GOOD


@pytest.mark.parametrize(
    ("target", "situation"),
    [
        ("done:result", "done/result"),
        ("plain", "plain"),
        ("a/plain.py:lost", "cleanup/1+done/cancelled"),
        ("tests/quality/mutants.py:never_asks", "plain"),
        ("package.module:Class.method", "third-party+uncancel/1"),
        ("here/it is:v1/x.py:f", "self"),
    ],
)
def test_a_target_is_told_from_its_situation(target: str, situation: str) -> None:
    token = Token.parse(f"{target}/{situation}/joined-always:v1:Py.0.12..000000")
    assert (token.target, token.situation, token.property) == (target, situation, "joined-always")
    assert (token.bounds.events, token.bounds.steps, token.choices) == (0, 12, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "treadle-wait",
        "plain/lost:v1:C.3.3.0.5d0a91",  # no target
        "treadle-wait/plain:v1:C.3.3.0.5d0a91",  # no property
        "treadle-wait/plain/lost:1:C.3.3.0.5d0a91",
        "treadle-wait/plain/lost:v1:C.3.0.5d0a91",
        "treadle-wait/plain/lost:v1:C.3.3.0",
        "treadle-wait/plain/lost:v1:C.3.3.0.5d0a9",
        "treadle-wait/plain/lost:v1:C.3.3.0.5D0A91",
        "treadle-wait/plain/lost:v1:C.3.3.A.5d0a91",
        "treadle-wait/plain/lost:v1:C.-1.3.0.5d0a91",
        "treadle-wait/plain/lost:v1:C.1000.3.0.5d0a91",
        f"{GOOD}\n{GOOD}",
    ],
)
def test_what_is_no_token_is_refused_with_its_text_and_the_way_out(text: str) -> None:
    with pytest.raises(MisuseError, match=re.escape(repr(text))) as refused:
        Token.parse(text)
    assert "TARGET/SITUATION/PROPERTY:v1:TASK.EVENTS.STEPS.CHOICES.DIGEST" in str(refused.value)


def test_a_token_of_another_version_is_refused_by_its_version() -> None:
    with pytest.raises(MisuseError, match=r"of version v2, and this Treadle reads v1") as refused:
        Token.parse(GOOD.replace("v1", "v2"))
    assert repr(GOOD.replace("v1", "v2")) in str(refused.value)


def test_a_token_of_an_unknown_task_kind_is_refused_by_that_kind() -> None:
    with pytest.raises(MisuseError, match=r"task kind 'Rust'; there are C, Py"):
        Token.parse(GOOD.replace(":C.", ":Rust."))
