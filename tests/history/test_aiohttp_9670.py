"""aiohttp issue 9670: a client that gets no connection any more.

Affected: 3.10.10. Fixed: 3.10.11; the half of it that is left is in 3.14.5 still.

What happens: a request waits because all connections are in use. When one comes free, the request is woken for it; if
it is cancelled before it has run, it wakes nobody in its place. The request behind it waits for what is there, and so
did all that came later, because somebody waited before them. Since 3.10.11 these are served, and when one of them is
done, it wakes the one that was forgotten; where none comes, that one waits for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def use_session(env: Env, *, comes_another: bool) -> None:
    import aiohttp
    from servers import HOST, speak_http

    options = {"connector": aiohttp.TCPConnector(limit=1), "timeout": aiohttp.ClientTimeout(total=None)}
    async with (
        await asyncio.start_server(speak_http, HOST, 8080),
        aiohttp.ClientSession(f"http://{HOST}:8080", **options) as session,
    ):

        async def ask() -> None:
            async with session.get("/") as answer:
                assert await answer.text() == "hi"

        first = asyncio.create_task(ask(), name="first")
        second = env.cancellable(asyncio.create_task(ask(), name="second"))
        third = asyncio.create_task(ask(), name="third")
        await asyncio.wait([first, second])
        if comes_another:
            await ask()
        await third


async def program(env: Env) -> None:
    await use_session(env, comes_another=True)


async def program_with_no_other(env: Env) -> None:
    await use_session(env, comes_another=False)


_NEEDS = (
    *("aiohappyeyeballs==2.4.4", "aiosignal==1.4.0", "attrs==26.1.0", "frozenlist==1.8.0", "multidict==7.2.1"),
    *("propcache==0.5.4", "yarl==1.18.3", "idna==3.20", "typing_extensions==4.16.0"),
)
_AIOHTTP = (
    *("aiohttp==3.14.5", "aiohappyeyeballs==2.7.1", "aiosignal==1.4.0", "attrs==26.1.0", "frozenlist==1.8.0"),
    *("multidict==7.2.1", "propcache==0.5.4", "yarl==1.25.1", "idna==3.20", "typing_extensions==4.16.0"),
)


def test_aiohttp_3_10_10_serves_nobody_any_more(release: Callable[..., Place]) -> None:
    release("aiohttp==3.10.10", *_NEEDS).finds(program, "deadlock", events=1, at_most=1)


def test_aiohttp_3_10_11_serves_who_comes_later(release: Callable[..., Place]) -> None:
    release("aiohttp==3.10.11", *_NEEDS).finds_nothing(program, at_most=1)


def test_aiohttp_3_14_5_forgets_one_where_no_other_comes(release: Callable[..., Place]) -> None:
    release(*_AIOHTTP).finds(program_with_no_other, "deadlock", events=1, at_most=1)
