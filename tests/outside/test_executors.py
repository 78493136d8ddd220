"""What is given to an executor is done when the environment says that its thread ends."""

from __future__ import annotations

import asyncio
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
        (asks_the_loop, "a thread waits for the loop or for another thread"),
        (waits_for_another, "a thread waits for the loop or for another thread"),
        (waits_for_a_while, "a thread waits for the loop or for another thread"),
        (waits_for_a_lock, "did not come to its end"),
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


@pytest.mark.parametrize("program", [loses_an_update, loses_an_update_to_what_it_was_given, is_asked_nothing])
def test_a_thread_that_sleeps_and_goes_on_is_not_said_to_hold(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=0)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND
    assert "what others may do meanwhile was not tried" in explored.stopped


def test_a_thread_is_another_than_that_of_the_loop() -> None:
    async def program(env: Env) -> None:
        here = threading.get_ident(), threading.current_thread()
        there = await asyncio.to_thread(lambda: (threading.get_ident(), threading.current_thread()))
        await env.future()
        assert here[0] != there[0]
        assert here[1] is not there[1]
        assert (threading.get_ident(), threading.current_thread()) == here

    assert treadle.explore(program, events=0).verdict is Verdict.HOLDS
