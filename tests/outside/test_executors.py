"""What is given to an executor is done when the environment says that its thread ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env


async def two_threads(_: Env) -> None:
    """Which of the two ends first nobody knows."""
    ended: list[int] = []
    await asyncio.gather(*(asyncio.to_thread(ended.append, each) for each in range(2)))
    assert ended == [0, 1]


async def one_thread(_: Env) -> None:
    ended: list[int] = []
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        await asyncio.gather(*(loop.run_in_executor(pool, ended.append, each) for each in range(3)))
    assert ended == [0, 1, 2]


async def goes_on_after_a_cancellation(env: Env) -> None:
    """A thread cannot be cancelled: what it does is done although nobody waits for it any more."""
    written: list[str] = []

    async def work() -> None:
        await asyncio.to_thread(written.append, "by the thread")
        written.append("by the task")

    task = env.cancellable(asyncio.create_task(work()))
    await asyncio.wait([task])
    assert written != ["by the thread"]


async def waits_for_a_thread_that_is_taken(env: Env) -> None:
    """What waits for a thread can be cancelled, and is never done."""
    done: list[int] = []
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        first = loop.run_in_executor(pool, done.append, 1)
        second = loop.run_in_executor(pool, done.append, 2)
        second.cancel()
        await first
        await env.future()
    assert done == [1]


async def raises(env: Env) -> None:
    await env.future()
    await asyncio.to_thread(int, "x")


async def sleeps(env: Env) -> None:
    """A thread that sleeps takes time, and others go on meanwhile."""
    seen: list[str] = []

    async def tick() -> None:
        await asyncio.sleep(1)
        seen.append("tick")

    ticking = asyncio.create_task(tick())
    began = time.monotonic()
    await asyncio.to_thread(time.sleep, 2)
    await env.future()
    assert time.monotonic() == began + 2
    assert seen == ["tick"]
    await ticking


class Unasked:
    """What is given to a thread is called, and asked nothing else: not whether it is true, nor for a hash or a name."""

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __getattr__(self, name: str) -> object:
        raise RuntimeError

    def __call__(self) -> None:
        time.sleep(1)


async def is_asked_nothing(env: Env) -> None:
    await env.future()
    await asyncio.to_thread(Unasked())


async def loses_an_update(_: Env) -> None:
    """On stock asyncio one of two threads reads what the other has not written yet."""
    number = 0

    def add() -> None:
        nonlocal number
        before = number
        time.sleep(0.1)
        number = before + 1

    await asyncio.gather(asyncio.to_thread(add), asyncio.to_thread(add))
    assert number == 2


async def loses_an_update_to_what_it_was_given(_: Env) -> None:
    """What runs in the thread is the function, not the `time.sleep` that is bound to it."""
    number = 0

    def run(wait: Callable[[float], None], seconds: float) -> None:
        nonlocal number
        before = number
        wait(seconds)
        number = before + 1

    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, run, time.sleep, 0.1) for _ in range(2)))
    assert number == 2


async def is_cut_off_in_time(env: Env) -> None:
    await env.future()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(time.sleep, 5), 1)


@pytest.mark.parametrize("program", [one_thread, waits_for_a_thread_that_is_taken, sleeps, is_cut_off_in_time])
def test_a_program_that_is_right_holds(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=0)
    assert explored.verdict is Verdict.HOLDS, str(explored)


@pytest.mark.parametrize(
    ("program", "events", "text"),
    [
        (two_threads, 0, "AssertionError"),
        (goes_on_after_a_cancellation, 1, "AssertionError"),
        (raises, 0, "ValueError"),
    ],
)
def test_what_threads_may_do_is_found(program: Callable[..., Any], events: int, text: str) -> None:
    explored = treadle.explore(program, events=events)
    assert [each.property for each in explored.violations] == ["raises"], str(explored)
    assert text in explored.violations[0].text
    assert explored.violations[0].events == events


async def asks_the_loop(env: Env) -> None:
    loop = asyncio.get_running_loop()

    async def answer() -> int:
        return int(await env.future(result=1))

    await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(answer(), loop).result())


async def waits_for_another(env: Env) -> None:
    event = threading.Event()
    await asyncio.gather(asyncio.to_thread(event.wait), asyncio.to_thread(event.set), env.future())


async def waits_for_a_while(env: Env) -> None:
    await asyncio.gather(asyncio.to_thread(threading.Event().wait, 1), env.future())


async def waits_for_a_lock(env: Env) -> None:
    lock = threading.Lock()
    lock.acquire()
    thread = asyncio.ensure_future(asyncio.to_thread(lock.acquire))
    await env.future()
    lock.release()
    await thread


async def uses_processes(env: Env) -> None:
    await env.future()
    await asyncio.get_running_loop().run_in_executor(ProcessPoolExecutor(1), int)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (waits_for_a_lock, "a thread of an executor did not end: it waits"),
        (uses_processes, "executors of type ProcessPoolExecutor"),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(program: Callable[..., Any], told: str) -> None:
    explored = treadle.explore(program)
    assert explored.verdict is Verdict.UNSUPPORTED, str(explored)
    assert told in explored.unsupported


def test_a_thread_has_no_running_loop_and_may_call_the_loop() -> None:
    async def program(env: Env) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            with pytest.raises(RuntimeError):
                asyncio.get_running_loop()
            loop.call_soon_threadsafe(done.set)

        await asyncio.to_thread(work)
        await done.wait()
        await env.future()

    assert treadle.explore(program).verdict is Verdict.HOLDS


@pytest.mark.parametrize("program", [loses_an_update, loses_an_update_to_what_it_was_given])
def test_what_others_do_while_a_thread_sleeps_is_found(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=0)
    assert [str(each.property) for each in explored.violations] == ["raises"], str(explored)


@pytest.mark.parametrize("program", [asks_the_loop, waits_for_another, waits_for_a_while, is_asked_nothing])
def test_a_thread_may_wait_for_the_loop_and_for_others(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=0)
    assert explored.verdict is Verdict.HOLDS, str(explored)


async def counts_in_two_threads(_: Env) -> None:
    """Between two lines of one thread the other may run, and that is not tried."""
    number = 0

    def add() -> None:
        nonlocal number
        number += 1

    await asyncio.gather(asyncio.to_thread(add), asyncio.to_thread(add))
    assert number == 2


def test_two_threads_at_once_are_not_said_to_hold() -> None:
    explored = treadle.explore(counts_in_two_threads, events=0)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND
    assert "what one does between two lines of the other was not tried" in explored.stopped


async def uses_a_pool(env: Env) -> None:
    """What executors of the system do with their threads: names, what is called first, what is kept, and the end."""
    local, here = threading.local(), []
    local.word = "of the loop's thread"

    def begin(word: str) -> None:
        local.word = word

    def work() -> None:
        time.sleep(1)
        here.append((threading.current_thread().name, local.word))

    pool = ThreadPoolExecutor(1, "named", begin, ("of the pool's",))
    with pool:
        first = asyncio.get_running_loop().run_in_executor(pool, work)
        second = asyncio.get_running_loop().run_in_executor(pool, work)
        await env.future()
    assert here == [("named_0", "of the pool's")] * 2
    assert local.word == "of the loop's thread"
    await asyncio.gather(first, second)
    with pytest.raises(RuntimeError, match="after shutdown"):
        await asyncio.get_running_loop().run_in_executor(pool, work)


async def is_no_thread_of_the_loop(env: Env) -> None:
    """A connection of SQLite can be used in the thread that made it, and signals are heard in the main thread."""
    connection = sqlite3.connect(":memory:")
    await env.future()
    with pytest.raises(sqlite3.ProgrammingError):
        await asyncio.to_thread(connection.execute, "select 1")
    with pytest.raises(ValueError, match="main thread"):
        await asyncio.to_thread(signal.signal, signal.SIGTERM, signal.SIG_DFL)


async def shuts_down(env: Env) -> None:
    """What waits for the end of the loop's own executor waits for what it has begun, and nothing is begun after it."""
    done: list[int] = []

    def work() -> None:
        time.sleep(1)
        done.append(1)

    begun = asyncio.get_running_loop().run_in_executor(None, work)
    await env.future()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert done == [1]
    await begun
    with pytest.raises(RuntimeError):
        await asyncio.get_running_loop().run_in_executor(None, work)


