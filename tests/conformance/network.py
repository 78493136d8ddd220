"""Small programs over connections, on the stock loop over the machine's loopback or on Treadle's in memory.

`python network.py stock|treadle [FAULT]` prints JSON: for each program what each side has seen, in order. Chunks that
follow each other are written as one: where the system cuts a stream nobody knows. A fault (see `FAULTS`) is put into
the network in memory, to see that the comparison tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Log = list[str]
HOST = "127.0.0.1"


class Side(asyncio.Protocol):
    """One side of a connection, and what it has seen."""

    def __init__(self, log: Log, *, half: bool = False) -> None:
        self.log = log
        self.half = half
        self.transport: Any = None
        self.over = asyncio.get_running_loop().create_future()
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.something = asyncio.Event()
        self.paused = asyncio.Event()
        self.resumed = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.begun.set()
        self.log.append("made")

    def data_received(self, data: bytes) -> None:
        if self.log[-1].startswith("data "):
            data = bytes.fromhex(self.log.pop()[5:]) + data if len(data) < 100 else data
        self.log.append(f"data {data.hex()}" if len(data) < 100 else "much data")
        if self.log[-2:] == ["much data", "much data"]:
            self.log.pop()
        self.something.set()

    def eof_received(self) -> bool:
        self.log.append("eof")
        self.ended.set()
        return self.half

    def connection_lost(self, error: Exception | None) -> None:
        self.log.append(f"lost {type(error).__name__}")
        if not self.over.done():
            self.over.set_result(None)
        for each in (self.ended, self.something, self.paused, self.resumed):
            each.set()

    def pause_writing(self) -> None:
        self.log.append("pause")
        self.paused.set()

    def resume_writing(self) -> None:
        self.log.append("resume")
        self.resumed.set()


@contextlib.asynccontextmanager
async def connected(*, half: bool = False, unix: str = "") -> Any:
    """Connect two sides; give the client's and the server's."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[Side] = loop.create_future()

    def serve() -> Side:
        side = Side([], half=half)
        made.set_result(side)
        return side

    if unix:
        server = await loop.create_unix_server(serve, unix)
        _, client = await loop.create_unix_connection(lambda: Side([], half=half), unix)
    else:
        server = await loop.create_server(serve, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        _, client = await loop.create_connection(lambda: Side([], half=half), HOST, port)
    other = await made
    await other.begun.wait()
    try:
        yield client, other
    finally:
        for side in (client, other):
            side.transport.close()
            await side.over
        server.close()
        await server.wait_closed()


async def moment() -> None:
    """Wait until the system has done what it has to do."""
    await asyncio.sleep(0.05)


async def closes_at_once() -> list[Log]:
    async with connected() as (client, server):
        client.transport.close()
        await server.over
    return [client.log, server.log]


async def writes_and_closes() -> list[Log]:
    async with connected() as (client, server):
        client.transport.write(b"one")
        client.transport.write(b"two")
        client.transport.close()
        await server.over
    return [client.log, server.log]


async def half_close() -> list[Log]:
    async with connected(half=True) as (client, server):
        client.transport.write(b"question")
        client.transport.write_eof()
        await server.ended.wait()
        server.transport.write(b"answer")
        await client.something.wait()
        server.transport.write_eof()
        await client.ended.wait()
        client.log.append(str(client.transport.is_closing()))
    return [client.log, server.log]


async def end_that_closes() -> list[Log]:
    async with connected() as (client, server):
        client.transport.write_eof()
        await server.over
        await client.over
    return [client.log, server.log]


async def abort() -> list[Log]:
    async with connected() as (client, server):
        client.transport.write(b"x")
        await server.something.wait()
        client.transport.abort()
        await server.over
    return [client.log, server.log]


async def abort_with_much_to_write() -> list[Log]:
    async with connected() as (client, server):
        server.transport.pause_reading()
        client.transport.set_write_buffer_limits(high=10)
        while not client.paused.is_set():
            client.transport.write(b"x" * 1_000_000)
        client.transport.abort()
        await client.over
    return [client.log]


async def closes_with_something_unread() -> list[Log]:
    async with connected() as (client, server):
        client.transport.pause_reading()
        server.transport.write(b"x")
        await moment()
        client.transport.close()
        await server.over
    return [client.log, server.log]


async def writes_to_who_has_closed() -> list[Log]:
    async with connected(half=True) as (client, server):
        client.transport.abort()
        await server.ended.wait()
        server.transport.write(b"x")
        await moment()
        server.transport.write(b"y")
        await moment()
        server.log.append(str(server.transport.is_closing()))
    return [client.log, server.log]


async def pauses_reading() -> list[Log]:
    async with connected() as (client, server):
        server.transport.pause_reading()
        client.transport.write(b"x")
        await moment()
        server.log.append("resumes")
        server.transport.resume_reading()
        await server.something.wait()
    return [client.log, server.log]


async def end_while_paused() -> list[Log]:
    async with connected() as (client, server):
        server.transport.pause_reading()
        client.transport.write(b"x")
        client.transport.close()
        await moment()
        server.log.append("resumes")
        server.transport.resume_reading()
        await server.over
    return [client.log, server.log]


async def back_pressure() -> list[Log]:
    async with connected() as (client, server):
        server.transport.pause_reading()
        client.transport.set_write_buffer_limits(high=1_000, low=10)
        while not client.paused.is_set():
            client.transport.write(b"x" * 1_000_000)
        await moment()
        server.transport.resume_reading()
        await client.resumed.wait()
        client.transport.close()
        await server.over
    return [client.log, server.log]


async def closes_with_much_to_write() -> list[Log]:
    async with connected() as (client, server):
        server.transport.pause_reading()
        while not client.paused.is_set():
            client.transport.write(b"x" * 1_000_000)
        client.transport.close()
        await moment()
        client.log.append("the server reads")
        server.transport.resume_reading()
        await server.over
        await client.over
    return [client.log, server.log]


async def both_close() -> list[Log]:
    async with connected() as (client, server):
        client.transport.close()
        server.transport.close()
        await client.over
        await server.over
    return [client.log, server.log]


async def refused() -> list[Log]:
    log: Log = []
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    try:
        await asyncio.open_connection(HOST, port)
    except OSError as error:
        log.append(f"{type(error).__name__} {error.errno}")
    return [log]


async def address_in_use() -> list[Log]:
    log: Log = []
    loop = asyncio.get_running_loop()
    first = await loop.create_server(asyncio.Protocol, HOST, 0)
    try:
        await loop.create_server(asyncio.Protocol, HOST, first.sockets[0].getsockname()[1])
    except OSError as error:
        log.append(f"{type(error).__name__} {error.errno}")
    first.close()
    await first.wait_closed()
    return [log]


async def closes_the_server_before_it_accepts() -> list[Log]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, HOST, 0, start_serving=False)
    log: Log = []
    listening = server.sockets[0].getsockname()
    server.close()
    try:
        await loop.create_connection(lambda: Side(log), *listening)
    except OSError as error:
        log.append(type(error).__name__)
    return [log]


