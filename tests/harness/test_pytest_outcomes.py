"""What a marked test comes to: it passes only where enough was looked at, and leaves where it says so."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from running_pytest import outcomes_of, run_pytest

if TYPE_CHECKING:
    from pathlib import Path

ENDS = """\
import asyncio
import functools
import time

import pytest


@pytest.fixture
def jobs():
    queue = asyncio.Queue()
    queue.put_nowait("a job")
    return queue


def consume(jobs):
    try:
        jobs.get_nowait()
    except asyncio.QueueEmpty:
        return
    raise RuntimeError("a job was lost")


@pytest.mark.treadle
async def test_consumed(jobs):
    consume(jobs)


@pytest.mark.treadle
async def test_consumed_among_many(jobs, treadle_env):
    treadle_env.choose(range(5))
    consume(jobs)


@pytest.mark.treadle(random=3)
async def test_consumed_at_random(jobs, treadle_env):
    treadle_env.choose(range(5))
    consume(jobs)


@pytest.mark.treadle
async def test_consumed_unseen(jobs, treadle_env):
    treadle_env.choose(range(5))
    if jobs.empty():
        return
    jobs.get_nowait()


@pytest.mark.treadle
async def test_consumed_and_missed(jobs, treadle_env):
    treadle_env.choose(range(5))
    jobs.get_nowait()


@pytest.mark.treadle
async def test_consumed_by_the_only_schedule(jobs):
    jobs.get_nowait()


@pytest.mark.treadle(events=1)
async def test_bound_to_a_loop(jobs, treadle_env):
    tasks = [asyncio.create_task(jobs.get()), asyncio.create_task(jobs.get())]
    await asyncio.sleep(0)
    jobs.put_nowait(await treadle_env.future(result="a job"))
    await asyncio.wait(tasks)
    jobs.put_nowait("a job")


@pytest.mark.treadle(events=1)
async def test_bound_to_a_loop_and_wrong(jobs, treadle_env):
    await jobs.get()
    taken = asyncio.create_task(jobs.get())
    await asyncio.sleep(0)
    jobs.put_nowait("a job")
    await taken
    jobs.put_nowait("a job")
    assert not treadle_env.branch()


@functools.cache
def half(number):
    return number // 2


@pytest.mark.treadle
async def test_cached(jobs, treadle_env):
    async def use():
        await asyncio.sleep(half(4))

    task = asyncio.create_task(use())
    treadle_env.choose(range(5))
    await task


@pytest.mark.treadle(limit=1)
async def test_limit(treadle_env):
    treadle_env.branch()


@pytest.mark.treadle(limit=1)
async def test_limit_not_reached():
    pass


@pytest.mark.treadle(seconds=0)
async def test_time(treadle_env):
    for _ in range(30):
        treadle_env.branch()


@pytest.mark.treadle(random=100_000, seconds=0.01)
async def test_time_at_random(treadle_env):
    treadle_env.branch()
    time.sleep(2)


@pytest.mark.treadle
async def test_thread():
    try:
        await asyncio.create_subprocess_exec("true")
    except Exception:
        pass


@pytest.mark.treadle(random=1)
async def test_thread_at_random():
    try:
        await asyncio.create_subprocess_exec("true")
    except Exception:
        pass


@pytest.mark.treadle(random=3)
async def test_drawn(treadle_env):
    for _ in range(8):
        treadle_env.branch()


@pytest.mark.treadle(random=2)
async def test_drawn_and_wrong(treadle_env):
    assert treadle_env is None


count = iter(range(100))


@pytest.mark.treadle
async def test_chance(treadle_env):
    for _ in range(next(count) % 3 + 1):
        treadle_env.branch()


@pytest.mark.treadle
async def test_spins():
    while True:
        pass


@pytest.mark.treadle(events=1)
async def test_events(treadle_env):
    await treadle_env.future()
