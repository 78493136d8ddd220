"""What the suites of libraries do that no test of our own did: `pytest --treadle` explores it or refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from running_pytest import outcomes_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_thread_that_waits_for_ever_holds_nobody_up(tmp_path: Path) -> None:
    text = """\
import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor

async def test_it():
    full = queue.Queue(1)
    with ThreadPoolExecutor(1) as executor:
        for number in range(2):
            executor.submit(full.put, number)
        await asyncio.sleep(0.001)
        full.get()

async def test_next():
    await asyncio.sleep(1)
"""
    found = outcomes_of(tmp_path, text, "--treadle")
    assert {name: outcome for name, (outcome, _) in found.items()} == {"test_it": "skipped", "test_next": "passed"}
    assert "ThreadPoolExecutor.submit()" in found["test_it"][1]


def test_a_clock_of_a_tests_own_is_refused_and_what_is_expected_to_fail_is_no_finding(tmp_path: Path) -> None:
    text = """\
import asyncio
from unittest import mock

import pytest

async def test_clock():
    with mock.patch.object(asyncio.get_running_loop()._selector, "select", lambda timeout: []):
        await asyncio.sleep(1)

@pytest.mark.xfail(reason="known")
async def test_expected():
    raise LookupError
"""
    found = outcomes_of(tmp_path, text, "--treadle", "--treadle-report=clock.json")
    assert {name: outcome for name, (outcome, _) in found.items()} == dict.fromkeys(found, "skipped")
    assert "a test clock" in found["test_clock"][1]
    assert '"found": []' in (tmp_path / "clock.json").read_text(encoding="utf-8")


def test_a_fixture_that_returns_what_could_be_awaited_gives_just_that(tmp_path: Path) -> None:
    text = """\
import asyncio
from unittest import mock

import pytest

@pytest.fixture
def awaitable():
    return mock.Mock(spec=asyncio.Future)

async def test_it(awaitable):
    assert isinstance(awaitable, mock.Mock)
"""
    assert outcomes_of(tmp_path, text, "--treadle")["test_it"] == ("passed", "")
