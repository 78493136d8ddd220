"""What the site and the README show is what happens: each command is run, each Python block too, and compared.

With TREADLE_UPDATE_SNAPSHOTS=1 set, outputs without a line `...` are written anew.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
from shown import DOCS, PAGES, ROOT, agrees, blocks, files, lines_of_the_shell, programs, run, run_command, write

from treadle.cli import _COMMANDS as COMMANDS_OF_TREADLE
from treadle.cli.arguments import Parser
from treadle.pytest_plugin.options import add_options

if TYPE_CHECKING:
    from pathlib import Path

ALL = bool(os.environ.get("TREADLE_TESTS"))
_SHOWN = pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the pages show CPython 3.11")
_COMMANDS = [
    (page, number, each.command)
    for page in PAGES
    for number, each in enumerate(blocks(page))
    if each.command and (ALL or not each.slow)
]
_PLACEHOLDER = re.compile(r"\b[A-Z][A-Z_]+\b")
_NOT_OURS = ("cd", "git", "kill", "open", "pip", "python", "python3", "source")
"""Commands of the system that pages show: nothing of ours is in them but names of files."""


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    return {page: write(page, tmp_path_factory.mktemp(page.stem)) for page in PAGES}


@_SHOWN
@pytest.mark.parametrize(
    ("page", "number"),
    [
        pytest.param(page, number, id=f"{name(page)}: {told}", marks=pytest.mark.xdist_group(name(page)))
        for page, number, told in _COMMANDS
    ],
)
def test_a_command_prints_what_the_page_shows(page: Path, number: int, folders: dict[Path, Path]) -> None:
    """In the order of the page, in one process: a command may read what an earlier one has written."""
    block = blocks(page)[number]
    printed = run_command(block.command, folders[page])
    if os.environ.get("TREADLE_UPDATE_SNAPSHOTS") and "\n...\n" not in f"\n{block.output}":
        _update(page, [(f"$ {block.command}\n", block.output, printed)])
        return
    assert agrees(block.output, printed), printed


@_SHOWN
@pytest.mark.parametrize("page", [page for page in PAGES if programs(page)], ids=name)
def test_the_python_of_a_page_runs_and_prints_what_the_page_shows(page: Path, folders: dict[Path, Path]) -> None:
    """One block after the other, in one interpreter; a line between them tells what each has printed."""
    cut = "-" * 40
    told = programs(page)
    script = folders[page] / "blocks_of_the_page.py"
    script.write_text(f"\nprint({cut!r})\n".join(text for text, _ in told), encoding="utf-8")
    printed = run([str(script)], folders[page]).split(f"{cut}\n")
    assert len(printed) == len(told), printed
    if os.environ.get("TREADLE_UPDATE_SNAPSHOTS"):
        pairs = zip(told, printed, strict=True)
        _update(page, [(f"{text}```\n\n```text\n", shown, output) for (text, shown), output in pairs])
        return
    for (text, shown), output in zip(told, printed, strict=True):
        assert not shown or agrees(shown, output), f"{text}\nprints\n{output}"
        assert "Traceback" not in output, output


def _update(page: Path, changes: list[tuple[str, str, str]]) -> None:
    """Write what was printed in the place of what is shown, after what stands before it; where nothing is, not."""
    text = page.read_text(encoding="utf-8")
    for before, old, new in changes:
        if f"{before}{old}```" in text:
            assert text.count(f"{before}{old}```") == 1
            text = text.replace(f"{before}{old}```", f"{before}{new}```")
    page.write_text(text, encoding="utf-8")


def _options_of_pytest() -> set[str]:
    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    return {name for group in parser._groups for option in group.options for name in option.names()}


def _options_of(command: str) -> set[str]:
    module, _, add = COMMANDS_OF_TREADLE[command]
    parser = Parser()
    getattr(importlib.import_module(f"treadle.cli.{module}"), add)(parser)
    return set(parser._option_string_actions)


def _complaint(line: str) -> str:
    """Say what is wrong with a command of the shell, as far as that can be told without running it."""
    words = shlex.split(line)
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        del words[0]
    tool = words[0].removeprefix(".venv/bin/")
    if tool == "make":
        targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return "" if words[1].startswith("PYTHON=") or words[1] in targets else f"there is no target {words[1]}"
    if tool == "treadle":
        if words[1] == "--help":
            return ""
        known = _options_of(words[1])
        wrong = [each for each in words[2:] if each.startswith("--") and each.partition("=")[0] not in known]
        return f"no option of {words[1]}: {wrong}" if wrong else ""
    if tool == "pytest":
        told = {each.partition("=")[0] for each in words if each.startswith("--treadle")}
        return f"no option of ours: {told - _options_of_pytest()}" if told - _options_of_pytest() else ""
    return "" if tool in _NOT_OURS else f"what is {tool}?"


@pytest.mark.parametrize("page", [page for page in PAGES if lines_of_the_shell(page)], ids=name)
def test_a_command_that_is_only_shown_is_one_that_there_is(page: Path) -> None:
    complaints = {line: _complaint(line) for line in lines_of_the_shell(page)}
    assert not {line: told for line, told in complaints.items() if told}


def test_there_are_pages_with_files_programs_and_commands() -> None:
    """Or nothing above would be tested."""
    assert len(PAGES) >= 30
    assert len(_COMMANDS) >= 20
    assert sum(len(files(page)) for page in PAGES) >= 15
    assert sum(len(programs(page)) for page in PAGES) >= 5


def test_what_is_wrong_with_a_command_is_seen() -> None:
    assert _complaint("treadle check --nonsense")
    assert _complaint("pytest --treadle-nonsense=1")
    assert _complaint("make nonsense")
    assert _complaint("nonsense")
    assert not agrees("one\n", "two\n")
    assert not agrees("one\n...\ntwo\n", "one\nthree\n")
    assert (DOCS / "index.md") in PAGES
