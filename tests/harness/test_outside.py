"""What a program needs and a deterministic loop has not is told as that, and nothing is said of the program."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.cli import main
from treadle.explorer import Ended, Root
from treadle.programs import ProgramProperty, Settings, from_json, make_source, replay_program
from treadle.programs.document import as_json
from treadle.programs.explore import conclude, explore_part
from treadle.schedule import TaskKind
from treadle.tokens import ProgramToken
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle import Env


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    """Wait a moment for the threads of a test, of which the next one would hear."""
    before = {*threading.enumerate()}
    yield
    for each in {*threading.enumerate()} - before:
        each.join(0.5)


THIS = Path(__file__).name
POOL = ThreadPoolExecutor(1)


async def asks_for_a_process() -> None:
    async def ask() -> None:
        await asyncio.create_subprocess_exec("true")

    await asyncio.wait([asyncio.create_task(ask())])


async def swallows_the_refusal() -> None:
    try:
        await asyncio.get_running_loop().connect_read_pipe(asyncio.Protocol, None)
    except Exception:  # noqa: BLE001 - as programs do
        await asyncio.Event().wait()


async def waits_for_its_thread() -> None:
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def work() -> None:
        time.sleep(0.3)
        loop.call_soon_threadsafe(done.set_result, None)

    threading.Thread(target=work, daemon=True).start()
    await done


async def hands_a_coroutine_to_its_loop() -> None:
    loop, event = asyncio.get_running_loop(), asyncio.Event()

    async def tell() -> None:
        event.set()

    threading.Timer(60, lambda: asyncio.run_coroutine_threadsafe(tell(), loop)).start()
    await event.wait()


async def waits_for_a_pool() -> None:
    await asyncio.wrap_future(POOL.submit(time.sleep, 0.3))


async def expects_that_a_thread_runs_meanwhile() -> None:
    seen: list[int] = []

    def work() -> None:
        time.sleep(0.5)
        seen.append(1)

    threading.Thread(target=work, daemon=True).start()
    await asyncio.sleep(3600)
    assert seen


async def polls_a_process() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(5)"])  # noqa: ASYNC220 - that is the point
    try:
        while process.poll() is None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    finally:
        process.kill()
        process.wait()


async def waits_for_a_signal() -> None:
    event = asyncio.Event()
    before = signal.signal(signal.SIGUSR1, lambda *_: event.set())
    try:
        await event.wait()
    finally:
        signal.signal(signal.SIGUSR1, before)


async def stops_its_loop() -> None:
    await asyncio.sleep(0)
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)


async def signals_itself() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0)


async def interrupts_itself_by_a_signal() -> None:
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(0)


async def spawns_a_process() -> None:
    number = os.posix_spawn("/bin/sleep", ["sleep", "0.2"], {})  # noqa: ASYNC221 - that is the point
    await asyncio.sleep(1)
    assert os.waitpid(number, os.WNOHANG)[0] == number  # noqa: ASYNC222 - as above


async def looks_into_its_loop() -> None:
    asyncio.get_running_loop()._csock.fileno()  # type: ignore[attr-defined]


async def may_look_into_its_loop() -> None:
    assert getattr(asyncio.get_running_loop(), "_csock", None) is None


async def interrupts_itself() -> None:
    await asyncio.sleep(0)
    raise KeyboardInterrupt


async def interrupts_itself_in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(signal.default_int_handler, 2, None)
    await asyncio.sleep(0)


async def has_a_timer_signal_itself() -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, bool)
    loop.call_later(1, os.kill, os.getpid(), signal.SIGTERM)
    await asyncio.sleep(2)


def test_a_signal_that_no_line_of_the_program_sends_is_refused_too() -> None:
    explored = treadle.explore(has_a_timer_signal_itself)
    assert explored.verdict is Verdict.UNSUPPORTED, str(explored)
    assert "os.kill() sends a signal to its own process" in explored.unsupported


UNSUPPORTED: dict[Callable[[], Any], list[str]] = {
    asks_for_a_process: ["loop.subprocess_exec()", "asyncio.create_subprocess_exec", "future"],
    swallows_the_refusal: ["loop.connect_read_pipe()"],
    waits_for_its_thread: ["threading.Thread.start()", "a thread of the program's own", "inline"],
    hands_a_coroutine_to_its_loop: ["threading.Thread.start()"],
    waits_for_a_pool: ["ThreadPoolExecutor.submit()"],
    expects_that_a_thread_runs_meanwhile: ["threading.Thread.start()"],
    polls_a_process: ["subprocess.Popen()", "a process of the program's own"],
    waits_for_a_signal: ["signal.signal()", "env.may(handler)"],
    signals_itself: ["os.kill() sends a signal to its own process"],
    interrupts_itself_by_a_signal: ["signal.raise_signal() sends a signal"],
    spawns_a_process: ["os.posix_spawn() starts a process"],
    stops_its_loop: ["loop.stop()", "Let the program return"],
    looks_into_its_loop: ["loop._csock is a private part"],
}


def line_of(program: Callable[[], Any], call: str) -> int:
    first = program.__code__.co_firstlineno
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number in range(first, first + 20) if call in lines[number - 1])


@pytest.fixture
def _without_timers() -> Iterator[None]:
    """End the threads that wait for their time, before they hand something to a loop that is gone."""
    yield
    for each in threading.enumerate():
        if isinstance(each, threading.Timer):
            each.cancel()
            each.join()


@pytest.mark.usefixtures("_without_timers")
@pytest.mark.parametrize("random", [None, 5])
@pytest.mark.parametrize("program", UNSUPPORTED)
def test_what_a_loop_cannot_give_is_named_and_nothing_is_called_wrong(
    program: Callable[[], Any], random: int | None
) -> None:
    explored = treadle.explore(program, random=random, callbacks=200)
    assert explored.verdict is Verdict.UNSUPPORTED, str(explored)
    assert not explored.violations
    assert explored.ended is Ended.STOPPED
    for told in UNSUPPORTED[program]:
        assert told in explored.unsupported
    assert explored.unsupported in " ".join(str(explored).replace("\n  ", " ").split("\n"))


@pytest.mark.parametrize(
    ("program", "call"),
    [
        (asks_for_a_process, "create_subprocess_exec("),
        (swallows_the_refusal, "connect_read_pipe("),
        (waits_for_its_thread, "Thread("),
        (waits_for_a_pool, "submit("),
        (stops_its_loop, "stop("),
        (looks_into_its_loop, "_csock"),
    ],
)
def test_the_place_in_the_program_is_told(program: Callable[[], Any], call: str) -> None:
    assert treadle.explore(program).unsupported.startswith(f"{THIS} line {line_of(program, call)}: ")


def test_a_thread_that_ends_before_the_loop_goes_on_is_no_hindrance() -> None:
    async def program(env: Env) -> None:
        seen: list[int] = []
        thread = threading.Thread(target=seen.append, args=(1,))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(1) as pool:
            assert list(pool.map(str, range(3))) == ["0", "1", "2"]
        await env.future()
        assert seen != [1]

    explored = treadle.explore(program)
    assert explored.verdict is Verdict.VIOLATED, str(explored)
    assert [each.property for each in explored.violations] == ["raises"]


def test_a_process_that_has_been_waited_for_is_no_hindrance() -> None:
    async def program(env: Env) -> None:
        subprocess.run([sys.executable, "-c", ""], check=True)  # noqa: ASYNC221 - that is the point
        await env.future()
        raise AssertionError

    assert treadle.explore(program).verdict is Verdict.VIOLATED


LIBRARY = """\
import asyncio, subprocess, sys, threading