async def streams() -> list[Log]:
    logs: list[Log] = [[], []]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            logs[1].append(line.decode())
            writer.write(line.upper())
            await writer.drain()
        logs[1].append("end")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        reader, writer = await asyncio.open_connection(HOST, server.sockets[0].getsockname()[1])
        for word in (b"one\n", b"two\n", b"three"):
            writer.write(word)
        writer.write_eof()
        logs[0].append((await reader.read()).decode())
        logs[0].append(str(reader.at_eof()))
        writer.close()
        await writer.wait_closed()
        logs[0].append(str(writer.is_closing()))
    return logs


async def extra_information() -> list[Log]:
    async with connected() as (client, server):
        mine, theirs = client.transport.get_extra_info, server.transport.get_extra_info
        same = [
            str(mine("peername") == theirs("sockname")),
            str(mine("sockname") == theirs("peername")),
            str(mine("socket").family),
            str(mine("socket").type),
            str(mine("nothing", 1)),
        ]
    return [same]


async def unix_half_close() -> list[Log]:
    with tempfile.TemporaryDirectory() as folder:
        async with connected(half=True, unix=str(Path(folder) / "s")) as (client, server):
            client.transport.write(b"question")
            client.transport.write_eof()
            await server.ended.wait()
            server.transport.write(b"answer")
            await client.something.wait()
    return [client.log, server.log]


async def sockets_of_the_loop() -> list[Log]:
    loop = asyncio.get_running_loop()
    log: Log = []
    with socket.socket() as listening, socket.socket() as client:
        for each in (listening, client):
            each.setblocking(False)
        listening.bind((HOST, 0))
        listening.listen()
        connecting = asyncio.ensure_future(loop.sock_connect(client, listening.getsockname()))
        accepted, address = await loop.sock_accept(listening)
        await connecting
        log.append(str(address == client.getsockname()))
        with accepted:
            await loop.sock_sendall(client, b"hello")
            log.append(str(await loop.sock_recv(accepted, 3)))
            log.append(str(await loop.sock_recv(accepted, 30)))
            buffer = bytearray(10)
            await loop.sock_sendall(accepted, b"back")
            count = await loop.sock_recv_into(client, buffer)
            log.append(str(bytes(buffer[:count])))
            client.shutdown(socket.SHUT_WR)
            log.append(str(await loop.sock_recv(accepted, 30)))
            log.append(str(await loop.sock_recv(accepted, 30)))
    return [log]


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return how a server and a client speak TLS: with a certificate, and its key, that nobody else trusts."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file = str(Path(__file__).with_name("localhost.pem"))
    server.load_cert_chain(file)
    client.load_verify_locations(file)
    return server, client


async def tls() -> list[Log]:
    """Speak TLS; the one who asks ends it."""
    logs: list[Log] = [[], []]
    for_server, for_client = contexts()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            logs[1].append(line.decode())
            writer.write(line.upper())
            await writer.drain()
        logs[1].append("end")
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0, ssl=for_server) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(HOST, port, ssl=for_client)
        logs[0].append(str(writer.get_extra_info("cipher")))
        logs[0].append(str(writer.can_write_eof()))
        writer.write(b"hello\n")
        logs[0].append((await reader.readline()).decode())
        writer.close()
        await writer.wait_closed()
        while "end" not in logs[1]:
            await moment()
    return logs


