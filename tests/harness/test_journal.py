"""Which answers of an earlier run still count."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from treadle.cli import main
from treadle.workers import journal
from treadle.workers.loaded import Loaded
from treadle.workers.pool import Answer, Pool, WorkerRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HELPED = """\
import asyncio

import wait


async def stop(task):
    import late

    late.used
    if not task.done():
        task.cancel()
        await wait.until([task])
"""
UNTIL = "import asyncio\n\nuntil = asyncio.wait\n"
CHECKED = ["--events", "1", "--steps", "1", "--situation", "plain", "--situation", "shared", "--jobs", "1"]


class Counting:
    """Counts how many requests workers were asked to answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        ask = Pool.ask

        def counting(pool: Pool, requests: Sequence[WorkerRequest[Any]], *others: Any) -> list[Answer]:
            self.asked += sum(request.question.does != "resolve" for request in requests)
            return ask(pool, requests, *others)

        monkeypatch.setattr(Pool, "ask", counting)

    def take(self) -> int:
        asked, self.asked = self.asked, 0
        return asked


@pytest.fixture
def helped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "helped.py").write_text(HELPED, encoding="utf-8")
    (tmp_path / "wait.py").write_text(UNTIL, encoding="utf-8")
    (tmp_path / "late.py").write_text("used = None\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("target", ["helped.py:stop", "helped:stop"])
def test_an_answer_counts_as_long_as_every_file_that_was_loaded_is_as_it_was(
    target: str, helped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counting = Counting(monkeypatch)
    command = ["check", target, *CHECKED, "--journal", "journal"]
    main(command)
    assert counting.take() == 2
    main(command)
    assert counting.take() == 0
    assert not capsys.readouterr().err
    for name in ("helped", "wait", "late"):
        file = helped / f"{name}.py"
        before = file.read_text(encoding="utf-8")
        file.write_text(f"{before}# the same, but for this\n", encoding="utf-8")
        main(command)
        assert counting.take() == 2, name
        told = f"treadle: --journal journal: 2 answers are out of date and computed again: {file} has changed\n"
        assert capsys.readouterr().err == told
        file.write_text(before, encoding="utf-8")
        main(command)
        assert counting.take() == 0, "what was answered for these files is still there"
        assert not capsys.readouterr().err


WAYS = {
    "runpy": "import runpy\nuntil = runpy.run_path('part.py')['until']\n",
    "a loader that leaves no module": (
        "import importlib.util\n"
        "spec = importlib.util.spec_from_file_location('part', 'part.py')\n"
        "module = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(module)\nuntil = module.until\n"
    ),
    "exec": "exec(compile(open(b'part.py').read(), 'part', 'exec'))\n",
    "what is read when it runs": (
        "import json, asyncio\n\n"
        "async def until(tasks):\n"
        "    with open('part.py') as file:\n        file.read()\n"
        "    with open('made.txt', 'w') as file:\n        file.write('1')\n"
        "    with open('made.txt') as file:\n        assert file.read() == '1'\n"
        "    await asyncio.wait(tasks)\n"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_depends_on_a_file_that_left_no_module(
    way: str, helped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (helped / "wait.py").write_text(WAYS[way], encoding="utf-8")
    part = helped / "part.py"
    part.write_text(UNTIL, encoding="utf-8")
    counting = Counting(monkeypatch)
    command = ["check", "helped.py:stop", *CHECKED, "--journal", "journal"]
    for asked in (2, 0):
        main(command)
        assert counting.take() == asked, capsys.readouterr().err
    before = part.read_text(encoding="utf-8")
    for text, asked in ((f"{before}# the same, but for this\n", 2), (before, 0)):
        part.write_text(text, encoding="utf-8")
        main(command)
        assert counting.take() == asked
    assert f"2 answers are out of date and computed again: {part} has changed\n" in capsys.readouterr().err


class Lying:
    """Says of itself that it is a module, as what `cffi` puts among the modules does."""

    __class__: type = types.ModuleType


def test_what_stands_among_the_modules_and_is_none_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lying", Lying())
    assert Loaded().look()


def test_an_answer_counts_for_the_interpreter_the_treadle_and_the_folder_that_it_is_of(
    helped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counting = Counting(monkeypatch)
    command = ["check", "helped.py:stop", *CHECKED, "--journal", str(helped / "journal")]
    main(command)
    counting.take()
    as_it_was = journal._on
    others = {
        "Treadle has changed": lambda request: (as_it_was(request)[0], "another"),
        "the interpreter has changed": lambda request: ("another", as_it_was(request)[1]),
    }
    for told, other in others.items():
        with monkeypatch.context() as patch:
            patch.setattr(journal, "_on", other)
            main(command)
        assert counting.take() == 2
        assert f"2 answers are out of date and computed again: {told}" in capsys.readouterr().err
    elsewhere = helped / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "helped.py").write_text(UNTIL + HELPED.replace("wait.until", "asyncio.wait"), encoding="utf-8")
    for name in ("wait", "late"):
        (elsewhere / f"{name}.py").write_text("used = None\n", encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    main(command)
    assert counting.take() == 2, "a file of the same name in another folder"


def test_a_file_that_changes_while_it_is_used_is_asked_about_again(
    helped: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "import pathlib\npathlib.Path('late.py').write_text('used = None')\n" + HELPED
    (helped / "helped.py").write_text(source, encoding="utf-8")
    counting = Counting(monkeypatch)
    for _ in range(2):
        main(["check", "helped.py:stop", *CHECKED, "--journal", "journal"])
        assert counting.take() == 2
    assert "late.py has changed" in capsys.readouterr().err
