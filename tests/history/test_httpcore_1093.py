"""httpcore issue 1093: a request that is cancelled at the wrong moment leaks a connection of the pool.

Affected: 1.0.9, the last release of httpcore, and its fork httpcore2 up to 2.5.0. Fixed: httpcore2 2.6.0.

What happens: a request that waits for its turn is given a new connection, and cancelled before it has run. The
connection stays in the pool, neither open nor closed, and belongs to nobody. With all of them gone so, every request
runs into a timeout.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env
    from treadle.programs import Explored

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def use_pool(env: Env, httpcore: Any) -> None:
    class Stream(httpcore.AsyncNetworkStream):  # type: ignore[misc]  # its type is not known here
        async def read(self, *_: object, **__: object) -> bytes:
            await env.future("answer")
            return _ANSWER

        async def write(self, *_: object, **__: object) -> None:
            pass

        async def aclose(self) -> None:
            pass

        def get_extra_info(self, _name: str) -> None:
            return None

    class Backend(httpcore.AsyncNetworkBackend):  # type: ignore[misc]  # as above
        async def connect_tcp(self, *_: object, **__: object) -> Stream:
            await asyncio.sleep(0)
            return Stream()

    pool = httpcore.AsyncConnectionPool(max_connections=1, network_backend=Backend())

    async def ask() -> None:
        await pool.request("GET", "http://example.org/")

    await asyncio.wait([asyncio.create_task(ask()), env.cancellable(asyncio.create_task(ask()))])
    assert [each.info() for each in pool.connections if each.info() == "CONNECTING"] == []


async def of_httpcore(env: Env) -> None:
    await use_pool(env, importlib.import_module("httpcore"))


async def of_httpcore2(env: Env) -> None:
    await use_pool(env, importlib.import_module("httpcore2"))


_NEEDS = ("anyio==4.10.0", "idna==3.10", "sniffio==1.3.1", "h11==0.16.0", "certifi==2025.1.31", "truststore==0.10.1")


def leaks(explored: Explored) -> bool:
    """Say whether that connection is left; what else native cancellation does to these releases is another matter."""
    return any("CONNECTING" in each.text for each in explored.violations)


def test_httpcore_1_0_9_leaks_a_connection(release: Callable[..., Place]) -> None:
    assert leaks(release("httpcore==1.0.9", *_NEEDS).explore(of_httpcore, events=1))


def test_httpcore2_leaks_none_since_2_6_0(release: Callable[..., Place]) -> None:
    assert leaks(release("httpcore2==2.5.0", *_NEEDS).explore(of_httpcore2, events=1))
    release("httpcore2==2.6.0", *_NEEDS).finds_nothing(of_httpcore2)
