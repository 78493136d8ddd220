"""What a program says that may go wrong outside, and who may come late; what is found by a schedule with that alone."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

import pytest
from serving import HOST, PORT, echo

import treadle
from treadle.errors import MisuseError
from treadle.explorer import Limits, enumerate_schedules, quiet, visit_states
from treadle.outside import simulated_surroundings
from treadle.programs import make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env


async def ask() -> bytes:
    reader, writer = await asyncio.open_connection(HOST, PORT)
    try:
        writer.write(b"hello\n")
        return await reader.read(100)
    finally:
        writer.close()


async def is_reset(env: Env) -> None:
    env.network(resets=1)
    async with await asyncio.start_server(echo, HOST, PORT):
        await ask()


async def is_refused(env: Env) -> None:
    env.network(refuses=1)
    async with await asyncio.start_server(echo, HOST, PORT):
        await ask()


async def is_split(env: Env) -> None:
    env.network(splits=True)
    async with await asyncio.start_server(echo, HOST, PORT):
        assert await ask() == b"hello\n"


async def is_lost(env: Env) -> None:
    env.network(drops=1)
    loop = asyncio.get_running_loop()
    heard = loop.create_future()

    class Hears(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _: Any) -> None:
            heard.set_result(data)

    hears, _ = await loop.create_datagram_endpoint(Hears, local_addr=(HOST, PORT))
    says, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, PORT))
    says.sendto(b"one")
    async with asyncio.timeout(5):
        await heard
    says.close()
    hears.close()


async def is_slow(env: Env) -> None:
    """Time does not wait for what is under way, so the limit may be over first."""
    env.network(slow=True)
    async with await asyncio.start_server(echo, HOST, PORT), asyncio.timeout(5):
        await ask()


async def fails_in_its_thread(env: Env) -> None:
    env.executor(fails=OSError)
    await asyncio.to_thread(int)


async def hears_a_signal(env: Env) -> None:
    env.signal(signal.SIGTERM)
    heard: list[int] = []
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, heard.append, 1)
    await env.future("a moment")
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    assert not heard


async def is_cancelled_with_a_message(env: Env) -> None:
    told: list[object] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError as error:
            told.extend(error.args)
            raise

    await asyncio.wait([env.cancellable(asyncio.create_task(wait()), message="stop")])
    assert "stop" not in told


FAULTS: dict[Callable[[Env], Any], tuple[int, str]] = {
    is_reset: (1, "ConnectionResetError"),
    is_refused: (1, "ConnectionRefusedError"),
    is_split: (1, "AssertionError"),
    is_lost: (1, "TimeoutError"),
    is_slow: (0, "TimeoutError"),
    fails_in_its_thread: (1, "OSError"),
    hears_a_signal: (1, "AssertionError"),
    is_cancelled_with_a_message: (1, "AssertionError"),
}


@pytest.mark.parametrize("program", FAULTS)
def test_what_may_go_wrong_is_found_with_as_many_events(program: Callable[[Env], Any]) -> None:
    events, text = FAULTS[program]
    if events:
        undisturbed = treadle.explore(program, events=0)
        assert undisturbed.verdict is Verdict.HOLDS, str(undisturbed)
    explored = treadle.explore(program, events=events)
    found = [each for each in explored.violations if each.property == "raises"]
    assert found, str(explored)
    assert text in found[0].text
    assert found[0].events == events


@pytest.mark.parametrize("program", FAULTS)
def test_states_tell_what_is_left_to_go_wrong(program: Callable[[Env], Any]) -> None:
    source = make_source(program)
    bounds = ProgramBounds(events=1)
    with simulated_surroundings(TaskKind.C), quiet():
        every = enumerate_schedules(ProgramWorld(source, bounds), Limits())
        once = visit_states(ProgramWorld(source, bounds), Limits(), few=0, distrust=False)
    assert (once.schedules, once.tallies) == (every.schedules, every.tallies)


@pytest.mark.parametrize("program", FAULTS)
def test_a_token_shows_it_again(program: Callable[[Env], Any]) -> None:
    source = make_source(program)
    explored = treadle.explore(program, events=FAULTS[program][0])
    token = explored.violations[0].token
    assert token is not None
    again = treadle.programs.replay_program(source, token)
    assert again.violations[0].text == explored.violations[0].text


def test_who_comes_late_may_come_at_any_time() -> None:
    async def program(env: Env) -> None:
        order: list[str] = []

        async def late() -> None:
            order.append("late")

        env.arrives("somebody", late)
        await env.future("a moment")
        order.append("program")
        await asyncio.sleep(0)
        assert order != ["late", "program"]

    explored = treadle.explore(program, events=0)
    assert "AssertionError" in explored.violations[0].text
    assert "somebody arrives" in str(explored)


def test_what_is_completed_is_done_once_and_at_the_latest_when_nothing_else_can_run() -> None:
    async def program(env: Env) -> None:
        done: list[int] = []
        event = asyncio.Event()

        def work() -> None:
            done.append(1)
            event.set()

        env.complete("the work", work)
        await event.wait()
        await env.future("a moment")
        assert done == [1]

    assert treadle.explore(program).verdict is Verdict.HOLDS


def test_a_task_is_cancelled_only_when_a_condition_holds() -> None:
    async def program(env: Env) -> None:
        inside: list[int] = []

        async def work() -> None:
            await asyncio.sleep(1)
            inside.append(1)
            await asyncio.sleep(1)
            inside.pop()

        task = env.cancellable(asyncio.create_task(work()), when=lambda: bool(inside))
        await asyncio.wait([task])
        assert not task.cancelled() or inside

    assert treadle.explore(program, events=1).verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda env: env.network(resets=-1), "resets=-1"),
        (lambda env: env.network(drops="x"), "drops='x'"),
        (lambda env: env.executor(fails=3), "fails=3"),
        (lambda env: env.signal(12345), "12345"),
        (lambda env: env.complete("x", 3), "3"),
        (lambda env: env.arrives("x", int), "int"),
        (lambda env: env.arrives(7, int), "7"),
        (lambda env: env.cancellable(asyncio.current_task(), when=3), "when=3"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_value(call: Callable[[Env], object], told: str) -> None:
    async def program(env: Env) -> None:
        call(env)

    with pytest.raises(MisuseError, match="env") as refused:
        treadle.explore(program)
    assert told in str(refused.value)


def test_a_condition_that_raises_is_misuse() -> None:
    async def program(env: Env) -> None:
        task = env.cancellable(asyncio.create_task(asyncio.sleep(1)), when=lambda: 1 // 0)
        await task

    with pytest.raises(MisuseError, match="ZeroDivisionError"):
        treadle.explore(program)
