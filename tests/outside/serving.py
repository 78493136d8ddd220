"""A server that says what it is told, for programs that are explored."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

HOST, PORT = "127.0.0.1", 8888


async def echo(reader: StreamReader, writer: StreamWriter) -> None:
    """Say each line again, until the client has gone, whether it has read it or not."""
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()