async def talk():
    await asyncio.sleep(0)
    await asyncio.get_running_loop().subprocess_exec(asyncio.SubprocessProtocol, "true")

async def talk_in_a_task():
    await asyncio.create_task(talk())

async def start():
    await asyncio.sleep(0)
    threading.Thread(target=threading.Event().wait, args=(0.2,)).start()
    await asyncio.sleep(1)

def call_later():
    asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().add_reader(0, int))

async def look():
    await asyncio.sleep(0)
    asyncio.get_running_loop()._csock.fileno()
"""


@pytest.mark.parametrize(
    ("function", "line"), [("talk", 5), ("talk_in_a_task", 5), ("start", 12), ("look", 20), ("call_later", 16)]
)
def test_a_call_in_a_task_of_a_library_is_told_with_the_place_that_has_made_the_task(
    function: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / f"{function}_library.py").write_text(LIBRARY, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    called = getattr(importlib.import_module(f"{function}_library"), function)

    async def program() -> None:
        if asyncio.iscoroutinefunction(called):
            await asyncio.wait([asyncio.create_task(called())])
        else:
            called()
            await asyncio.sleep(1)

    told = treadle.explore(program).unsupported
    place = f"{function}_library.py line {line}, in a "
    made = program.__code__.co_firstlineno + 2
    way = "library" if function == "call_later" else f"task that {THIS} line {made} has made"
    assert told.startswith(f"{place}{way}: "), told


def test_a_call_in_a_task_of_the_standard_library_is_told_with_the_place_that_has_made_the_task() -> None:
    async def program() -> None:
        await asyncio.gather(asyncio.create_subprocess_exec("true"))

    told = treadle.explore(program).unsupported
    made = f"in a task that {THIS} line {program.__code__.co_firstlineno + 1} has made"
    assert re.match(rf"asyncio/subprocess.py line \d+, {made}: ", told), told


async def is_stuck_after_its_threads() -> None:
    threads = [threading.Thread(target=int) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(str, range(3))) == ["0", "1", "2"]
    await asyncio.get_running_loop().create_future()


async def is_stuck_after_a_process() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)  # noqa: ASYNC221 - that is the point
    await asyncio.get_running_loop().create_future()


async def is_stuck_beside_a_thread_of_its_thread() -> None:
    def work() -> None:
        threading.Thread(target=time.sleep, args=(0.3,)).start()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    await asyncio.get_running_loop().create_future()


async def is_stuck_beside_one_of_its_threads() -> None:
    for each in [threading.Thread(target=threading.Event().wait, args=(wait,)) for wait in (0.3, 0)]:
        each.start()
    each.join()
    await asyncio.get_running_loop().create_future()


async def is_stuck_after_a_thread_that_it_has_not_waited_for() -> None:
    threading.Thread(target=int).start()
    await asyncio.get_running_loop().create_future()


async def is_stuck_after_a_thread_that_called_the_loop() -> None:
    loop = asyncio.get_running_loop()

    def work() -> None:
        with contextlib.suppress(Exception):
            loop.call_soon_threadsafe(int)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    await loop.create_future()


@pytest.mark.parametrize("program", [is_stuck_after_its_threads, is_stuck_after_a_process])
def test_a_program_that_is_stuck_after_the_end_of_all_that_it_has_started_and_waited_for_is_in_a_deadlock(
    program: Callable[[], Any],
) -> None:
    explored = treadle.explore(program)
    assert [each.property for each in explored.violations] == [ProgramProperty.DEADLOCK], str(explored)
    assert "minimal" in str(explored)


@pytest.mark.parametrize(
    "program",
    [
        is_stuck_beside_a_thread_of_its_thread,
        is_stuck_beside_one_of_its_threads,
        is_stuck_after_a_thread_that_it_has_not_waited_for,
        is_stuck_after_a_thread_that_called_the_loop,
    ],
)
def test_a_program_that_is_stuck_is_not_judged_where_a_thread_may_have_gone_on(program: Callable[[], Any]) -> None:
    explored = treadle.explore(program)
    assert explored.verdict is Verdict.UNSUPPORTED, str(explored)


def test_what_holds_while_a_thread_runs_may_not_hold_on_stock_asyncio() -> None:
    """The loop is at the end before the thread has done anything; on stock asyncio it is done by then."""

    async def program() -> None:
        done: list[int] = []

        def work() -> None:
            time.sleep(0.2)
            done.append(1)

        thread = threading.Thread(target=work)
        thread.start()
        await asyncio.sleep(1)
        assert not done
        thread.join()

    explored = treadle.explore(program)
    assert explored.verdict is Verdict.UNSUPPORTED
    assert "threading.Thread.start() starts a thread of the program's own" in explored.unsupported


REQUESTS: queue.SimpleQueue[Any] = queue.SimpleQueue()


def serves() -> None:
    while REQUESTS.get() is not None:
        pass  # it would answer, if there were time


async def asks_a_thread_that_was_there_before() -> None:
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    REQUESTS.put((loop, answer))
    await answer


def test_a_thread_that_was_there_before_is_named() -> None:
    thread = threading.Thread(target=serves)
    thread.start()
    try:
        told = treadle.explore(asks_a_thread_that_was_there_before).unsupported
    finally:
        REQUESTS.put(None)
        thread.join()
    assert f"{THIS} line {serves.__code__.co_firstlineno}: serves() runs in a thread" in told


async def waits_for_a_handler_that_was_there_before() -> None:
    await asyncio.get_running_loop().create_future()


def handles(*_: object) -> None:
    pass


def test_a_handler_that_was_there_before_is_named() -> None:
    before = signal.signal(signal.SIGUSR1, handles)
    try:
        told = treadle.explore(waits_for_a_handler_that_was_there_before).unsupported
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert f"{THIS} line {handles.__code__.co_firstlineno}: handles() is a handler for a real signal" in told


def test_what_was_put_in_place_to_listen_is_taken_away_again() -> None:
    names = [
        (threading.Thread, "start"),
        (threading.Thread, "join"),
        (subprocess.Popen, "__init__"),
        (signal, "signal"),
        (os, "fork"),
    ]
    before = [getattr(owner, name) for owner, name in names]
    interrupt = signal.getsignal(signal.SIGINT)
    treadle.explore(asks_for_a_process)
    assert [getattr(owner, name) for owner, name in names] == before
    assert signal.getsignal(signal.SIGINT) is interrupt


def test_a_program_that_does_without_a_private_part_of_its_loop_is_judged() -> None:
    assert treadle.explore(may_look_into_its_loop).verdict is Verdict.HOLDS


@pytest.mark.parametrize("program", [interrupts_itself, interrupts_itself_in_a_callback])
def test_a_program_that_interrupts_itself_interrupts_nobody_else(program: Callable[[], Any]) -> None:
    (found,) = treadle.explore(program).violations
    assert found.property is ProgramProperty.RAISES
    assert str(found).count("KeyboardInterrupt left the program, which would end a stock event loop") == 1


def test_the_document_tells_it_and_reads_it_back() -> None:
    explored = treadle.explore(asks_for_a_process)
    document = as_json(explored)
    assert document["verdict"] == "unsupported"
    assert from_json(json.loads(json.dumps(document))) == explored


def test_in_parts_it_is_told_too() -> None:
    source, settings = make_source(asks_for_a_process), Settings()
    explored = conclude(source, settings, explore_part(source, settings, [Root()]), parts=1)
    assert explored.verdict is Verdict.UNSUPPORTED


def test_a_token_of_it_runs_and_says_the_same() -> None:
    source = make_source(asks_for_a_process)
    token = ProgramToken(name=source.name, task=TaskKind.C, events=2, any_order=False, choices=())
    replayed = replay_program(source, token)
    assert replayed.verdict is Verdict.UNSUPPORTED
    assert not replayed.violations


@pytest.mark.parametrize("more", [[], ["--jobs", "2"], ["--json"]])
def test_the_command_exits_with_2(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", f"{__file__}:asks_for_a_process", *more]) == 2
    assert "unsupported" in capsys.readouterr().out


def test_its_schedule_does_not_count_as_covered() -> None:
    explored = treadle.explore(asks_for_a_process)
    assert (explored.executions, explored.schedules) == (1, 0)
