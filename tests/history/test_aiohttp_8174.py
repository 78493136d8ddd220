"""aiohttp issue 8174: a request swallows a cancellation.

Affected: 3.10.5. Fixed: 3.10.6.

What happens: the answer is there before the whole request is sent, and whoever asked waits for the task that sends it.
A cancellation is passed on into that task, which takes it for the sign to stop, and ends well. So the
waiting ends well, too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import AsyncIterator, Callable

    from finding import Place

    from treadle import Env


async def answer_at_once(reader: StreamReader, writer: StreamWriter) -> None:
    """Be an HTTP server that answers what it need not read to the end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    try:
        await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def program(env: Env) -> None:
    import aiohttp
    from servers import HOST

    async def much() -> AsyncIterator[bytes]:
        yield b"one"
        await env.future("the rest of the file")
        yield b"two"

    async def tell() -> None:
        async with session.post("/", data=much()) as answer:
            assert await answer.text() == "hi"

    async with (
        await asyncio.start_server(answer_at_once, HOST, 8080),
        aiohttp.ClientSession(f"http://{HOST}:8080", timeout=aiohttp.ClientTimeout(total=None)) as session,
    ):
        await asyncio.wait([env.cancellable(asyncio.create_task(tell(), name="teller"))])


_NEEDS = (
    *("aiohappyeyeballs==2.4.4", "aiosignal==1.4.0", "attrs==26.1.0", "frozenlist==1.8.0", "multidict==7.2.1"),
    *("propcache==0.5.4", "yarl==1.18.3", "idna==3.20", "typing_extensions==4.16.0"),
)


def test_aiohttp_3_10_5_swallows_a_cancellation(release: Callable[..., Place]) -> None:
    explored = release("aiohttp==3.10.5", *_NEEDS).explore(program, events=1)
    found = {str(each.property): each.events for each in explored.violations}
    assert found == {"swallowed": 1, "unretrieved": 1}, str(explored)


def test_aiohttp_3_10_6_swallows_none(release: Callable[..., Place]) -> None:
    release("aiohttp==3.10.6", *_NEEDS).finds_nothing(program, at_most=1)