async def tls_that_begins_later() -> list[Log]:
    """Begin to speak TLS on a connection; the one who answers breaks it off."""
    logs: list[Log] = [[], []]
    for_server, for_client = contexts()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        logs[1].append((await reader.readline()).decode())
        writer.write(b"ready\n")
        await writer.start_tls(for_server)
        logs[1].append((await reader.readline()).decode())
        writer.transport.abort()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        reader, writer = await asyncio.open_connection(HOST, server.sockets[0].getsockname()[1])
        writer.write(b"begin\n")
        logs[0].append((await reader.readline()).decode())
        await writer.start_tls(for_client, server_hostname="localhost")
        writer.write(b"secret\n")
        try:
            logs[0].append(str(await reader.read()))
        except OSError as error:
            logs[0].append(type(error).__name__)
        writer.close()
    return logs


async def datagrams() -> list[Log]:
    loop = asyncio.get_running_loop()
    logs: list[Log] = [[], []]

    class Datagrams(asyncio.DatagramProtocol):
        def __init__(self, log: Log, answers: bool) -> None:
            self.log = log
            self.answers = answers
            self.heard = asyncio.Event()

        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, address: Any) -> None:
            self.log.append(data.decode())
            self.heard.set()
            if self.answers:
                self.transport.sendto(data.upper(), address)

        def connection_lost(self, error: Exception | None) -> None:
            self.log.append(f"lost {type(error).__name__}")

    served, _ = await loop.create_datagram_endpoint(lambda: Datagrams(logs[1], answers=True), local_addr=(HOST, 0))
    asks, protocol = await loop.create_datagram_endpoint(
        lambda: Datagrams(logs[0], answers=False), remote_addr=served.get_extra_info("sockname")
    )
    for word in (b"one", b"two"):
        protocol.heard.clear()
        asks.sendto(word)
        await protocol.heard.wait()
    for each in (asks, served):
        each.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return logs


PROGRAMS: tuple[Callable[[], Awaitable[list[Log]]], ...] = (
    closes_at_once,
    writes_and_closes,
    half_close,
    end_that_closes,
    abort,
    abort_with_much_to_write,
    closes_with_something_unread,
    writes_to_who_has_closed,
    pauses_reading,
    end_while_paused,
    back_pressure,
    closes_with_much_to_write,
    both_close,
    refused,
    address_in_use,
    closes_the_server_before_it_accepts,
    streams,
    extra_information,
    unix_half_close,
    sockets_of_the_loop,
    tls,
    tls_that_begins_later,
    datagrams,
)


FAULTS = (
    "nobody resets",
    "whoever has sent all hears no more",
    "what is unread is forgotten at the end",
)


def new_loop(kind: str) -> asyncio.AbstractEventLoop:
    if kind == "stock":
        return asyncio.SelectorEventLoop()
    from treadle.loop import Loop  # noqa: PLC0415 - stock asyncio needs none of it
    from treadle.outside import SimulatedOutside, WithoutSelector  # noqa: PLC0415

    class Outside(SimulatedOutside, Loop, WithoutSelector):  # type: ignore[misc]
        """A loop that runs by itself, with a simulated outside."""

    return Outside()


def put_in(fault: str) -> None:
    """Put a fault into the network in memory."""
    from treadle.outside import pipes, sockets  # noqa: PLC0415 - stock asyncio needs none of it

    pipe: Any = pipes.Pipe
    end: Any = sockets.SimulatedSocket
    if fault == "nobody resets":
        pipe.reset = pipe.end
    elif fault == "whoever has sent all hears no more":
        shutdown = end.shutdown
        end.shutdown = lambda self, how: (shutdown(self, how), self.close())
    elif fault == "what is unread is forgotten at the end":
        arrive = pipe.arrive

        def forget(self: Any) -> None:
            if "end" in self._on_way:
                self._on_way = type(self._on_way)(["end"])
            arrive(self)

        pipe.arrive = forget
    else:
        message = f"no fault is called {fault!r}"
        raise ValueError(message)


def main(kind: str, fault: str = "") -> None:
    """Run every program on a loop of its own."""
    if fault:
        put_in(fault)
    around: Any = contextlib.nullcontext()
    if kind == "treadle":
        from treadle.outside import simulated_surroundings  # noqa: PLC0415
        from treadle.schedule import TaskKind  # noqa: PLC0415

        around = simulated_surroundings(TaskKind.C)
    told = {}
    with around:
        for program in PROGRAMS:
            loop = new_loop(kind)
            reports: Log = []
            loop.set_exception_handler(lambda _, context, into=reports: into.append(context["message"]))  # type: ignore[misc]
            try:
                told[program.__name__] = [*loop.run_until_complete(asyncio.wait_for(program(), 10)), reports]
            except Exception as error:  # noqa: BLE001 - told beside the others
                told[program.__name__] = [[f"{type(error).__name__}: {error}"], reports]
            loop.close()
    sys.stdout.write(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
