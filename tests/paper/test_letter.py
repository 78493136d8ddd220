"""The letter can be sent: its commands name what is there, and its post is one screen long."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from treadle.check import resolve_target
from treadle.cli.help import USAGES
from treadle.ledger import TOPICS
from treadle.tokens import Token
from treadle_models.situations import situation_of
from treadle_models.spec import BY_NAME

ROOT = Path(__file__).parents[2]
LETTER = (ROOT / "paper" / "letter.md").read_text(encoding="utf-8")
QUESTIONS = LETTER.partition("## The ten likeliest questions\n")[2]
COMMANDS = re.findall(r"`((?:treadle|python|make) [^`]+)`", QUESTIONS)


def test_there_are_ten_questions_and_each_has_a_command() -> None:
    questions = re.split(r"^\d+\. ", QUESTIONS, flags=re.MULTILINE)[1:]
    assert len(questions) == 10
    assert all(re.search(r"`(treadle|python|make) [^`]+`", each) for each in questions)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_names_what_is_there(command: str) -> None:
    program, first, *rest = shlex.split(command)
    if program == "make":
        assert re.search(rf"^{first}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    elif program == "python":
        assert (ROOT / first).exists()
    else:
        assert first in USAGES
        options = dict(zip(rest[1::2], rest[2::2], strict=False))
        if "--situation" in options:
            situation_of(options["--situation"])
        assert options.get("--property", "lost") in BY_NAME
        if first == "claims":
            assert rest[0] in TOPICS
        elif first == "script":
            Token.parse(rest[0])
        elif first == "explore":
            file, _, name = rest[0].partition(":")
            assert f"async def {name}(env)" in (ROOT / file).read_text(encoding="utf-8")
        else:
            assert resolve_target(rest[0]).name


def test_the_post_is_one_screen_long() -> None:
    post = [line for line in LETTER.splitlines() if line.startswith(">")]
    assert 10 <= len(post) <= 30
    assert len(" ".join(post).split()) < 300


def test_it_proposes_a_delegate_and_says_what_is_to_be_filled_in() -> None:
    assert re.search(r"\*\*PEP-Delegate\.\*\* We propose [A-Z]\w+ [A-Z]\w+", LETTER)
    for header in ("Sponsor", "Discussions-To", "Post-History"):
        assert header in LETTER
