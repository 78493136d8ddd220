"""Programs with connections, explored as they are: what is under way arrives when the environment says so."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from network import contexts
from serving import HOST, PORT, echo

import treadle
from treadle.explorer import Limits, enumerate_schedules, quiet, visit_states
from treadle.outside import simulated_surroundings
from treadle.programs import make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.schedule import TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable

    from treadle import Env


async def ask(word: bytes = b"hello\n") -> bytes:
    reader, writer = await asyncio.open_connection(HOST, PORT)
    try:
        writer.write(word)
        await writer.drain()
        return await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def echoes(env: Env) -> None:
    async with await asyncio.start_server(echo, HOST, PORT):
        client = env.cancellable(asyncio.create_task(ask()))
        await asyncio.wait([client])
        assert client.cancelled() or client.result() == b"hello\n"


async def two_clients(env: Env) -> None:
    async with await asyncio.start_server(echo, HOST, PORT):
        first = env.cancellable(asyncio.create_task(ask(b"one\n")))
        second = asyncio.create_task(ask(b"two\n"))
        await asyncio.wait([first, second])
        assert second.result() == b"two\n"


FOR_SERVER, FOR_CLIENT = contexts()


async def asks_in_secret(env: Env) -> None:
    async def client() -> None:
        reader, writer = await asyncio.open_connection(HOST, PORT, ssl=FOR_CLIENT)
        try:
            writer.write(b"hello\n")
            assert await reader.readline() == b"hello\n"
        finally:
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(echo, HOST, PORT, ssl=FOR_SERVER):
        task = env.cancellable(asyncio.create_task(client()))
        await asyncio.wait([task])
        # An event may be spent on the time that a handshake may take.
        assert task.cancelled() or isinstance(task.exception(), OSError | None)


async def datagrams(env: Env) -> None:
    loop = asyncio.get_running_loop()
    heard: list[bytes] = []

    class Hears(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _: Any) -> None:
            heard.append(data)

    hears, _ = await loop.create_datagram_endpoint(Hears, local_addr=(HOST, 9_000))
    says, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, 9_000))
    says.sendto(b"one")
    says.sendto(b"two")
    await env.future("a moment")
    says.close()
    hears.close()
    assert heard in ([], [b"one"], [b"one", b"two"])


@pytest.mark.parametrize(("program", "events"), [(echoes, 2), (two_clients, 0), (asks_in_secret, 1), (datagrams, 1)])
def test_a_program_that_is_right_holds(program: Callable[..., Any], events: int) -> None:
    explored = treadle.explore(program, events=events)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules > 1


def with_states(program: Callable[..., Any], bounds: ProgramBounds, kind: TaskKind) -> tuple[Any, Any]:
    """Run every schedule, and search by states."""
    source = make_source(program)
    with simulated_surroundings(kind), quiet():
        every = enumerate_schedules(ProgramWorld(source, bounds, kind), Limits())
        once = visit_states(ProgramWorld(source, bounds, kind), Limits(), few=0, distrust=False)
    return every, once


@pytest.mark.parametrize("kind", TaskKind)
@pytest.mark.parametrize(("program", "events"), [(echoes, 2), (two_clients, 0), (datagrams, 2)])
def test_each_state_once_finds_what_every_schedule_finds(
    program: Callable[..., Any], events: int, kind: TaskKind
) -> None:
    every, once = with_states(program, ProgramBounds(events=events), kind)
    assert not once.opaque
    assert (once.schedules, once.tallies, once.ended) == (every.schedules, every.tallies, every.ended)
    assert once.states
    assert once.executions <= every.executions


async def forgets_to_close(env: Env) -> None:
    """The connection stays open if its task is cancelled while it waits for the answer."""
    open_connections: set[StreamWriter] = set()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        await echo(reader, writer)

    async def client() -> None:
        reader, writer = await asyncio.open_connection(HOST, PORT)
        open_connections.add(writer)
        writer.write(b"hello\n")
        await reader.readline()
        writer.close()
        open_connections.remove(writer)

    async with await asyncio.start_server(serve, HOST, PORT):
        task = env.cancellable(asyncio.create_task(client()))
        await asyncio.wait([task])
        left = len(open_connections)
        for each in open_connections:
            each.close()
        assert not left, "a connection was left open"


def test_a_client_that_leaves_its_connection_open_is_found_with_one_event() -> None:
    explored = treadle.explore(forgets_to_close, events=1)
    assert [each.property for each in explored.violations] == ["raises"], str(explored)
    assert "a connection was left open" in explored.violations[0].text
    assert explored.violations[0].minimal


async def has_a_limit(env: Env) -> None:
    """The limit is far away, and the answer is under way: no time passes unless an event is spent on it."""
    async with await asyncio.start_server(echo, HOST, PORT):
        client = asyncio.create_task(asyncio.wait_for(ask(), 10))
        await asyncio.wait([client])
        await env.future("a moment")
        assert client.exception() is None


def test_time_waits_for_what_is_under_way() -> None:
    assert treadle.explore(has_a_limit, events=0).verdict is Verdict.HOLDS
    explored = treadle.explore(has_a_limit, events=1)
    assert [each.property for each in explored.violations] == ["raises"], str(explored)


async def is_not_heard(env: Env) -> None:
    """The server's queue of connections is full of clients, and it accepts none."""
    listening = socket.create_server((HOST, PORT))
    _, writer = await asyncio.open_connection(HOST, PORT)
    writer.write(b"x" * (1 << 22))
    drained = env.cancellable(asyncio.create_task(writer.drain()))
    await asyncio.wait([drained])
    writer.transport.abort()
    listening.close()


