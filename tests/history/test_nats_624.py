"""nats-py issue 624: a client that sends nothing any more, because somebody no longer waits.

Affected: 2.9.1. Fixed: 2.10.0.

What happens: a task publishes, waits until what it said is sent, and is cancelled. The client's flusher sends it, tells
the future that nobody awaits, and ends by `InvalidStateError`. What is published after that is never sent.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import nats
    from servers import HOST, speak_nats

    heard = asyncio.Event()

    async def hear(_: Any) -> None:
        heard.set()

    async with await asyncio.start_server(speak_nats, HOST, 4222):
        options = {"allow_reconnect": False, "connect_timeout": None, "pending_size": 1}
        connection = await nats.connect(f"nats://{HOST}:4222", **options)
        await connection.subscribe("second", cb=hear)
        first = asyncio.create_task(connection.publish("first", b"hello"), name="first")
        await asyncio.wait([env.cancellable(first, may_swallow=True)])
        await connection.publish("second", b"hello")
        await heard.wait()
        await connection.close()


def test_nats_py_2_9_1_sends_nothing_any_more(release: Callable[..., Place]) -> None:
    release("nats-py==2.9.1").finds(program, "deadlock", events=1, at_most=1)


def test_nats_py_2_10_0_goes_on(release: Callable[..., Place]) -> None:
    release("nats-py==2.10.0").finds_nothing(program, at_most=1)
