"""`Server.wait_closed`: CPython's own `Server`, with connections that the program plays itself.

Treadle's network has servers of its own, so this one is made by hand: it listens nowhere, and is told of connections as
a transport tells it, by methods that are not public.
"""

from __future__ import annotations

import asyncio
import inspect
from asyncio import base_events
from typing import TYPE_CHECKING, Any

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-eventloop.html#asyncio.Server.wait_closed"


class _Listening:
    """What a server needs of a loop."""

    def __init__(self) -> None:
        self.create_future = asyncio.get_running_loop().create_future

    def _stop_serving(self, _: object) -> None:
        pass


class _Connection(asyncio.Transport):
    """A connection; since 3.13 a server refers to its connections weakly."""


@judges(
    promised("joined", "Wait until the close() method completes and all active connections have finished.", at=_AT),
    promised("wakes", "Wait until the close() method completes and all active connections have finished.", at=_AT),
    LOST,
    PHANTOM,
    primitive="Server.wait_closed",
    tasks=3,
    cancels=2,
    events=2,
)
async def waiters(env: Env) -> None:
    """Two tasks wait, and a third comes when the server is closed; its one connection ends before or after that."""
    loop: Any = _Listening()
    socket: Any = object()
    factory: Any = None
    server: Any = base_events.Server(loop, [socket], factory, None, 1, None, None)
    connection = _Connection()
    takes = [connection] if inspect.signature(server._attach).parameters else []
    server._attach(*takes)
    over: list[str] = []

    async def wait() -> None:
        await server.wait_closed()
        assert "closed" in over, "joined: wait_closed() has ended, and nobody has closed the server"
        assert "connection" in over, "joined: wait_closed() has ended, and a connection has not"
        happened("joined")
        happened("wakes")

    def end() -> None:
        over.append("connection")
        server._detach(*takes)

    tasks = [start(env, f"waiter {number}", wait()) for number in range(2)]
    env.complete("the connection ends", end)
    await env.future("time to close")
    over.append("closed")
    server.close()
    tasks.append(start(env, "waiter 2", wait()))
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
