"""Sets of connections iterate in one order in every run: whoever sends to all clients does so in the same order."""

from __future__ import annotations

import asyncio
import sys
from asyncio import selector_events
from typing import Any

import pytest

import treadle


def explored(program: Any) -> treadle.Explored:
    return treadle.explore(program, events=0)


def orders_of(look: Any) -> set[tuple[int, ...]]:
    """Connect three clients in each of many executions; return the orders in which a set has those of the server."""
    orders: set[tuple[int, ...]] = set()
    garbage: list[object] = []

    async def program(env: Any) -> None:
        came: list[Any] = []
        garbage.append([object() for _ in range(len(garbage) % 7)])  # so that they lie elsewhere each time

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            came.append(look(writer))

        server = await asyncio.start_server(serve, "127.0.0.1", 8000)
        clients = [(await asyncio.open_connection("127.0.0.1", 8000))[1] for _ in range(3)]
        await asyncio.sleep(1)
        orders.add(tuple(came.index(each) for each in set(came)))
        server.close()
        for each in clients:
            each.close()
        env.choose(range(4))

    for _ in range(3):
        assert explored(program).verdict == "holds"
    return orders


def test_stream_writers_in_a_set_come_in_one_order() -> None:
    assert len(orders_of(lambda writer: writer)) == 1
    assert "__hash__" not in vars(asyncio.StreamWriter)


def test_transports_in_a_set_come_in_one_order() -> None:
    assert len(orders_of(lambda writer: writer.transport)) == 1
    kind: Any = selector_events._SelectorTransport  # type: ignore[attr-defined]
    assert "__hash__" not in vars(kind)


def test_what_is_closed_is_still_found_in_a_set() -> None:
    async def program() -> None:
        live: set[object] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            live.update({writer, writer.transport})
            transport = writer.transport
            await reader.read()
            writer.close()
            await writer.wait_closed()
            live.remove(writer)
            live.remove(transport)

        async with await asyncio.start_server(serve, "127.0.0.1", 8000):
            _, writer = await asyncio.open_connection("127.0.0.1", 8000)
            await asyncio.sleep(1)
            assert len(live) == 2
            writer.close()
            await asyncio.sleep(1)
            assert not live

    found = explored(program)
    assert (found.verdict, [each.text for each in found.violations]) == ("holds", [])


@pytest.mark.skipif(sys.version_info < (3, 13), reason="`close_clients` came with Python 3.13")
def test_a_server_closes_its_clients_in_one_order() -> None:
    orders: set[bytes] = set()
    garbage: list[object] = []

    async def program(env: Any) -> None:
        closed: list[bytes] = []
        garbage.append([object() for _ in range(len(garbage) % 7)])

        async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            name = await reader.readexactly(1)
            await reader.read()
            closed.append(name)

        server: Any = await asyncio.start_server(serve, "127.0.0.1", 8000)
        clients = []
        for name in b"abc":
            clients.append((await asyncio.open_connection("127.0.0.1", 8000))[1])
            clients[-1].write(bytes([name]))
            await asyncio.sleep(1)
        server.close()
        server.close_clients()
        await asyncio.sleep(1)
        orders.add(b"".join(closed))
        for each in clients:
            each.close()
        env.choose(range(4))

    for _ in range(3):
        assert explored(program).verdict == "holds"
    assert len(orders) == 1
