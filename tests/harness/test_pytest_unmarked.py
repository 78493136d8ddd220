"""`pytest --treadle`: tests that nobody has marked are explored as they are, and each task of theirs cancelled."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest
from running_pytest import outcomes_of, run_pytest, table_of

if TYPE_CHECKING:
    from pathlib import Path

POOL = """\
import asyncio


class Pool:
    def __init__(self):
        self.free = 1
        self.waiters = []

    async def acquire(self):
        if self.free:
            self.free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        try:
            await waiter
        finally:
            self.waiters.remove(waiter)

    def release(self):
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
                return
        self.free += 1


async def use(pool):
    await pool.acquire()
    try:
        await asyncio.sleep(1)
    finally:
        pool.release()
"""

JOBS = """\
import asyncio


async def tell():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError as error:
        context = {"message": "a job was given up", "exception": error, "task": asyncio.current_task()}
        asyncio.get_running_loop().call_exception_handler(context)
        raise


async def wait_for(task):
    await task


async def fail_in_a_callback():
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(done.set_result, None))
    await done
"""

TESTS = """\
import asyncio
import functools
import gc
import pathlib
import time
import unittest

import pytest
from jobs import fail_in_a_callback, tell, wait_for
from pool import Pool, use

SET_UP = pathlib.Path(__file__).with_name("set_up.txt")  # what a name stands for is set back after each test


def write(word):
    with SET_UP.open("a") as file:
        print(word, file=file)


@pytest.fixture
async def pool():
    await asyncio.sleep(0)
    write("up")
    yield Pool()
    write("down")


@pytest.fixture
def users(pool, request):
    request.addfinalizer(lambda: write("final"))
    return [use(pool) for _ in range(3)]


async def test_pool(users):
    await asyncio.wait([asyncio.create_task(each) for each in users])


async def test_threads():
    ended = []
    await asyncio.gather(*(asyncio.to_thread(ended.append, each) for each in range(2)))
    assert ended == [0, 1]


async def test_time(pool):
    began = time.monotonic()
    await use(pool)
    assert time.monotonic() == began + 1


async def test_is_disturbed(pool):
    task = asyncio.create_task(use(pool))
    await task
    assert task.done()


async def test_swallows_in_the_test():
    async def swallow():
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            pass

    await asyncio.wait([asyncio.create_task(swallow())])
    inner = asyncio.create_task(swallow())
    await asyncio.wait([inner, asyncio.create_task(wait_for(inner))])


async def test_fails():
    await asyncio.sleep(1)
    raise LookupError


async def test_log(caplog):
    async def fail():
        raise LookupError

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    del task
    gc.collect()
    assert "Task exception was never retrieved" in caplog.text


async def test_waits_for_the_test():
    # Whoever waits in the test's own code is not cancelled there: that would say nothing of the code under test.
    started = asyncio.Event()

    async def outer():
        started.set()
        await asyncio.sleep(1)

    task = asyncio.create_task(outer())
    await started.wait()
    await task


async def test_process():
    await asyncio.create_subprocess_exec("true")