"""


run_once = pytest.mark.xdist_group("ends of tests")  # it takes seconds, two of them in a test that spins


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    return outcomes_of(tmp_path_factory.mktemp("ends"), ENDS)


@run_once
@pytest.mark.parametrize(
    "name",
    [
        "test_limit_not_reached",
        "test_drawn",
        "test_events",
        "test_consumed_by_the_only_schedule",
        "test_cached",
        "test_bound_to_a_loop",
    ],
)
def test_a_test_passes_where_nothing_was_left_or_as_many_were_drawn_as_asked(
    name: str, ends: dict[str, tuple[str, str]]
) -> None:
    assert ends[name] == ("passed", "")


@run_once
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("test_limit", "the limit of 1 executions was reached"),
        ("test_time", "the time limit was reached"),
        ("test_time_at_random", "the time limit was reached"),
        ("test_thread", "asyncio.create_subprocess_exec"),
        ("test_thread_at_random", "asyncio.create_subprocess_exec"),
        ("test_drawn_and_wrong", "AssertionError"),
        ("test_chance", "nondeterminism"),
        ("test_spins", "did not end"),
    ],
)
def test_a_search_that_ended_otherwise_fails_the_test_and_says_why(
    name: str, said: str, ends: dict[str, tuple[str, str]]
) -> None:
    outcome, text = ends[name]
    assert outcome == "failed", text
    assert said in text


@run_once
@pytest.mark.parametrize("name", ["test_consumed", "test_consumed_among_many", "test_consumed_at_random"])
def test_what_went_wrong_before_a_fixture_was_used_up_is_told_with_the_likely_cause(
    name: str, ends: dict[str, tuple[str, str]]
) -> None:
    outcome, text = ends[name]
    assert outcome == "failed"
    assert "RuntimeError: a job was lost" in " ".join(text.split())
    assert "the fixture jobs is set up once, for all schedules" in text
    assert "event_loop_policy" not in text


@run_once
@pytest.mark.parametrize(
    ("name", "parted"),
    [
        ("test_consumed_unseen", "came line {2} at first, and line {1} the second time"),
        ("test_consumed_and_missed", "came the end at first, and an exception in line {1} the second time"),
    ],
)
def test_a_test_that_goes_another_way_under_its_first_schedule_when_that_is_run_again_fails(
    name: str, parted: str, ends: dict[str, tuple[str, str]]
) -> None:
    first = ENDS.splitlines().index(f"async def {name}(jobs, treadle_env):") + 2
    outcome, text = ends[name]
    assert outcome == "failed"
    lines = (first, first + 2, first + 3) if name == "test_consumed_unseen" else (first, first + 1)
    assert parted.format(*lines) in text
    assert "the fixture jobs is set up once, for all schedules" in text


@run_once
def test_what_a_fixture_has_bound_to_the_loop_is_bound_to_that_of_the_counterexample(
    ends: dict[str, tuple[str, str]],
) -> None:
    outcome, text = ends["test_bound_to_a_loop_and_wrong"]
    assert outcome == "failed"
    assert "assert not True" in text
    assert "different event loop" not in text
    assert "the test ran differently" not in text


LEAVES = """\
import unittest

import pytest

pytestmark = pytest.mark.treadle


async def test_skip(treadle_env):
    treadle_env.branch()
    pytest.skip("not here")


async def test_skip_later(treadle_env):
    if treadle_env.branch():
        pytest.skip("not here")


async def test_skip_beside_what_is_wrong(treadle_env):
    if treadle_env.branch():
        pytest.skip("not here")
    assert not treadle_env.branch()


async def test_import():
    pytest.importorskip("there_is_no_such_module")


async def test_unittest():
    raise unittest.SkipTest("not here")


async def test_xfail():
    pytest.xfail("known")


async def test_fail():
    pytest.fail("it is so")


@pytest.mark.xfail(strict=True)
async def test_expected(treadle_env):
    assert not treadle_env.branch()


@pytest.mark.xfail(strict=True)
async def test_expected_in_vain(treadle_env):
    treadle_env.branch()


@pytest.mark.skip
async def test_skipped_by_a_mark():
    raise RuntimeError
"""


def test_a_skip_skips_and_an_expected_failure_is_expected(tmp_path: Path) -> None:
    found = {name: outcome for name, (outcome, _) in outcomes_of(tmp_path, LEAVES).items()}
    assert found == {
        "test_skip": "skipped",
        "test_skip_later": "skipped",
        "test_skip_beside_what_is_wrong": "failed",
        "test_import": "skipped",
        "test_unittest": "skipped",
        "test_xfail": "skipped",
        "test_fail": "failed",
        "test_expected": "skipped",
        "test_expected_in_vain": "failed",
        "test_skipped_by_a_mark": "skipped",
    }


EXPECTS = """\
import asyncio
import unittest