def test_who_writes_more_than_there_is_room_for_waits() -> None:
    explored = treadle.explore(is_not_heard, events=1)
    assert [each.property for each in explored.violations] == ["deadlock"], str(explored)


async def refused(env: Env) -> None:
    await env.future()
    await asyncio.open_connection(HOST, 1)


def test_where_nobody_listens_the_connection_is_refused() -> None:
    explored = treadle.explore(refused)
    assert "ConnectionRefusedError" in explored.violations[0].text
    assert "connection 1, to 127.0.0.1:1, is refused" in str(explored)


async def looks_up(env: Env) -> None:
    loop = asyncio.get_running_loop()
    await env.future()
    found = [await loop.getaddrinfo(host, 80, type=socket.SOCK_STREAM) for host in ("a.test", "b.test", "a.test")]
    assert [each[0][4] for each in found] == [("10.0.0.1", 80), ("10.0.0.2", 80), ("10.0.0.1", 80)]
    assert (await loop.getnameinfo(("10.0.0.1", 80)))[1] == "80"


def test_each_name_has_an_address_of_its_own() -> None:
    assert treadle.explore(looks_up, events=0).verdict is Verdict.HOLDS


def blocks(_: Env) -> None:
    socket.create_connection((HOST, PORT))


@pytest.mark.parametrize("in_a_thread", [False, True])
def test_a_socket_that_would_block_is_refused_by_name(in_a_thread: bool) -> None:
    async def program(env: Env) -> None:
        await (asyncio.to_thread(blocks, env) if in_a_thread else asyncio.sleep(0))
        blocks(env)

    explored = treadle.explore(program)
    assert explored.verdict is Verdict.UNSUPPORTED
    assert "socket.connect()" in explored.unsupported
    assert "test_networks.py line" in explored.unsupported


def test_whoever_makes_a_socket_outside_of_a_program_gets_a_real_one() -> None:
    made: list[socket.socket] = []

    async def program(env: Env) -> None:
        made.append(socket.socket())
        await env.future()

    treadle.explore(program)
    with socket.socket() as real:
        assert type(real) is not type(made[0])
        assert isinstance(made[0], socket.socket)


def test_the_clocks_agree_while_something_arrives() -> None:
    async def program(env: Env) -> None:
        async with await asyncio.start_server(echo, HOST, PORT):
            began = time.monotonic()
            await ask()
            await asyncio.sleep(3)
            await env.future()
            assert time.monotonic() - began == 3

    assert treadle.explore(program, events=0).verdict is Verdict.HOLDS


class Hears(asyncio.DatagramProtocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[object] = []

    def datagram_received(self, data: bytes, _: object) -> None:
        self.heard.append(data)

    def error_received(self, error: Exception) -> None:
        self.heard.append(type(error))


async def is_connected_without_a_connection(env: Env) -> None:
    """A connected socket for datagrams hears who it is connected to, and that nobody is there."""
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Hears, local_addr=(HOST, PORT))
    client, hears = await loop.create_datagram_endpoint(Hears, remote_addr=(HOST, PORT))
    stranger, _ = await loop.create_datagram_endpoint(Hears, local_addr=(HOST, 0))
    stranger.sendto(b"a stranger's", client.get_extra_info("sockname"))
    server.sendto(b"the server's", client.get_extra_info("sockname"))
    await asyncio.sleep(1)
    assert hears.heard == [b"the server's"]
    server.close()
    await env.future()
    client.sendto(b"gone")
    await asyncio.sleep(1)
    assert hears.heard == [b"the server's", ConnectionRefusedError]
    client.sendto(bytes(70_000))
    assert hears.heard[2:] == [OSError]
    for each in (client, stranger):
        each.close()


