"""aiohttp issue 10529: a request waits for an address that nobody looks up.

Affected: 3.11.13. Fixed: 3.11.14.

What happens: two requests go to the same host, and the second one waits until the first has looked up its address. If a
function that traces the first one fails before it begins to, the second is told nothing and waits for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import aiohttp
    from servers import HOST, speak_http

    async def trace(*_: object) -> None:
        await env.future("a line of the log", error=OSError)

    tracing = aiohttp.TraceConfig()
    tracing.on_dns_cache_miss.append(trace)
    limit = aiohttp.ClientTimeout(total=None, sock_connect=None)
    async with (
        await asyncio.start_server(speak_http, HOST, 8080),
        aiohttp.ClientSession("http://localhost:8080", timeout=limit, trace_configs=[tracing]) as session,
    ):

        async def ask() -> None:
            async with session.get("/") as answer:
                assert await answer.text() == "hi"

        await asyncio.gather(*(asyncio.create_task(ask()) for _ in range(2)), return_exceptions=True)


_NEEDS = (
    *("aiohappyeyeballs==2.4.4", "aiosignal==1.4.0", "attrs==26.1.0", "frozenlist==1.8.0", "multidict==7.2.1"),
    *("propcache==0.5.4", "yarl==1.18.3", "idna==3.20", "typing_extensions==4.16.0"),
)


def test_aiohttp_3_11_13_waits_for_an_address(release: Callable[..., Place]) -> None:
    release("aiohttp==3.11.13", *_NEEDS).finds(program, "deadlock", events=0, at_most=0)


def test_aiohttp_3_11_14_does_not(release: Callable[..., Place]) -> None:
    release("aiohttp==3.11.14", *_NEEDS).finds_nothing(program, at_most=0)
