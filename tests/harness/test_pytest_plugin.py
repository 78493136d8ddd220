"""The pytest plugin, run on small test files in a process of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from running_pytest import run_pytest

if TYPE_CHECKING:
    from pathlib import Path

LEAKY = """\
import asyncio

import pytest


@pytest.fixture
def size():
    return 1


@pytest.mark.treadle(events=1)
@pytest.mark.parametrize("good", [True, False])
async def test_no_slot_is_lost(treadle_env, size, good):
    free = size

    async def use(reply):
        nonlocal free
        free -= 1
        try:
            await reply
        except OSError if not good else BaseException:
            pass
        free += 1

    task = treadle_env.cancellable(asyncio.create_task(use(treadle_env.future())), may_swallow=True)
    await asyncio.wait([task])
    assert free == size


def test_that_is_not_async():
    pass
"""


def test_a_violation_fails_the_test_with_a_token_that_runs_it_again(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, LEAKY)
    assert "1 failed, 2 passed" in run.stdout, run.stdout + run.stderr
    assert "minimal: no counterexample with fewer events, none shorter with 1." in run.stdout
    token = re.search(r"'--treadle-token=(\S+)'", run.stdout)
    assert token is not None
    again = run_pytest(tmp_path, LEAKY, f"--treadle-token={token[1]}")
    assert "1 failed, 2 deselected" in again.stdout, again.stdout + again.stderr
    assert "1 schedule in 1 execution" in again.stdout


def test_a_token_of_another_test_is_an_error(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, LEAKY, "--treadle-token=test_it.py::test_gone:v1:C.1.01.abcdef")
    assert run.returncode == 4
    assert "not among the tests" in run.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import pytest\n@pytest.mark.treadle(2)\nasync def test_it(): pass\n", "takes names only"),
        ("import pytest\n@pytest.mark.treadle\ndef test_it(): pass\n", "but is not an async function"),
        ("import pytest\n@pytest.mark.treadle(event=2)\nasync def test_it(): pass\n", "no option 'event'"),
        ("import pytest\n@pytest.mark.treadle(events='2')\nasync def test_it(): pass\n", "events='2': pass a whole"),
    ],
)
def test_a_marker_that_is_misused_is_an_error_that_says_so(text: str, said: str, tmp_path: Path) -> None:
    run = run_pytest(tmp_path, text)
    assert run.returncode != 0
    assert said in run.stdout
    assert "Traceback" not in run.stdout
    assert ".py:" not in run.stdout.replace("test_it.py::", ""), "a sentence is enough"


def test_a_search_that_was_cut_off_fails_and_one_at_random_does_not(tmp_path: Path) -> None:
    text = (
        "import pytest\n"
        "async def body(env):\n    [env.branch() for _ in range(8)]\n"
        "@pytest.mark.treadle(limit=10)\nasync def test_cut(treadle_env):\n    await body(treadle_env)\n"
        "@pytest.mark.treadle(random=10)\nasync def test_drawn(treadle_env):\n    await body(treadle_env)\n"
    )
    run = run_pytest(tmp_path, text)
    assert "1 failed, 1 passed" in run.stdout, run.stdout
    assert "no violation found" in run.stdout


def test_an_async_test_without_the_marker_is_left_to_others(tmp_path: Path) -> None:
    other = (
        "import asyncio, inspect, pytest\n"
        "@pytest.hookimpl\n"
        "def pytest_pyfunc_call(pyfuncitem):\n"
        "    if inspect.iscoroutinefunction(pyfuncitem.obj):\n"
        "        asyncio.run(pyfuncitem.obj())\n"
        "        return True\n"
    )
    (tmp_path / "conftest.py").write_text(other, encoding="utf-8")
    text = "import asyncio\nasync def test_it():\n    await asyncio.create_subprocess_exec('true')\n"
    assert "1 passed" in run_pytest(tmp_path, text).stdout