@pytest.mark.parametrize("number", [1, 2])
async def test_numbers(number, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBER", str(number))
    (tmp_path / "file").touch(exist_ok=False)
    await asyncio.to_thread(int)
    await asyncio.to_thread(int)


class TestInAClass:
    @pytest.fixture
    async def loop_there(self):
        return asyncio.get_running_loop()

    async def test_method(self, loop_there):
        assert loop_there is asyncio.get_running_loop()


class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.event = asyncio.Event()

    async def test_case(self):
        asyncio.get_running_loop().call_later(1, self.event.set)
        await self.event.wait()


def test_sync(request):
    assert "pool" not in request.fixturenames


def runs(function):
    @functools.wraps(function)
    def run(**arguments):
        asyncio.run(function(**arguments))

    return run


async def test_a_library_tells():
    await asyncio.wait([asyncio.create_task(tell())])


async def test_the_loop_tells():
    await asyncio.wait([asyncio.create_task(fail_in_a_callback())])


@runs
async def test_run_by_a_decorator():
    await asyncio.sleep(0)


async def test_anew():
    words = SET_UP.read_text().split()
    assert words[:3] == ["up", "final", "down"]
    assert words.count("down") > 3


class TestKept:
    items = []

    async def test_first(self):
        self.items.append(1)
        await asyncio.sleep(1)

    async def test_finds_what_one_execution_has_left(self):
        await asyncio.sleep(1)
        assert self.items == [1]

    async def test_finds_it_again(self):
        assert self.items == [1]


@pytest.fixture
def plain():
    return []


@pytest.fixture
async def late():
    return [1]


@pytest.fixture
def asks(request):
    return request.getfixturevalue("plain")


@pytest.fixture
def asks_in_vain(request):
    return request.getfixturevalue("late")


async def test_asked(asks, plain):
    asks.append(1)
    await asyncio.sleep(1)
    assert plain == [1]


async def test_asked_in_vain(asks_in_vain):
    assert asks_in_vain == [1]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("unmarked")
    (made / "pool.py").write_text(POOL, encoding="utf-8")
    (made / "jobs.py").write_text(JOBS, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> dict[str, tuple[str, str]]:
    return outcomes_of(folder, TESTS, "--treadle")


@pytest.fixture(scope="module")
def disturbed(folder: Path) -> dict[str, tuple[str, str]]:
    return outcomes_of(folder, TESTS, "--treadle-cancel=1")


FAILS = {"test_threads": "assert [1, 0] == [0, 1]", "test_fails": "LookupError"}


@pytest.mark.parametrize(
    "name",
    ["pool", "time", "is_disturbed", "swallows_in_the_test", "log", "method", "case", "sync", "run_by_a_decorator"],
)
def test_what_is_right_in_every_order_passes(name: str, undisturbed: dict[str, tuple[str, str]]) -> None:
    assert undisturbed[f"test_{name}"] == ("passed", "")


@pytest.mark.parametrize("name", FAILS)
def test_what_is_wrong_in_some_order_fails(name: str, undisturbed: dict[str, tuple[str, str]]) -> None:
    outcome, said = undisturbed[name]
    assert outcome == "failed"
    assert FAILS[name] in said


@pytest.mark.parametrize(
    "name",
    ["time", "is_disturbed", "swallows_in_the_test", "waits_for_the_test", "method", "case", "anew", "a_library_tells"],
)
def test_what_a_test_raises_when_it_is_disturbed_does_not_count(
    name: str, disturbed: dict[str, tuple[str, str]]
) -> None:
    assert disturbed[f"test_{name}"] == ("passed", "")


@pytest.mark.parametrize("name", ["first", "finds_what_one_execution_has_left", "finds_it_again", "asked"])
def test_the_next_test_finds_what_one_execution_has_left(
    name: str, undisturbed: dict[str, tuple[str, str]], disturbed: dict[str, tuple[str, str]]
) -> None:
    assert undisturbed[f"test_{name}"] == disturbed[f"test_{name}"] == ("passed", "")


def test_a_fixture_that_nobody_can_wait_for_is_no_fault_of_the_test(undisturbed: dict[str, tuple[str, str]]) -> None:
    outcome, said = undisturbed["test_asked_in_vain"]
    assert outcome == "skipped"
    assert "asks for 'late' by request.getfixturevalue(), which is async" in said


@pytest.mark.parametrize("number", [1, 2])
def test_parameters_patches_and_folders_are_there_in_each_execution(
    number: int, disturbed: dict[str, tuple[str, str]]
) -> None:
    assert disturbed[f"test_numbers[{number}]"] == ("passed", "")


def test_a_cancellation_that_nobody_wrote_down_finds_the_slot_that_is_lost(
    disturbed: dict[str, tuple[str, str]],
) -> None:
    outcome, said = disturbed["test_pool"]
    assert outcome == "failed"
    assert "the program does not get stuck" in said
    assert "use 3 waits for a future" in said
    assert "pytest --treadle-cancel=1 test_it.py::test_pool '--treadle-token=" in said


def test_what_asyncio_reports_counts_where_somebody_was_disturbed(disturbed: dict[str, tuple[str, str]]) -> None:
    outcome, said = disturbed["test_the_loop_tells"]
    assert outcome == "failed"
    assert "Exception in callback: InvalidStateError" in said


def test_what_cannot_be_explored_is_skipped_with_the_reason(undisturbed: dict[str, tuple[str, str]]) -> None:
    outcome, said = undisturbed["test_process"]
    assert outcome == "skipped"
    assert "not explored" in said
    assert "loop.subprocess_exec()" in said


def test_what_a_test_raises_counts_if_one_says_so(folder: Path) -> None:
    found = outcomes_of(folder, TESTS, "--treadle-cancel=1", "--treadle-assertions", "-k", "is_disturbed")
    assert found["test_is_disturbed"][0] == "failed"


def test_a_table_a_report_and_a_baseline_tell_what_was_found(folder: Path) -> None:
    chosen = ("-k", "pool or threads or sync")
    run = run_pytest(folder, TESTS, "--treadle-cancel=1", "--treadle-report=report.json", *chosen)
    assert run.returncode == 1, run.stdout + run.stderr
    assert table_of(run.stdout) == [
        "tests 3",
        "explored 2 2 beyond one schedule",
        "schedules 49",
        "executions 49",
        "found 2",
        "deadlock 1 in 1 test",
        "raises 1 in 1 test",
        "cut off 0",
    ]
    tests = json.loads((folder / "report.json").read_text(encoding="utf-8"))["tests"]
    assert [each["test"] for each in tests] == ["test_it.py::test_pool", "test_it.py::test_threads"]
    assert [[found["property"] for found in each["found"]] for each in tests] == [["deadlock"], ["raises"]]
    assert all(each["found"][0]["token"] for each in tests)
    again = run_pytest(folder, TESTS, "--treadle-cancel=1", "--treadle-baseline=report.json", *chosen)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "found 2 2 of them in the baseline" in table_of(again.stdout)


def test_the_table_names_what_was_cut_off_and_why(folder: Path) -> None:
    table = table_of(run_pytest(folder, TESTS, "--treadle-cancel=2", "--treadle-seconds=0.001", "-k", "pool").stdout)
    assert "cut off 1" in table
    assert any(line.startswith("test_it.py::test_pool: the time limit") for line in table), table


def test_the_table_names_what_was_not_explored_and_why(folder: Path) -> None:
    table = table_of(run_pytest(folder, TESTS, "--treadle", "-k", "process").stdout)
    assert {"tests 1", "explored 0", "cut off 0", "not explored 1", "not explored (1):"} <= {*table}
    assert any(line.startswith("test_it.py::test_process: test_it.py line") for line in table), table


def test_a_marked_test_is_in_the_table_and_in_the_baseline_as_others_are(folder: Path) -> None:
    text = TESTS.replace("async def test_threads", "@pytest.mark.treadle\nasync def test_threads")
    chosen = ("-k", "threads", "--treadle")
    run = run_pytest(folder, text, "--treadle-report=marked.json", *chosen)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "raises 1 in 1 test" in table_of(run.stdout)
    again = run_pytest(folder, text, "--treadle-baseline=marked.json", *chosen)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_run_in_which_nothing_was_explored_says_so(folder: Path) -> None:
    run = run_pytest(folder, TESTS, "--treadle", "-k", "sync")
    assert run.returncode == 0, run.stdout + run.stderr
    assert table_of(run.stdout)[:2] == ["tests 1", "explored 0"]


def test_the_token_of_a_finding_runs_that_schedule(folder: Path) -> None:
    run_pytest(folder, TESTS, "--treadle-cancel=1", "--treadle-report=report.json", "-k", "test_pool")
    (test,) = json.loads((folder / "report.json").read_text(encoding="utf-8"))["tests"]
    run = run_pytest(folder, TESTS, "--treadle-cancel=1", f"--treadle-token={test['found'][0]['token']}")
    assert run.returncode == 1
    assert "use 3 waits for a future" in run.stdout
    assert "one schedule, from its token" in run.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "there is no such file"), ("[]", "not a JSON report"), ("not JSON", "not a JSON report")],
)
def test_a_baseline_that_is_none_is_an_error(content: str | None, told: str, folder: Path) -> None:
    if content is not None:
        (folder / "base.json").write_text(content, encoding="utf-8")
    run = run_pytest(folder, TESTS, "--treadle", f"--treadle-baseline={'base' if content else 'missing'}.json")
    assert run.returncode == 4, run.stdout + run.stderr
    assert told in run.stdout + run.stderr


