"""`StreamReader.readexactly` and `StreamWriter.drain`, on a transport that the program plays itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised, unpromised

if TYPE_CHECKING:
    from treadle import Env


@judges(
    promised("result", "Read exactly n bytes.", at="asyncio-stream.html#asyncio.StreamReader.readexactly"),
    unpromised("items", "nothing says that what has come stays there for the next one who reads"),
    promised(
        "failure-kept",
        "Raise an IncompleteReadError if EOF is reached before n can be read. Use the IncompleteReadError.partial "
        "attribute to get the partially read data.",
        at="asyncio-stream.html#asyncio.StreamReader.readexactly",
    ),
    LOST,
    PHANTOM,
    primitive="readexactly",
    tasks=1,
    cancels=2,
    events=4,
    fast=True,
)
async def reader(env: Env) -> None:
    """Four bytes come one after the other, or the end after two; who was cancelled is followed by another one."""
    stream = asyncio.StreamReader()
    whole = env.branch()

    async def read() -> None:
        try:
            assert await stream.readexactly(4) == b"abcd", "result: other bytes came out"
            happened("result")
        except asyncio.IncompleteReadError as error:
            assert not whole and error.partial == b"ab", "failure-kept: what was read in part is lost"
            happened("failure-kept")

    first = start(env, "reader", read())
    await env.future("ab comes")
    stream.feed_data(b"ab")
    await env.future("cd comes")
    if whole:
        stream.feed_data(b"cd")
    else:
        stream.feed_eof()
    await asyncio.wait([first])
    hear(first)
    see_cancellations([first])
    if first.cancelled():
        happened("items")
        try:
            assert await stream.readexactly(4) == b"abcd", "items: bytes were lost"
        except asyncio.IncompleteReadError as error:
            assert error.partial == b"ab", "items: bytes were lost"


class _Transport(asyncio.Transport):
    """A transport that is never closed and forgets what is written."""

    def is_closing(self) -> bool:
        return False

    def write(self, data: Any) -> None:
        pass


@judges(
    promised(
        "wakes",
        "Wait until it is appropriate to resume writing to the stream. When the size of the buffer is drained down to "
        "the low watermark, writing can be resumed. When there is nothing to wait for, the drain() returns "
        "immediately.",
        at="asyncio-stream.html#asyncio.StreamWriter.drain",
    ),
    LOST,
    PHANTOM,
    primitive="drain",
    tasks=3,
    cancels=2,
    events=2,
    fast=True,
)
async def writers(env: Env) -> None:
    """Three tasks wait until a writer may go on; the transport lets it go on, or is lost."""
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(stream)
    writer = asyncio.StreamWriter(_Transport(), protocol, stream, loop)
    protocol.pause_writing()

    async def drain() -> None:
        try:
            await writer.drain()
        except ConnectionError:
            pass
        happened("wakes")

    tasks = [start(env, f"writer {number}", drain()) for number in range(3)]
    breaks = env.branch()
    await env.future("room")
    if breaks:
        protocol.connection_lost(None)
    else:
        protocol.resume_writing()
    await asyncio.wait(tasks)
    for task in tasks:
        hear(task)
    see_cancellations(tasks)
