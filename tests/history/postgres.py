"""A connection for psycopg's pool that needs no database. Standard library and psycopg only."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, Self


class Connection:
    """Be as much of a connection as the pool asks for: always at rest, and never too old."""

    def __init__(self) -> None:
        self.pgconn = SimpleNamespace(transaction_status=0)
        self.closed = False
        self._pool: Any = None

    @classmethod
    async def connect(cls, _: str, **__: object) -> Connection:
        await asyncio.sleep(0)
        return cls()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def close(self) -> None:
        self.closed = True


async def ask(connection: Connection) -> None:
    """Ask a connection whether it works."""
    assert not connection.closed
    await asyncio.sleep(0)
