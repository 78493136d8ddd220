"""A neighbour of aiosmtplib 243: the connection is not lost, but the task that makes it is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle import Env


async def program(env: Env) -> None:
    import aiosmtplib
    from servers import HOST, speak_smtp

    options = {"username": "me", "password": "word", "start_tls": False, "timeout": None}
    async with await asyncio.start_server(speak_smtp, HOST, 2525):
        client = aiosmtplib.SMTP(hostname=HOST, port=2525, **options)
        first = asyncio.create_task(client.connect(), name="first")
        await asyncio.gather(env.cancellable(first, may_swallow=True), return_exceptions=True)
        if not client.is_connected:
            await client.connect()
        client.close()