async def addresses_are_those_of_this_machine(env: Env) -> None:
    """What is taken cannot be bound, nor what is none of this machine; 0.0.0.0 is this machine to who connects."""
    await env.future()

    async def close(_: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(close, "0.0.0.0", PORT):  # noqa: S104 - in memory
        for host, number in ((HOST, errno.EADDRINUSE), ("192.0.2.1", errno.EADDRNOTAVAIL)):
            with pytest.raises(OSError, match=host.replace(".", "[.]")) as raised:
                await asyncio.start_server(close, host, PORT)
            assert raised.value.errno == number
        _, writer = await asyncio.open_connection("0.0.0.0", PORT)  # noqa: S104
        writer.close()
        await writer.wait_closed()
    with pytest.raises(FileNotFoundError):
        await asyncio.open_unix_connection("nowhere")


@pytest.mark.parametrize("program", [is_connected_without_a_connection, addresses_are_those_of_this_machine])
def test_addresses_and_datagrams_are_as_on_linux(program: Callable[..., Any]) -> None:
    explored = treadle.explore(program, events=0)
    assert explored.verdict is Verdict.HOLDS, str(explored)


async def looks_at_the_file_of_a_socket(_: Env) -> None:
    async def close(_: StreamReader, writer: StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_unix_server(close, "somewhere.sock"):
        os.chmod("somewhere.sock", 0o600)  # noqa: PTH101 - as people say it


def test_the_file_of_a_unix_socket_is_not_there_and_that_is_no_fault_of_the_program() -> None:
    explored = treadle.explore(looks_at_the_file_of_a_socket)
    assert explored.verdict is Verdict.UNSUPPORTED, str(explored)
    assert "there is no file that could be read" in explored.unsupported


async def reads_what_came_together(env: Env) -> None:
    """Expect each piece that was written to be read alone, as nobody may."""
    assert env is not None
    got: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        got.set_result(await reader.read(100))
        writer.close()

    async with await asyncio.start_server(handle, HOST, PORT):
        _, writer = await asyncio.open_connection(HOST, PORT)
        await asyncio.sleep(1)
        writer.write(b"a")
        writer.write(b"b")
        data = await got
        writer.close()
        assert data == b"a"


def test_what_was_written_in_pieces_may_come_together() -> None:
    assert treadle.explore(reads_what_came_together, events=0).verdict is Verdict.HOLDS
    explored = treadle.explore(reads_what_came_together, events=1)
    assert [str(each.property) for each in explored.violations] == ["raises"]
    assert "1 byte reaches the server (connection 1), too" in str(explored)


async def asks_a_stranger(_: Env) -> None:
    await asyncio.open_connection("example.com", 80)


async def does_without(_: Env) -> None:
    with contextlib.suppress(OSError):
        await asyncio.open_connection("10.1.2.3", 80)


@pytest.mark.parametrize(
    ("program", "where"), [(asks_a_stranger, "example.com, port 80"), (does_without, "10.1.2.3, port 80")]
)
def test_who_is_outside_of_the_program_is_not_said_to_refuse(program: Any, where: str) -> None:
    explored = treadle.explore(program)
    assert f"a connection to {where}, where nothing in the program listens" in explored.unsupported
    assert "test_networks.py line" in explored.unsupported
    assert not explored.violations


async def closed_again(_: Env) -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "example.com", 80):
        writer = (await asyncio.open_connection("example.com", 80))[1]
        writer.close()
    await asyncio.open_connection("example.com", 80)


async def opens_meanwhile(_: Env) -> None:
    async def serve() -> None:
        await asyncio.sleep(0)
        async with await asyncio.start_server(lambda _, writer: writer.close(), "example.com", 80):
            await asyncio.sleep(1)

    async def ask() -> None:
        _, writer = await asyncio.open_connection("example.com", 80)
        writer.close()

    await asyncio.gather(ask(), serve())


@pytest.mark.parametrize("program", [closed_again, opens_meanwhile])
def test_a_fake_of_a_host_that_has_gone_or_comes_late_refuses(program: Any) -> None:
    explored = treadle.explore(program)
    assert [each.property for each in explored.violations] == ["raises"]
    assert "ConnectionRefusedError" in str(explored)
