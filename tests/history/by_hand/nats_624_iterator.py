"""A neighbour of nats-py 624: somebody no longer waits for a message that was to be received, not sent."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle import Env


async def program(env: Env) -> None:
    import nats
    from servers import HOST, speak_nats

    received: list[bytes] = []

    async with await asyncio.start_server(speak_nats, HOST, 4222):
        options = {"allow_reconnect": False, "connect_timeout": None}
        connection = await nats.connect(f"nats://{HOST}:4222", **options)
        subscription = await connection.subscribe("greet")

        async def listen() -> None:
            async for message in subscription.messages:
                received.append(message.data)
                break

        listener = env.cancellable(asyncio.create_task(listen(), name="listener"), may_swallow=True)
        await connection.publish("greet", b"hello")
        await asyncio.wait([listener])
        if not received:
            with contextlib.suppress(nats.errors.TimeoutError):
                received.append((await subscription.next_msg(timeout=5)).data)
        await connection.close()
    assert received == [b"hello"]