import pytest


class Wanted(ValueError):
    pass


def expects(kind, **options):
    return pytest.mark.xfail(raises=kind, **options)


pytestmark = pytest.mark.treadle(events=1)


@expects(ValueError)
async def test_raised(treadle_env):
    if treadle_env.branch():
        raise Wanted("it is so")


@expects((KeyError, AssertionError), strict=True)
async def test_asserted(treadle_env):
    assert not treadle_env.branch()


@expects(pytest.RaisesGroup(Wanted))
async def test_in_a_group(treadle_env):
    async def fail():
        raise Wanted

    async with asyncio.TaskGroup() as group:
        group.create_task(fail())


@expects(asyncio.CancelledError)
async def test_cancelled():
    raise asyncio.CancelledError


@expects(ValueError)
@pytest.mark.treadle(random=20)
async def test_raised_at_random(treadle_env):
    if treadle_env.branch():
        raise Wanted


@expects(Wanted)
async def test_another(treadle_env):
    if treadle_env.branch():
        raise ValueError


@expects(Wanted)
async def test_another_too(treadle_env):
    if treadle_env.branch():
        raise Wanted
    if treadle_env.branch():
        raise ValueError


@expects(Wanted)
async def test_stuck_too(treadle_env):
    if treadle_env.branch():
        raise Wanted
    if treadle_env.branch():
        await asyncio.get_running_loop().create_future()


@expects(Wanted)
async def test_unheard_of():
    async def fail():
        raise Wanted

    task = asyncio.create_task(fail())
    await asyncio.wait([task])


@expects(Wanted)
async def test_not_raised(treadle_env):
    treadle_env.branch()


@expects(Wanted, strict=True)
async def test_not_raised_and_strict(treadle_env):
    treadle_env.branch()


@expects(Wanted)
async def test_cut_off():
    await asyncio.create_subprocess_exec("true")


@pytest.mark.xfail(False, reason="not here", raises=Wanted)
async def test_not_expected_here():
    raise Wanted


async def test_marked_meanwhile(request):
    request.node.add_marker(expects(Wanted))
    raise Wanted


class TestCase(unittest.IsolatedAsyncioTestCase):
    @expects(Wanted)
    async def test_of_a_case(self):
        raise Wanted
"""


def test_an_exception_is_expected_where_every_finding_is_one_that_the_mark_names(tmp_path: Path) -> None:
    found = {name: outcome for name, (outcome, _) in outcomes_of(tmp_path, EXPECTS).items()}
    assert found == {
        "test_raised": "skipped",
        "test_asserted": "skipped",
        "test_in_a_group": "skipped",
        "test_cancelled": "skipped",
        "test_raised_at_random": "skipped",
        "test_another": "failed",
        "test_another_too": "failed",
        "test_stuck_too": "failed",
        "test_unheard_of": "failed",
        "test_not_raised": "passed",
        "test_not_raised_and_strict": "failed",
        "test_cut_off": "failed",
        "test_not_expected_here": "failed",
        "test_marked_meanwhile": "skipped",
        "test_of_a_case": "skipped",
    }


def test_an_expected_exception_is_told_like_any_other_where_expectations_are_switched_off(tmp_path: Path) -> None:
    found = outcomes_of(tmp_path, EXPECTS, "--runxfail", "-k", "test_raised")
    assert {outcome for outcome, _ in found.values()} == {"failed"}
    assert all("in 1 of 2 schedules" in text or "at random" in text for _, text in found.values()), found


TIMED = """\
import asyncio
import signal

import pytest


def spin():
    for _ in range(10**8):
        pass


def time_is_up(number, frame):
    pytest.fail("Timeout (>0.3s) from pytest-timeout.")


@pytest.fixture(autouse=True)
def timed():
    before = signal.signal(signal.SIGALRM, time_is_up)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    assert signal.getsignal(signal.SIGALRM) is time_is_up
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


pytestmark = pytest.mark.treadle(events=3)


async def test_in_a_step(treadle_env):
    if treadle_env.branch():
        await asyncio.sleep(0)
        spin()


async def test_in_another_task(treadle_env):
    async def work():
        spin()

    await asyncio.wait([asyncio.create_task(work())])


