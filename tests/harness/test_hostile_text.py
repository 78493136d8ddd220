"""Names, messages, files and parameters that are more than text to a terminal, a shell, a page: they stay text."""

from __future__ import annotations

import asyncio
import dataclasses
import html
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running_pytest import run_pytest

import treadle
from treadle.check import replay, resolve_target
from treadle.cli import main
from treadle.report.display import draw
from treadle.report.script import write_script
from treadle.report.suite import findings_with_traces, write_page
from treadle.schedule import Bounds, TaskKind
from treadle.telling import json_told, printable, printable_lines, quoted
from treadle.tokens import ProgramToken, Token

if TYPE_CHECKING:
    from pathlib import Path

    from treadle import Env

ESCAPES = "\x1b[31mred\x1b]0;title\x07"
HOSTILE = {
    "escapes": ESCAPES,
    "bidirectional": "\u202eevil\u2066",
    "newlines": "one\ntwo\rthree\u2028four",
    "C1": "\x9b31m\x85",
    "nothing": "\x00\u200b\ufeff",
    "shell": "$(touch pwned) `touch pwned`; touch pwned; 'a' \"b\" !! \\ *",
    "markup": "</script><script>alert(1)</script><img src=x onerror=alert(1)>]]>&amp;\"'",
    "templates": "{a} {0} %s %(a)s {{ 7 * 7 }} [bold]x[/bold] :smile:",
    "half a pair": "\ud800\udcff",
    "a docstring": '"""\nraise SystemExit(77)\n"""\\',
}
each_kind = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)

SOURCE = """\
import asyncio
from pathlib import Path

(Path(__file__).parent / "imported").touch()


async def stop(task):
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


async def program(env):
    env.future("it")
    raise LookupError("no")
"""


def is_plain(text: str) -> bool:
    """Say whether nothing in a text steers a terminal."""
    return all(each.isprintable() or each in "\n\t" for each in text)


async def hostile(env: Env, text: str) -> None:
    answer = env.future(text)
    task = env.cancellable(asyncio.create_task(asyncio.sleep(1), name=text))
    env.may(lambda: None, name=text)
    await asyncio.wait([task])
    assert not task.cancelled(), text
    await answer


def violated(text: str) -> treadle.Explored:
    async def program(env: Env) -> None:
        await hostile(env, text)

    explored = treadle.explore(program, events=1, name=text)
    assert explored.violations
    return explored


# The shell


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
    | st.sampled_from([HOSTILE[each] for each in HOSTILE if each != "half a pair"])
)
def test_a_word_is_printable_and_names_nothing_else(text: str) -> None:
    assert quoted(text).isprintable()
    assert printable(text).isprintable()
    assert is_plain(printable_lines(text))
    assert json.loads(json_told({text: [text]})) == {text: [text]}
    assert json_told(text).isprintable()


def test_a_shell_reads_each_word_as_what_it_was(tmp_path: Path) -> None:
    texts = [each.replace("\x00", "\x01") for each in HOSTILE.values() if each != HOSTILE["half a pair"]]
    texts += ["\udcff as bytes have it", "-x", "~", "", "a'b", "a\n'b\\", "\x1b1", "\x011", "ü\n1"]
    command = f"printf '%s\\0' {' '.join(map(quoted, texts))}"
    assert command.isprintable()
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, check=True)  # noqa: S607
    assert done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1] == texts
    assert not [*tmp_path.iterdir()]


def test_the_line_that_replays_runs_that_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "treadle").write_text(f'#!/bin/sh\nexec {sys.executable} -m treadle "$@"\n', encoding="utf-8")
    (tmp_path / "bin" / "treadle").chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    for name in ["$(touch pwned);\n'\x1b[31m\u202e\".py", "-\udcff{a}\n\\.py"]:
        (tmp_path / name).write_text(SOURCE, encoding="utf-8")
        command = ["explain", "--situation", "plain", "--property", "lost", "--events", "1", "--", f"{name}:stop"]
        found = run(*(["explore", "--", f"{name}:program"] if name[0] == "$" else command))
        lines = [line.partition(":")[2] for line in found.splitlines() if line.startswith(("replay:", "script:"))]
        assert lines
        for line in lines:
            done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)  # noqa: S607
            assert done.returncode == ("explore" in line), done
            assert is_plain(done.stdout + done.stderr)
        assert not (tmp_path / "pwned").exists()


def run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "treadle", *arguments], capture_output=True, text=True, check=False)
    assert is_plain(done.stdout), done.stdout
    assert not done.stderr
    return done.stdout


# The terminal


@each_kind
def test_what_is_told_of_a_program_steers_no_terminal(text: str) -> None:
    told = str(violated(text))
    assert is_plain(told), told
    assert printable(text) in told


@each_kind
def test_what_is_told_of_a_target_steers_no_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["check", f"{text}.py:x"], ["replay", text], ["check", "--situation", text], [text]):
        assert main(arguments) == 2
        told = capsys.readouterr()
        assert is_plain(told.out + told.err), told
    explored = dataclasses.replace(violated(text), name=text)
    assert is_plain(json_told(treadle.programs.as_json(explored)))


# Pages, pictures, notebooks


