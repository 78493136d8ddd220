"""Tests of every kind are explored, each schedule with what pytest's own fixtures held when the test began."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from running_pytest import outcomes_of, run_pytest

if TYPE_CHECKING:
    from pathlib import Path

FIXTURES = """\
import asyncio
import logging
import os
import warnings

import pytest

pytestmark = pytest.mark.treadle
os.environ["KEPT"] = "1"


@pytest.fixture
def said(capsys):
    print("said before")


@pytest.fixture
def filled(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("as it was")
    return tmp_path


async def test_capsys(treadle_env, capsys):
    treadle_env.choose(range(3))
    print("one")
    await asyncio.sleep(0)
    print("two")
    assert capsys.readouterr().out == "one\\ntwo\\n"


async def test_capfd(treadle_env, capfd):
    treadle_env.choose(range(3))
    os.write(1, b"one")
    assert capfd.readouterr().out == "one"


async def test_capsysbinary(treadle_env, capsysbinary):
    treadle_env.choose(range(3))
    print("one")
    assert capsysbinary.readouterr().out == b"one\\n"


async def test_capsys_after_a_fixture(treadle_env, said, capsys):
    treadle_env.choose(range(3))
    print("one")
    assert capsys.readouterr().out == "said before\\none\\n"


async def test_caplog(treadle_env, caplog):
    treadle_env.choose(range(3))
    assert logging.getLogger("ours").level == 0
    caplog.set_level(logging.INFO, logger="ours")
    logging.getLogger("ours").info("one")
    assert caplog.messages == ["one"]


async def test_recwarn(treadle_env, recwarn):
    treadle_env.choose(range(3))
    warnings.warn("one")
    assert len(recwarn) == 1


async def test_monkeypatch(treadle_env, monkeypatch):
    treadle_env.choose(range(3))
    monkeypatch.delenv("KEPT")


async def test_tmp_path(treadle_env, tmp_path):
    treadle_env.choose(range(3))
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()


async def test_tmp_path_after_a_fixture(treadle_env, filled):
    treadle_env.choose(range(3))
    assert (filled / "folder" / "file").read_text() == "as it was"
    (filled / "folder" / "file").write_text("changed")
    (filled / "more").touch()


def test_that_nothing_is_left_patched(capsys):
    assert os.environ["KEPT"] == "1"
    print("heard")
    assert capsys.readouterr().out == "heard\\n"


class TestClass:
    def setup_method(self):
        self.number = 0

    async def test_method(self, treadle_env):
        treadle_env.choose(range(3))
        self.number += 1
        assert self.number == 1

    @staticmethod
    async def test_static(treadle_env):
        treadle_env.choose(range(3))

    @pytest.mark.parametrize("name", ["a"])
    async def test_parameter(self, name, treadle_env):
        assert treadle_env.choose("abc") and name == "a"

    def test_plain_method(self, tmp_path):
        assert tmp_path.is_dir()


def test_plain(tmp_path):
    assert tmp_path.is_dir()


@pytest.mark.treadle
def test_plain_with_the_marker():
    pass


def test_plain_with_the_environment(treadle_env):
    pass


@pytest.fixture
def task(treadle_env):
    return treadle_env.future()


async def test_fixture_with_the_environment(task):
    await task


@pytest.fixture
async def later():
    return 1


@pytest.fixture
def through(later):
    return later


async def test_async_fixture(through):
    pass


async def test_generator():
    yield


@pytest.mark.treadle
async def test_generator_with_the_marker():
    yield
"""

REFUSED = {
    "test_plain_with_the_marker": "is marked with `treadle`, but is not an async function; write `async def`",
    "test_plain_with_the_environment": "takes treadle_env, but is not an async test that is marked",
    "test_fixture_with_the_environment": "the fixture 'task' takes treadle_env, which is there only while",
    "test_async_fixture": "uses the async fixture 'later'",
    "test_generator_with_the_marker": "is not an async function, but an async generator",
}


def test_each_schedule_begins_with_what_pytests_fixtures_held(tmp_path: Path) -> None:
    found = outcomes_of(tmp_path, FIXTURES)
    found.pop("test_generator")  # pytest's own to refuse
    for name, said in REFUSED.items():
        outcome, text = found.pop(name)
        assert outcome in ("failed", "error"), name
        assert said in text
        assert ".py:" not in text.replace("test_it.py::", ""), text  # a sentence, and no traceback
    assert len(found) == 15
    assert {name: each for name, each in found.items() if each[0] != "passed"} == {}


CASES = """\
import asyncio
import pathlib
import unittest

import pytest

SEEN = pathlib.Path(__file__).with_name("seen.txt")  # what a name stands for is set back after each test


@pytest.mark.treadle
class TestCase(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def inject(self, tmp_path):
        self.folder = tmp_path

    @classmethod
    def setUpClass(cls):
        cls.made = 0

    def setUp(self):
        self.log = ["setUp"]

    async def asyncSetUp(self):
        await asyncio.sleep(0)
        self.loop = asyncio.get_running_loop()
        self.log.append("asyncSetUp")

    async def asyncTearDown(self):
        self.log.append("asyncTearDown")

    def tearDown(self):
        self.log.append("tearDown")

    async def clean(self, word):
        self.log.append(word)
        with SEEN.open("a") as file:
            print(*self.log, file=file)

    async def test_order(self):
        self.addAsyncCleanup(self.clean, word="clean")
        self.treadle_env.choose(range(3))
        self.assertTrue(self.folder.is_dir())
        self.assertEqual(self.log, ["setUp", "asyncSetUp"])
        self.assertIs(self.loop, asyncio.get_running_loop())
        assert "treadle" in type(self.loop).__module__

    def test_order_seen(self):
        seen = SEEN.read_text().splitlines()
        assert len(seen) >= 3
        assert set(seen) == {"setUp asyncSetUp asyncTearDown tearDown clean"}

    async def test_wrong(self):
        self.assertEqual(self.treadle_env.choose((1, 2)), 1)

    async def test_wrong_later(self):
        self.addCleanup(self.assertEqual, self.treadle_env.choose((1, 2)), 1)

    async def test_skip(self):
        self.skipTest("not here")

    @unittest.skip("not at all")
    async def test_skip_by_a_decorator(self):
        raise RuntimeError

    @unittest.expectedFailure
    async def test_expected(self):
        self.assertEqual(self.treadle_env.choose((1, 2)), 1)

    @unittest.expectedFailure
    async def test_expected_in_vain(self):
        pass

    def test_plain(self):
        self.assertEqual(self.log, ["setUp", "asyncSetUp"])


class TestOther(unittest.IsolatedAsyncioTestCase):
    async def test_stock(self):
        assert "treadle" not in type(asyncio.get_running_loop()).__module__

    @pytest.mark.treadle
    async def test_marked(self):
        assert "treadle" in type(asyncio.get_running_loop()).__module__

    @pytest.mark.treadle
    def test_refused(self):
        pass
"""


def test_a_method_of_a_test_case_is_explored_with_all_that_is_set_up_for_it(tmp_path: Path) -> None:
    found = outcomes_of(tmp_path, CASES)
    assert {name: outcome for name, (outcome, _) in found.items()} == {
        "test_order": "passed",
        "test_order_seen": "passed",
        "test_wrong": "failed",
        "test_wrong_later": "failed",
        "test_skip": "skipped",
        "test_skip_by_a_decorator": "skipped",
        "test_expected": "skipped",
        "test_expected_in_vain": "failed",
        "test_plain": "passed",
        "test_stock": "passed",
        "test_marked": "passed",
        "test_refused": "failed",
    }
    assert "in 1 of 2 schedules" in found["test_wrong"][1]
    assert "Unexpected success" in found["test_expected_in_vain"][1]


DRAWN = """\
import asyncio

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.treadle


@given(st.integers(0, 9))
async def test_fine(number):
    await asyncio.sleep(number)


@given(number=st.integers(0, 9))
async def test_with_the_environment(treadle_env, number):
    assume(number > 2)
    assert treadle_env.choose(range(3)) < number


@given(number=st.integers(0, 500))
async def test_wrong(treadle_env, number):
    if treadle_env.branch():
        assert number < 100


class TestClass:
    @given(number=st.integers(0, 9))
    async def test_method(self, treadle_env, number):
        treadle_env.choose(range(number + 1))


@given(number=st.integers(0, 9))
@settings(deadline=1, max_examples=5)
async def test_slow(treadle_env, number):
    import time

    time.sleep(0.02)


@pytest.mark.treadle(limit=1)
@given(number=st.integers(0, 9))
async def test_cut_off(treadle_env, number):
    treadle_env.branch()


@given(st.data())
async def test_data(data):
    data.draw(st.integers())


@given(number=st.integers(0, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_output(capsys, treadle_env, number):
    treadle_env.choose(range(3))
    print(number)
    assert capsys.readouterr().out == f"{number}\\n"
    print("more")


@given(number=st.integers(0, 9))
async def test_skip(number):
    pytest.skip("not here")


@given(st.integers(0, 9))
def test_plain(number):
    pass


@pytest.mark.treadle
@given(st.integers(0, 9))
def test_refused(number):
    pass
"""


def test_each_example_of_hypothesis_is_explored(tmp_path: Path) -> None:
    found = outcomes_of(tmp_path, DRAWN)
    assert {name: outcome for name, (outcome, _) in found.items()} == {
        "test_fine": "passed",
        "test_with_the_environment": "passed",
        "test_wrong": "failed",
        "test_method": "passed",
        "test_slow": "passed",
        "test_cut_off": "failed",
        "test_data": "failed",
        "test_output": "passed",
        "test_skip": "skipped",
        "test_plain": "passed",
        "test_refused": "failed",
    }
    wrong = found["test_wrong"][1]
    assert "assert 100 < 100" in wrong
    assert "in 1 of 2 schedules" in wrong
    assert "replay:  run the test case that Hypothesis prints" in wrong
    assert "draws 'data' with st.data() while it runs" in found["test_data"][1]
    assert "the limit of 1 executions" in found["test_cut_off"][1]


def test_a_token_is_refused_where_hypothesis_draws(tmp_path: Path) -> None:
    run = run_pytest(tmp_path, DRAWN, "--treadle-token=test_it.py::test_fine:v1:C.2..000000")
    assert "draws its arguments with Hypothesis, and a token holds only a schedule" in run.stdout


OTHERS = """\
import asyncio

import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def later():
    return 1


@pytest.mark.{marker}
@pytest.mark.treadle
async def test_both(treadle_env):
    assert "treadle" in type(asyncio.get_running_loop()).__module__
    treadle_env.choose(range(3))


@pytest.mark.{marker}
async def test_other():
    assert "treadle" not in type(asyncio.get_running_loop()).__module__


@pytest.mark.{marker}
@pytest.mark.treadle
async def test_fixture(later):
    pass
"""


@pytest.mark.parametrize(
    ("module", "marker", "options"),
    [
        ("pytest_asyncio", "asyncio", ("--asyncio-mode=strict",)),
        ("pytest_asyncio", "asyncio", ("--asyncio-mode=auto",)),
        ("anyio", "anyio", ()),
    ],
)
def test_the_marker_wins_over_other_plugins(module: str, marker: str, options: tuple[str, ...], tmp_path: Path) -> None:
    """They are no dependency: where they are installed, this is looked at."""
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    run = run_pytest(tmp_path, OTHERS.format(marker=marker), *options)
    assert "2 passed, 1 error" in run.stdout, run.stdout
    assert "uses the async fixture 'later'" in run.stdout
    assert "1 test explored: 3 schedules in 3 executions" in run.stdout
