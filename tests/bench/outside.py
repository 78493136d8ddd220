"""What one execution of a program with connections costs, beside the same program over the machine's own loopback.

The program on the stock loop is run as anybody runs it, by `asyncio.run`; Treadle's figure is that of a whole
exploration in which the client may be cancelled, divided by its executions, so that the search and the verdict are in
it. Processor time, that of the system included; the two take turns, and the ratio is the median over the turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

import treadle

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Program = Callable[..., Coroutine[Any, Any, None]]

HOST = "127.0.0.1"
WANTED = {"echo": 0.6, "websockets": 0.8, "aiohttp": 0.8}
EVENTS = {"echo": 2, "websockets": 1, "aiohttp": 1}
_SECONDS = 0.3  # of each side in each turn


async def _under(env: treadle.Env | None, client: Coroutine[Any, Any, None]) -> None:
    """Run a client, whatever becomes of it: where there is an environment, it may cancel the client."""
    task = asyncio.create_task(client)
    if env is not None:
        _ = env.cancellable(task)
    await asyncio.gather(task, return_exceptions=True)


async def echo(env: treadle.Env | None = None) -> None:
    """Send three lines, and get each back."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        writer.close()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        try:
            for _ in range(3):
                writer.write(b"hello\n")
                assert await reader.readline() == b"hello\n"
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    await _under(env, client())
    server.close()
    await server.wait_closed()


async def websockets(env: treadle.Env | None = None) -> None:
    """Send one message over a web socket, and get it back."""
    from websockets.asyncio.client import connect  # noqa: PLC0415 - of the extra `bench`
    from websockets.asyncio.server import serve  # noqa: PLC0415

    async def answer(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    async def client() -> None:
        async with connect(f"ws://{HOST}:{port}") as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"

    async with serve(answer, HOST, 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        await _under(env, client())


async def aiohttp(env: treadle.Env | None = None) -> None:
    """Ask a server for one page."""
    from aiohttp import ClientSession, web  # noqa: PLC0415 - of the extra `bench`

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def client() -> None:
        async with ClientSession() as session, session.get(f"http://{HOST}:{port}/") as answer:
            assert await answer.text() == "hello"

    application = web.Application()
    application.router.add_get("/", hello)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port = runner.addresses[0][1]
    await _under(env, client())
    await runner.cleanup()


PROGRAMS: dict[str, Program] = {"echo": echo, "websockets": websockets, "aiohttp": aiohttp}


def _on_stock(program: Program) -> float:
    """Return the processor seconds for one run."""
    runs, began = 0, time.process_time()
    while runs == 0 or time.process_time() - began < _SECONDS:
        asyncio.run(program())
        runs += 1
    return (time.process_time() - began) / runs


def _explored(program: Program, events: int, seen: dict[str, Any]) -> float:
    """Return the processor seconds for one execution of an exploration, and note what that was."""
    began = time.process_time()
    explored = treadle.explore(program, events=events)
    seen |= {"schedules": explored.schedules, "executions": explored.executions, "verdict": str(explored.verdict)}
    return (time.process_time() - began) / explored.executions


def measure_outside(turns: int) -> dict[str, Any]:
    """Measure each program on both sides, in turns; what cannot be imported is said."""
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # a cancelled handshake is logged
    programs: dict[str, Any] = {}
    for name, program in PROGRAMS.items():
        seen: dict[str, Any] = {}
        try:
            _on_stock(program)
        except ModuleNotFoundError as error:
            programs[name] = {"absent": str(error)}
            continue
        events = EVENTS[name]
        _explored(program, events, seen)  # what is imported late is imported now
        pairs = [(_on_stock(program), _explored(program, events, seen)) for _ in range(turns)]
        programs[name] = {
            "stock milliseconds": round(1e3 * statistics.median(stock for stock, _ in pairs), 3),
            "treadle milliseconds": round(1e3 * statistics.median(ours for _, ours in pairs), 3),
            "treadle/stock": round(statistics.median(ours / stock for stock, ours in pairs), 2),
            "wanted": WANTED[name],
            "events": events,
            **seen,
        }
    return {"python": platform.python_version(), "turns": turns, "programs": programs}


def show_outside(result: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(title=f"one execution with connections, CPython {result['python']}", title_justify="left")
    for heading in ("program", "stock ms", "Treadle ms", "Treadle is", "wanted", "executions"):
        table.add_column(heading, justify="left" if heading == "program" else "right")
    for name, row in result["programs"].items():
        if "absent" in row:
            table.add_row(name, row["absent"], "", "", "", "")
            continue
        stock, ours = (f"{row[f'{whose} milliseconds']:.2f}" for whose in ("stock", "treadle"))
        wanted = f"<= {row['wanted']} x"
        table.add_row(name, stock, ours, f"{row['treadle/stock']:.2f} x", wanted, f"{row['executions']:,}")
    Console().print(table)


if __name__ == "__main__":
    show_outside(measure_outside(7))