@pytest.mark.parametrize("program", [uses_a_pool, is_no_thread_of_the_loop, shuts_down])
def test_executors_are_those_of_the_system(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=0)
    assert explored.verdict is Verdict.HOLDS, str(explored)


async def waits_in_the_thread_of_the_loop(env: Env) -> None:
    """While it waits the threads go on, and nothing else does; time passes where they sleep, or up to its time-out."""
    event, condition = threading.Event(), threading.Condition()
    began = time.monotonic()
    assert not event.wait(2)
    assert time.monotonic() == began + 2
    with condition:
        assert not condition.wait_for(lambda: False, 3)
    assert time.monotonic() == began + 5
    await env.future()

    def set_later() -> None:
        time.sleep(1)
        event.set()

    thread = asyncio.ensure_future(asyncio.to_thread(set_later))
    await asyncio.sleep(0)
    assert event.wait()
    assert time.monotonic() >= began + 6
    await thread


async def waits_for_ever_in_the_thread_of_the_loop(env: Env) -> None:
    await env.future()
    threading.Event().wait()


async def holds_a_lock_beside_a_thread(env: Env) -> None:
    lock = threading.Lock()

    def hold() -> None:
        with lock:
            time.sleep(1)

    thread = asyncio.ensure_future(asyncio.to_thread(hold))
    await asyncio.sleep(0.5)
    await env.future()
    with lock:
        pass
    await thread


def test_the_thread_of_the_loop_may_wait_for_others() -> None:
    explored = treadle.explore(waits_in_the_thread_of_the_loop, events=0)
    assert explored.verdict is Verdict.HOLDS, str(explored)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        (waits_for_ever_in_the_thread_of_the_loop, "the loop's own thread waits for another one, and none can go on"),
        (holds_a_lock_beside_a_thread, "did not end while a thread of an executor was at work"),
    ],
)
def test_what_would_stand_still_for_ever_is_refused(program: Callable[..., Any], told: str) -> None:
    explored = treadle.explore(program, events=0)
    assert explored.verdict is Verdict.UNSUPPORTED, str(explored)
    assert told in explored.unsupported


def test_what_a_thread_does_when_the_execution_is_over_ends() -> None:
    async def program(env: Env) -> None:
        def sleep_again() -> None:
            while True:
                with contextlib.suppress(BaseException):
                    time.sleep(1)

        _ = env.background(asyncio.ensure_future(asyncio.to_thread(sleep_again)))
        await env.future()

    before = threading.enumerate()
    explored = treadle.explore(program, events=0)
    assert threading.enumerate() == before
    assert explored.verdict is Verdict.UNSUPPORTED
    assert "does not end when the execution is over" in explored.unsupported


def test_a_thread_is_another_than_that_of_the_loop() -> None:
    async def program(env: Env) -> None:
        here = threading.get_ident(), threading.current_thread()
        there = await asyncio.to_thread(lambda: (threading.get_ident(), threading.current_thread()))
        await env.future()
        assert here[0] != there[0]
        assert here[1] is not there[1]
        assert (threading.get_ident(), threading.current_thread()) == here

    assert treadle.explore(program, events=0).verdict is Verdict.HOLDS
