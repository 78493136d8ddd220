"""websockets 14.2 (no issue): a connection breaks because somebody no longer waits for a pong.

Affected: 14.1. Fixed: 14.2.

What happens: a task sends a ping, waits for the pong, and is cancelled. When the pong comes, the connection sets the
result of a future that is cancelled, which is an error in its callback, and is lost.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    from servers import HOST
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve

    options: dict[str, Any] = {"ping_interval": None, "open_timeout": None, "close_timeout": None, "compression": None}

    async def echo(socket: Any) -> None:
        async for message in socket:
            await socket.send(message)

    async def ping(socket: Any) -> None:
        await (await socket.ping())

    async with serve(echo, HOST, 8765, **options), connect(f"ws://{HOST}:8765", **options) as socket:
        await asyncio.wait([env.cancellable(asyncio.create_task(ping(socket), name="ping"))])
        await socket.send("hello")
        assert await socket.recv() == "hello"


def test_websockets_14_1_loses_the_connection(release: Callable[..., Place]) -> None:
    explored = release("websockets==14.1").explore(program, events=1)
    found = {(str(each.property), each.events) for each in explored.violations}
    assert found == {("raises", 1), ("reported", 1)}, str(explored)


def test_websockets_14_2_does_not(release: Callable[..., Place]) -> None:
    release("websockets==14.2").finds_nothing(program, at_most=1)
