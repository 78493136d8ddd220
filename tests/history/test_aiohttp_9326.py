"""aiohttp issue 9326: after a timeout of aiohttp's, a timeout of asyncio's is no timeout any more.

Affected: 3.10.7. Fixed: 3.10.8.

What happens: aiohttp's timeout cancels the task and turns that into `TimeoutError`, but never takes the cancellation
back by `uncancel()`. When an `asyncio.timeout()` around it expires later, that finds the task cancelled by somebody
else, too, and lets the `CancelledError` out.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def never_answer(reader: StreamReader, writer: StreamWriter) -> None:
    """Be a server that is too slow for everybody."""
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()


async def program(_: Env) -> None:
    import aiohttp
    from servers import HOST

    async def ask_again_and_again() -> None:
        try:
            async with asyncio.timeout(10):
                while True:
                    with contextlib.suppress(TimeoutError):
                        await session.get("/")
                    await asyncio.sleep(1)
        except TimeoutError:
            told.append("no answer within 10 seconds")

    told: list[str] = []
    limit = aiohttp.ClientTimeout(total=4)
    async with (
        await asyncio.start_server(never_answer, HOST, 8080),
        aiohttp.ClientSession(f"http://{HOST}:8080", timeout=limit) as session,
    ):
        await asyncio.gather(asyncio.create_task(ask_again_and_again(), name="asking"), return_exceptions=True)
    assert told


_NEEDS = (
    *("aiohappyeyeballs==2.4.4", "aiosignal==1.4.0", "attrs==26.1.0", "frozenlist==1.8.0", "multidict==7.2.1"),
    *("propcache==0.5.4", "yarl==1.18.3", "idna==3.20", "typing_extensions==4.16.0"),
)


def test_a_timeout_around_aiohttp_3_10_7_is_none(release: Callable[..., Place]) -> None:
    release("aiohttp==3.10.7", *_NEEDS).finds(program, "raises", events=0, at_most=0)


def test_a_timeout_around_aiohttp_3_10_8_is_one(release: Callable[..., Place]) -> None:
    release("aiohttp==3.10.8", *_NEEDS).finds_nothing(program, at_most=1)
