"""`treadle prove`: what it prints, its exit status, and that it says how to install what it needs."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

import pytest

from treadle.check.counterexamples import replay
from treadle.check.proofs import Proofs
from treadle.check.target import resolve_target
from treadle.cli import main
from treadle.tokens import Token

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = ("--situation", "plain")


def test_a_sound_target_is_proved_and_its_certificate_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wait.smt2"
    assert main(["prove", "treadle-wait", *PLAIN, "--certificate", str(file)]) == 0
    out = capsys.readouterr().out
    assert "lost                    proved" in out
    assert "joined-always           refuted" in out
    assert file.read_text(encoding="utf-8").count("(check-sat)") > 30


def test_a_refuted_property_comes_with_a_token_that_replays(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "docs-example", *PLAIN]) == 0
    out = capsys.readouterr().out
    assert out.endswith("as recorded\n")
    tokens = [line.split()[-1] for line in out.splitlines() if "treadle replay" in line]
    assert any("/lost:" in token for token in tokens)
    for each in tokens:
        assert str(replay(Token.parse(each), resolve_target("docs-example")).token) == each


def test_a_target_of_ones_own_is_compiled_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "tools.py"
    file.write_text(
        "import asyncio\n\nasync def stop(task):\n    task.cancel()\n    await asyncio.wait([task])\n", encoding="utf-8"
    )
    assert main(["prove", f"{file}:stop", *PLAIN]) == 0
    assert "lost                    proved" in capsys.readouterr().out


def test_a_target_of_ones_own_that_breaks_a_property_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "tools.py"
    file.write_text("async def stop(task):\n    task.cancel()\n    await task\n", encoding="utf-8")
    assert main(["prove", f"{file}:stop", *PLAIN]) == 1
    assert "undisturbed             refuted" in capsys.readouterr().out


def test_a_candidate_that_is_not_as_recorded_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"proved": [], "refuted": {"lost": "0.1."}, "unknown": {}}
    monkeypatch.setattr("treadle.cli.prove.Proofs.load", lambda _: Proofs({"treadle-wait": {"plain": other}}))
    assert main(["prove", "treadle-wait", *PLAIN]) == 1
    assert "lost (weak): was recorded as refuted, is proved" in capsys.readouterr().out


def test_the_work_is_divided_among_processes(capsys: pytest.CaptureFixture[str]) -> None:
    both = ("--situation", "shared", "--situation", "plain", "--jobs", "2")
    assert main(["prove", "tacca-corrected", "osipenko-check", *both]) == 0
    out = capsys.readouterr().out
    assert out.index("tacca-corrected, Python") < out.index("osipenko-check, Python")
    assert out.count("situations: plain, shared\n") == out.count("as recorded\n") == 2
    assert "real tasks went along: 0 schedules" not in out


def test_what_is_not_modelled_is_said_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "odd.py"
    file.write_text("async def stop(task):\n    {each: 1 for each in (1, 2)}\n", encoding="utf-8")
    assert main(["prove", f"{file}:stop", *PLAIN]) == 2
    assert "odd.py:2: not modelled: the expression '{each: 1 for each in (1, 2)}'" in capsys.readouterr().err


def test_without_z3_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    original = builtins.__import__

    def no_z3(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "z3":
            raise ImportError(name)
        return original(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", no_z3)
    assert main(["prove", "treadle-wait", *PLAIN]) == 2
    assert "pip install 'treadle[proofs]'" in capsys.readouterr().err


def test_a_certificate_is_verified_against_its_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wait.smt2"
    assert main(["prove", "treadle-wait", "--situation", "pending", "--certificate", str(file)]) == 0
    capsys.readouterr()
    assert main(["prove", "--verify", str(file)]) == 0
    out = capsys.readouterr().out
    assert "clauses confirmed" in out
    assert "  proved: lost (weak)" in out
    assert "real tasks went along: 0 schedules" not in out
    text = file.read_text(encoding="utf-8")
    begin = text.index("; action: ")
    file.write_text(text[:begin] + text[text.index("(pop 1)\n", begin) + 8 :], encoding="utf-8")
    assert main(["prove", "--verify", str(file)]) == 1
    assert "rejected: " in capsys.readouterr().out


def test_what_is_no_certificate_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "empty.smt2"
    file.write_text("", encoding="utf-8")
    assert main(["prove", "--verify", str(file)]) == 1
    assert "it is not a certificate of Treadle's" in " ".join(capsys.readouterr().out.split())
    assert main(["prove", "--verify", str(tmp_path / "none.smt2")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(["prove", "treadle-wait", "--verify", str(file)]) == 2
    assert "--verify FILE takes its targets from the file" in capsys.readouterr().err


POLLS = (
    "import asyncio\n\nasync def stop(task):\n    task.cancel()\n    while {}:\n        try:\n            await {}\n"
    "        except asyncio.CancelledError:\n            pass\n"
)


@pytest.mark.parametrize("awaited", ["asyncio.sleep(0)", "asyncio.wait([task], timeout=1)"])
def test_a_call_on_itself_that_goes_round_for_ever_hangs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], awaited: str
) -> None:
    """Its dependency is never done, so nothing of it comes to an end at which it could be judged."""
    file = tmp_path / "polls.py"
    file.write_text(POLLS.format("not task.done()", awaited), encoding="utf-8")
    assert main(["prove", f"{file}:stop", "--situation", "self"]) == 1
    assert "no-self-hang            refuted" in capsys.readouterr().out


def test_a_call_that_yields_for_ever_is_refuted_with_a_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "polls.py"
    file.write_text(POLLS.format("True", "asyncio.sleep(0)"), encoding="utf-8")
    assert main(["prove", f"{file}:stop", *PLAIN]) == 1
    out = capsys.readouterr().out
    token = next(line.split(maxsplit=3)[-1] for line in out.splitlines() if "/plain/ends:" in line)
    assert str(replay(Token.parse(token), resolve_target(f"{file}:stop")).token) == token