async def test_taken_for_another(treadle_env):
    try:
        treadle_env.branch()
        spin()
    except BaseException:
        pass


async def test_in_the_search(treadle_env):
    for _ in range(30):
        treadle_env.branch()


async def test_in_time(treadle_env):
    treadle_env.branch()
"""


def test_a_test_that_timed_out_is_told_as_that(tmp_path: Path) -> None:
    found = outcomes_of(tmp_path, TIMED)
    assert found.pop("test_in_time") == ("passed", "")
    assert len(found) == 4
    for name, (outcome, text) in found.items():
        assert outcome == "failed", name
        assert "Timeout (>0.3s) from pytest-timeout." in text, text
        assert "The test timed out while its schedules were tried; " in text
        assert "nondeterminism" not in text, text
        assert "another way" not in text, text
        assert "RangError" not in text, text


@pytest.mark.parametrize(
    ("how", "code", "said"),
    [
        ("raise KeyboardInterrupt", 2, "KeyboardInterrupt"),
        ("pytest.exit('enough', 7)", 7, "enough"),
        ("async with asyncio.TaskGroup() as group: group.create_task(leave())", 7, "enough"),
    ],
)
def test_who_leaves_the_run_leaves_at_once(how: str, code: int, said: str, tmp_path: Path) -> None:
    text = (
        "import asyncio, pytest\n"
        "async def leave():\n    pytest.exit('enough', 7)\n"
        "@pytest.mark.treadle\nasync def test_it(treadle_env):\n"
        f"    if treadle_env.branch():\n        {how}\n"
        "def test_next():\n    pass\n"
    )
    run = run_pytest(tmp_path, text)
    assert run.returncode == code, run.stdout
    assert said in run.stdout
    assert "1 passed" not in run.stdout


COUNTED = """\
import pytest


@pytest.mark.treadle
async def test_one():
    pass


@pytest.mark.treadle
@pytest.mark.parametrize("name", ["plain", "it's", "{x}", "$(x) a"])
async def test_more(treadle_env, name):
    treadle_env.choose(range(3))
    assert not treadle_env.branch()
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_the_summary_counts_schedules_and_names_the_tests_that_have_one(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    run = run_pytest(tmp_path, COUNTED, *options)
    assert "5 tests explored: 25 schedules in 25 executions\n" in run.stdout
    assert "one schedule, so that no other order was looked at (1):\n  test_it.py::test_one\n=" in run.stdout, (
        run.stdout
    )


def test_a_run_without_marked_tests_says_nothing_of_them(tmp_path: Path) -> None:
    assert "treadle" not in run_pytest(tmp_path, "def test_it():\n    pass\n").stdout


def test_the_command_of_a_counterexample_runs_that_one_schedule_from_where_pytest_was_started(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    run = run_pytest(tmp_path, COUNTED, "--rootdir", "below", file="below/test_it.py")
    commands = re.findall(r"^replay:  pytest (.*)$", run.stdout, re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        again = run_in_shell(tmp_path, command)
        assert "one schedule, from its token (1):" in again, again
        assert "1 test explored: 1 schedule in 1 execution\n" in again
        assert re.search(r"^1 failed in ", again, re.MULTILINE), again


def run_in_shell(folder: Path, arguments: str) -> str:
    """Run what a person would paste into a shell."""
    command = f"{sys.executable} -m pytest -q -p no:cacheprovider -c /dev/null --rootdir below {arguments}"
    return subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_token_is_enough_to_pass_and_not_for_a_test_that_has_changed_since(tmp_path: Path) -> None:
    token = "--treadle-token=test_it.py::test_more[plain]:v1:C.2.1."
    text = COUNTED.replace("assert not treadle_env.branch()", "pass")
    changed = run_pytest(tmp_path, text, f"{token}000000").stdout
    assert "the program, the interpreter or Treadle has changed since the token was made" in changed
    assert "Traceback" not in changed
    digest = re.search(r"the trace of this replay has the digest (\w{6})", changed)
    assert digest is not None
    again = run_pytest(tmp_path, text, f"{token}{digest[1]}").stdout
    assert "one schedule, from its token (1):\n  test_it.py::test_more[plain]\n" in again
    assert "1 passed, 4 deselected" in again