def test_tests_with_loops_of_their_own_are_left_alone(folder: Path) -> None:
    text = (
        "import pytest\n\n@pytest.fixture\ndef event_loop_policy():\n    pass\n\n"
        "async def test_it(event_loop_policy):\n    pass\n"
    )
    run = run_pytest(folder, text, "--treadle")
    assert "async def functions are not natively supported" in run.stdout
    assert "explored 0" in table_of(run.stdout)


def test_without_the_option_nothing_of_this_is_done(folder: Path) -> None:
    run = run_pytest(folder, TESTS, "-k", "sync")
    assert run.returncode == 0
    assert "treadle" not in run.stdout


@pytest.mark.skipif(importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not there")
@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_tests_of_pytest_asyncio_are_explored_with_its_fixtures(mode: str, folder: Path) -> None:
    found = outcomes_of(folder, TESTS, "--treadle-cancel=1", "-o", f"asyncio_mode={mode}", "-k", "pool or method")
    assert found["test_pool"][0] == "failed"
    assert found["test_method"][0] == "passed"


@pytest.mark.skipif(importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is needed")
def test_what_was_set_up_on_another_loop_is_no_fault_of_the_test(folder: Path) -> None:
    text = (
        "import asyncio\nimport pytest\nimport pytest_asyncio\n\n\n"
        "@pytest_asyncio.fixture(scope='module', loop_scope='module')\n"
        "async def queue():\n    queue = asyncio.Queue()\n\n"
        "    async def work():\n        (await queue.get()).set_result(1)\n\n"
        "    task = asyncio.create_task(work())\n    yield queue\n    task.cancel()\n\n\n"
        "@pytest.mark.asyncio(loop_scope='module')\n"
        "async def test_it(queue):\n    future = asyncio.get_running_loop().create_future()\n"
        "    await queue.put(future)\n    assert await future == 1\n"
    )
    assert outcomes_of(folder, text)["test_it"] == ("passed", "")
    outcome, said = outcomes_of(folder, text, "--treadle")["test_it"]
    assert outcome == "skipped"
    assert "'queue' was set up on another loop, which does not run meanwhile" in said
