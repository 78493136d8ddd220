"""What is told of code under test that was disturbed: locks left taken, others cancelled along, answers too late."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from running_pytest import outcomes_of, run_pytest

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """\
import asyncio


class Pool:
    def __init__(self):
        self.slots = asyncio.Semaphore(2)
        self.lock = asyncio.Lock()

    async def leaks(self):
        await self.slots.acquire()
        await asyncio.sleep(1)
        self.slots.release()

    async def gives_back(self):
        async with self.slots:
            await asyncio.sleep(1)

    def start(self, use):
        return [asyncio.create_task(self._work(use)) for _ in range(2)]

    async def _work(self, use):
        await use()


class Cache:
    def __init__(self):
        self.task = None

    async def _load(self):
        await asyncio.sleep(1)

    def _loading(self):
        if self.task is None:
            self.task = asyncio.create_task(self._load())
        return self.task

    async def shares(self):
        await self._loading()

    async def shields(self):
        await asyncio.shield(self._loading())


class Queue:
    def __init__(self):
        self.items = asyncio.Queue()

    async def work(self):
        while True:
            await self.items.get()
            await asyncio.sleep(1)
            self.items.task_done()

    async def drain(self):
        worker = asyncio.create_task(self.work())
        self.items.put_nowait(1)
        await self.items.join()
        worker.cancel()


class Client:
    async def ask(self):
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        loop.call_later(1, answer.set_result, 1)
        return await answer


class Connections:
    def __init__(self):
        self.free = ["a", "b"]

    async def acquire(self):
        await asyncio.sleep(0)
        return self.free.pop()

    def release(self, connection):
        self.free.append(connection)

    async def query(self, careful):
        connection = await self.acquire()
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            if careful:
                self.release(connection)
            raise
        self.release(connection)

    def start(self, careful):
        return asyncio.create_task(self._query(careful))

    async def _query(self, careful):
        await self.query(careful)


class Sync:
    def acquire(self):
        return asyncio.sleep(0)

    def release(self):
        pass


async def numbers():
    try:
        yield 1
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        yield 2


async def consume():
    async for _ in numbers():
        pass
"""

TESTS = """\
import asyncio

from shop import Cache, Client, Pool, Queue, consume


async def test_leaks():
    pool = Pool()
    await asyncio.wait(pool.start(pool.leaks))


async def test_gives_back():
    pool = Pool()
    await asyncio.wait(pool.start(pool.gives_back))


async def test_takes_a_lock_itself():
    pool = Pool()
    await pool.lock.acquire()
    await asyncio.wait(pool.start(pool.gives_back))


async def test_leaks_by_a_task_of_the_test():
    pool = Pool()

    async def use():
        await pool.slots.acquire()
        await pool.gives_back()
        pool.slots.release()

    await asyncio.wait([asyncio.create_task(use())])


async def test_shares():
    cache = Cache()
    await asyncio.wait([asyncio.create_task(cache.shares()) for _ in range(2)])


async def test_shields():
    cache = Cache()
    await asyncio.wait([asyncio.create_task(cache.shields()) for _ in range(2)])


async def test_shares_in_the_test():
    future = asyncio.get_running_loop().create_future()
    pool = Pool()

    async def use():
        await pool.gives_back()
        await future

    tasks = [asyncio.create_task(use()) for _ in range(2)]
    await asyncio.sleep(2)
    future.set_result(None)
    await asyncio.wait(tasks)


async def test_queue():
    queue = Queue()
    await queue.drain()


async def test_answer():
    client = Client()
    await asyncio.wait([asyncio.create_task(client.ask())])


async def test_generator():
    await asyncio.wait([asyncio.create_task(consume())])
"""

OF_POOLS = """\
import asyncio

from shop import Connections, Sync


async def test_loses_connections():
    await asyncio.wait([Connections().start(careful=False)])


async def test_gives_connections_back():
    await asyncio.wait([Connections().start(careful=True)])


async def test_acquires_what_is_awaited():
    await Sync().acquire()
"""

FOUND = {
    "test_leaks": ("taken", "all tasks have ended, and the Semaphore made at shop.py line 6 is left taken"),
    "test_shares": ("cancelled-with", "it ended cancelled because a task that also awaited _load"),
    "test_queue": ("deadlock", "waits for Queue.join(), for items without a call of task_done()"),
    "test_answer": ("reported", "InvalidStateError"),
    "test_generator": ("swallowed", "consume was cancelled while it ran, and ended with the result None"),
}
FINE = (
    *("test_gives_back", "test_takes_a_lock_itself", "test_leaks_by_a_task_of_the_test", "test_shields"),
    "test_shares_in_the_test",
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, tuple[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(SHOP)
    return folder, outcomes_of(folder, TESTS, "--treadle-cancel=1", "--treadle-report=report.json")


@pytest.mark.parametrize("name", FOUND)
def test_it_is_told_by_its_name(name: str, ran: tuple[Path, dict[str, tuple[str, str]]]) -> None:
    folder, ends = ran
    tests = json.loads((folder / "report.json").read_text())["tests"]
    properties = {found["property"] for each in tests if each["test"].endswith(f"::{name}") for found in each["found"]}
    assert properties == {FOUND[name][0]}
    assert ends[name][0] == "failed"
    assert FOUND[name][1] in " ".join(ends[name][1].split())


@pytest.mark.parametrize("name", FINE)
def test_what_is_right_is_not_told(name: str, ran: tuple[Path, dict[str, tuple[str, str]]]) -> None:
    assert ran[1][name] == ("passed", "")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def test_of_a_pool_that_is_named_what_was_acquired_is_counted(shop: Path) -> None:
    ends = outcomes_of(shop, OF_POOLS, "--treadle-cancel=1", "--treadle-pool=shop:Connections", "-k", "connections")
    assert ends["test_gives_connections_back"] == ("passed", "")
    said = " ".join(ends["test_loses_connections"][1].split())
    assert "all tasks have ended, and the Connections made at" in said


def test_of_a_pool_that_is_not_named_nothing_is_told(shop: Path) -> None:
    ends = outcomes_of(shop, OF_POOLS, "--treadle-cancel=1", "-k", "connections")
    assert {outcome for outcome, _ in ends.values()} == {"passed"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("shop:Cache", "Cache is not a pool whose slots can be counted: it has no method acquire()"),
        ("shop:consume", "'shop:consume' does not name a class; write package.module:Class"),
        ("shop.Cache", "'shop.Cache' does not name a class; write package.module:Class"),
        ("nowhere:Pool", "there is no module 'nowhere'"),
        ("shop:Sync", "Sync.acquire() is not an async function, but returns something to await"),
    ],
)
def test_what_cannot_be_counted_is_refused(name: str, told: str, shop: Path) -> None:
    run = run_pytest(shop, OF_POOLS, "--treadle-cancel=1", f"--treadle-pool={name}", "-k", "acquires_what")
    assert run.returncode == 1
    assert told in " ".join(run.stdout.split())
