"""`.treadle/`: the schedules under which tests failed are kept, and tried first the next time."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from pythons import ALL
from running_pytest import run_pytest, table_of

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """\
import asyncio
import os

RIGHT = os.environ.get("RIGHT", "")


async def test_order():
    ended = []
    await asyncio.gather(*(asyncio.to_thread(ended.append, each) for each in range(3)))
    assert ended[-1] == 2 or RIGHT


async def test_other():
    ended = []
    await asyncio.gather(*(asyncio.to_thread(ended.append, each) for each in range(2)))
    assert ended == [0, 1] or RIGHT


async def test_well():
    await asyncio.gather(asyncio.to_thread(int), asyncio.to_thread(int))
"""

SEARCHED = "what failed last time"


def run(folder: Path, *options: str, text: str = TESTS) -> tuple[int, str]:
    """Run the tests with what is known of the run before; return the exit status and what was said."""
    done = run_pytest(folder, text, "--treadle", *options, forget=False)
    return done.returncode, done.stdout + done.stderr


def kept(folder: Path) -> dict[str, list[str]]:
    """Return the tests that are kept, each with the choices of its tokens."""
    told = json.loads((folder / ".treadle" / "failed.json").read_text(encoding="utf-8"))
    assert told["format"] == 1
    return {each["test"].partition("::")[2]: each["tokens"] for each in told["failed"]}


def damage(folder: Path, content: str | bytes) -> Path:
    """Put something in the place of the file."""
    file = folder / ".treadle" / "failed.json"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_what_is_still_there_is_told_without_a_search(options: tuple[str, ...], tmp_path: Path) -> None:
    status, first = run(tmp_path, *options)
    assert status == 1, first
    assert f"{SEARCHED} " not in first
    assert list(kept(tmp_path)) == ["test_order", "test_other"]
    before = kept(tmp_path)
    status, again = run(tmp_path, *options)
    assert status == 1
    assert f"{SEARCHED} 2" in table_of(again)
    assert "schedules 6" in table_of(again), "two of each, and two of the test that is well"
    assert again.count("what failed last time still does, so nothing else was tried") == 2, again
    assert kept(tmp_path) == before


def test_what_is_gone_is_searched_as_usual_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path)
    monkeypatch.setenv("RIGHT", "yes")
    status, said = run(tmp_path)
    assert status == 0, said
    assert SEARCHED not in said
    assert "explored 3 3 beyond one schedule" in table_of(said)
    assert kept(tmp_path) == {}


def test_what_is_gone_and_has_another_fault_instead_is_found_by_the_search(tmp_path: Path) -> None:
    run(tmp_path, "-k", "order")
    status, said = run(tmp_path, "-k", "order", text=TESTS.replace("ended[-1] == 2", "ended[0] != 1"))
    assert status == 1, said
    assert "(1 != 1 or" in said
    assert SEARCHED not in said


def test_a_skip_under_such_a_schedule_is_no_skip_of_the_test(tmp_path: Path) -> None:
    run(tmp_path, "-k", "other")
    text = TESTS.replace(
        "assert ended == [0, 1]", "ended == [0, 1] or __import__('pytest').skip('no')\n    assert True"
    )
    status, said = run(tmp_path, "-k", "other", text=text)
    assert status == 0
    assert "1 skipped" in said
    assert "schedules 2" in table_of(said), "the search has heard of the skip"


def test_tests_that_do_not_run_and_other_options_are_left_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    run(tmp_path, "--treadle-cancel=1", "-k", "order")
    monkeypatch.setenv("RIGHT", "yes")
    assert run(tmp_path, "-k", "order")[0] == 0
    file = json.loads((tmp_path / ".treadle" / "failed.json").read_text(encoding="utf-8"))
    assert [(each["test"], each["options"]) for each in file["failed"]] == [
        ("test_it.py::test_order", ["--treadle-cancel=1"]),
        ("test_it.py::test_other", ["--treadle"]),
    ]


def test_tests_whose_file_is_gone_are_forgotten(tmp_path: Path) -> None:
    run(tmp_path)
    (tmp_path / "test_it.py").rename(tmp_path / "test_new.py")
    done = run_pytest(tmp_path, TESTS, "--treadle", "-k", "well", file="test_new.py", forget=False)
    assert done.returncode == 0
    assert kept(tmp_path) == {}


def test_what_the_baseline_knows_is_searched_all_the_same(tmp_path: Path) -> None:
    run(tmp_path, "--treadle-report=base.json", "-k", "other")
    status, said = run(tmp_path, "--treadle-baseline=base.json", "-k", "other")
    assert status == 0, said
    assert SEARCHED not in said
    assert kept(tmp_path) == {}


def test_a_token_and_forget_neither_ask_nor_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, "--treadle-forget")[0] == 1
    assert not (tmp_path / ".treadle").exists()
    run(tmp_path, "-k", "other")
    (token,) = kept(tmp_path)["test_other"]
    monkeypatch.setenv("RIGHT", "yes")
    run(tmp_path, f"--treadle-token={token}")
    run(tmp_path, "--treadle-forget", "-k", "other")
    assert kept(tmp_path) == {"test_other": [token]}


def test_nothing_is_made_where_nothing_fails_or_nothing_is_explored(tmp_path: Path) -> None:
    assert run(tmp_path, "-k", "well")[0] == 0
    run_pytest(tmp_path, TESTS, forget=False)
    assert not (tmp_path / ".treadle").exists()


def test_the_folder_is_not_for_version_control(tmp_path: Path) -> None:
    run(tmp_path)
    assert sorted(each.name for each in (tmp_path / ".treadle").iterdir()) == [".gitignore", "failed.json"]
    assert "\n*\n" in (tmp_path / ".treadle" / ".gitignore").read_text(encoding="utf-8")


ENTRY = '{{"format": 1, "failed": [{{"test": {}, "options": ["--treadle"], "tokens": {}}}]}}'


DAMAGED: dict[str, str | bytes] = {
    "empty": "",
    "cut": "{",
    "a list": "[]",
    "no format": "{}",
    "another format": '{"format": 2, "failed": []}',
    "no list": '{"format": 1, "failed": 3}',
    "no entry": '{"format": 1, "failed": [{}]}',
    "no token": ENTRY.format('"test_it.py::test_other"', '["no token"]'),
    "another version": ENTRY.format('"test_it.py::test_other"', '["test_it.py::test_other:v9:C.1.01.abcdef"]'),
    "no text": ENTRY.format('"test_it.py::test_other"', "[3]"),
    "no name": ENTRY.format("[]", "[]"),
    "deep": "[" * 100_000,
    "no text at all": b"\xff\xfe",
}


@pytest.mark.parametrize("name", list(DAMAGED)[:: 1 if ALL else 3])
def test_a_file_that_is_damaged_or_foreign_is_told_in_a_line_and_ignored(name: str, tmp_path: Path) -> None:
    content = DAMAGED[name]
    damage(tmp_path, content)
    status, said = run(tmp_path, "-k", "other")
    assert status == 1
    (line,) = [line for line in said.splitlines() if "failed.json" in line]
    assert line.startswith(".treadle/failed.json was ignored: ")
    assert SEARCHED not in said
    assert list(kept(tmp_path)) == ["test_other"], "it is whole again"


def test_schedules_of_a_foreign_hand_are_followed_as_far_as_they_lead(tmp_path: Path) -> None:
    tokens = '["test_it.py::test_well:v1:C.0.-9-zz9.abcdef", "x:v1:C.9.01.abcdef", "x:v1:Py.0.01.abcdef"]'
    damage(tmp_path, ENTRY.format('"test_it.py::test_well"', tokens))
    status, said = run(tmp_path, "-k", "well")
    assert status == 0, said
    assert "was ignored" not in said
    assert "cut off 0" in table_of(said)


def test_a_file_that_cannot_be_read_is_told_and_ignored(tmp_path: Path) -> None:
    (tmp_path / ".treadle" / "failed.json").mkdir(parents=True)
    status, said = run(tmp_path, "-k", "other")
    assert status == 1
    assert ".treadle/failed.json was ignored: IsADirectoryError" in said
    assert "what failed could not be kept in .treadle/: " in said
    assert sorted(each.name for each in (tmp_path / ".treadle").iterdir()) == ["failed.json"], (
        "nothing half written is left"
    )


def test_a_place_that_cannot_be_written_is_told_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / ".treadle").write_text("", encoding="utf-8")
    status, said = run(tmp_path, "-k", "well")
    assert status == 0, said
    status, said = run(tmp_path, "-k", "other")
    assert status == 1
    assert said.count("what failed could not be kept in .treadle/: ") == 1
    assert "Traceback" not in said


@pytest.mark.skipif(os.geteuid() == 0, reason="whoever may do everything can write everywhere")
def test_a_folder_that_is_read_only_is_told_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / ".treadle").mkdir(mode=0o500)
    status, said = run(tmp_path, "-k", "other")
    assert status == 1
    assert "what failed could not be kept in .treadle/: PermissionError" in said


def test_tests_of_hypothesis_are_not_kept_as_a_token_has_no_arguments(tmp_path: Path) -> None:
    pytest.importorskip("hypothesis")
    text = (
        "import asyncio\nfrom hypothesis import given, strategies as st\n\n"
        "@given(st.integers(2, 3))\nasync def test_drawn(size):\n    ended = []\n"
        "    await asyncio.gather(*(asyncio.to_thread(ended.append, each) for each in range(size)))\n"
        "    assert ended == sorted(ended)\n"
    )
    status, said = run(tmp_path, "-p", "no:randomly", text=text)
    assert status == 1, said
    assert "found 1" in table_of(said), "of the examples the one that Hypothesis made small"
    assert not (tmp_path / ".treadle").exists()