@each_kind
def test_nothing_of_a_program_runs_in_a_page_or_a_picture_and_all_of_it_is_there(text: str) -> None:
    explored = violated(text)
    picture = draw("svg", explored)
    assert picture is not None
    root = ET.fromstring(picture)  # noqa: S314 - our own, and XML to the last character
    assert not [
        each
        for each in root.iter()
        if each.tag.rpartition("}")[2]
        not in {"svg", "title", "desc", "style", "g", "text", "path", "rect", "line", "circle", "tspan"}
    ]
    shown = "".join(root.itertext())
    assert printable(text).split()[0][:8] in shown
    page = write_page(
        rows=[],
        tests=[],
        findings=[*findings_with_traces(explored, [text] * len(explored.violations))],
        command=text,
        python="3",
    )
    assert is_plain(page)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert html.escape(printable(text)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page


# Scripts


@each_kind
def test_a_script_runs_nothing_that_a_name_says(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = text.replace("/", "|").replace("\x00", "\x01").replace("\ud800", "")
    (tmp_path / f"{name}.py").write_text(SOURCE, encoding="utf-8")
    target = resolve_target(f"{name}.py:stop")
    token = Token(
        target=target.name,
        situation="plain",
        property="lost",
        reading="weak",
        task=TaskKind.C,
        bounds=Bounds(events=1, steps=3),
        choices=(0, 0, 0, 1),
        digest="e3dd96",
    )
    script = write_script(replay(token, target), target)
    assert is_plain(script)
    assert printable(name) in script.replace("\\\\", "\\").replace('\\"', '"')
    compile(script, "script", "exec")
    assert script.index('"""', 3) > script.index("treadle replay"), "the docstring ends where it is to end"


# Tokens


@given(st.text(min_size=1))
def test_a_token_of_any_name_is_read_again(name: str) -> None:
    about: dict[str, Any] = {"task": TaskKind.C, "choices": (0, 1), "digest": "00ff00"}
    token = ProgramToken(name=f"x{name}x", events=1, any_order=False, **about)
    assert ProgramToken.parse(str(token)) == token
    other = Token(
        target=f"x{name}.py:f",
        situation="plain",
        property="lost",
        reading="weak",
        bounds=Bounds(events=1, steps=1),
        **about,
    )
    assert Token.parse(str(other)) == other


@pytest.mark.parametrize(
    "choices", ["-999999999-", "-1-" * 2_000_000, "-999999-" * 3, "0" * 1_100_000, "_999999999", "--", "-٣-"]
)
def test_a_token_that_would_fill_the_memory_is_refused_at_once(
    choices: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for token in (f"a.py:f:v1:C.1.{choices}.000000", f"a.py:f/plain/lost:v1:C.1.1.{choices}.000000"):
        for command in (["replay", token], ["replay", "--show", token], ["explore", "a.py:f", "--token", token]):
            assert main(command) == 2
            told = capsys.readouterr().err
            assert "line `replay:`" in told
            assert len(told) < 1000


def test_what_a_token_runs_is_said_and_with_show_nothing_of_it_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(SOURCE, encoding="utf-8")
    for token in ("mine.py:stop/plain/lost:v1:C.1.3.0001.e3dd96", "mine.py:program:v1:C.2..123456"):
        assert main(["replay", "--show", token]) == 0
        told = capsys.readouterr().out
        assert f"imports the file {tmp_path}/mine.py" in told
        assert f"{'4' if '0001' in token else '0'} choices" in told
        assert not (tmp_path / "imported").exists()
        main(["replay", token])
        first = capsys.readouterr().out.splitlines()[0]
        assert first.startswith("runs ")
        assert f"imports the file {tmp_path}/mine.py" in first
        (tmp_path / "imported").unlink()


# pytest

TESTS = """\
import asyncio
import pytest

@pytest.mark.treadle
@pytest.mark.parametrize("how", ["{a}", "{", "$(touch pwned)", "a'b", "\\x1b[31m", "\\u202e", "\\n"])
async def test_marked(how, treadle_env):
    raise LookupError(how)

@pytest.mark.parametrize("how", ["{a}", "\\x1b[31m"])
async def test_unmarked(how):
    asyncio.current_task().set_name(how)
    raise LookupError(how)
"""


def test_each_parameter_of_a_test_keeps_its_counterexample(tmp_path: Path) -> None:
    options = ["--treadle", "--treadle-pool=$(touch pwned)", "--treadle-report=page.html", "--treadle-report=r.json"]
    done = run_pytest(tmp_path, TESTS, *options)
    assert is_plain(done.stdout), done.stdout
    assert "Error: " not in done.stdout.replace("LookupError: ", "").replace("AssertionError: ", "")
    commands = [line[9:] for line in done.stdout.splitlines() if line.startswith("replay:")]
    assert len(commands) == 9
    for number in (0, 8):
        command = commands[number].replace("pytest", f"{sys.executable} -m pytest -c /dev/null --rootdir .", 1)
        again = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S607
        assert "1 failed" in again.stdout, (command, again.stdout)
        assert "one schedule" in again.stdout
    assert not (tmp_path / "pwned").exists()
    assert is_plain((tmp_path / "page.html").read_text(encoding="utf-8"))
