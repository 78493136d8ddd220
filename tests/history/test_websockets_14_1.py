"""websockets 14.1 (no issue): messages that have come are lost when the connection is closed.

Affected: 14.0. Fixed: 14.1.

What happens: messages wait in a queue until somebody receives them. When the other side closes the connection, the
queue is emptied, and who receives next is told that it is closed, where a message was. Only a slow reader sees it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(_: Env) -> None:
    from servers import HOST
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve

    options: dict[str, Any] = {"ping_interval": None, "open_timeout": None, "close_timeout": None, "compression": None}

    async def greet(socket: Any) -> None:
        await socket.send("one")
        await socket.send("two")

    async with serve(greet, HOST, 8765, **options), connect(f"ws://{HOST}:8765", **options) as socket:
        received = []
        async for message in socket:
            received.append(message)
            await asyncio.sleep(1)
        assert received == ["one", "two"]


def test_websockets_14_0_loses_messages(release: Callable[..., Place]) -> None:
    release("websockets==14.0").finds(program, "raises", events=0, at_most=1)


def test_websockets_14_1_loses_none(release: Callable[..., Place]) -> None:
    release("websockets==14.1").finds_nothing(program, at_most=1)
