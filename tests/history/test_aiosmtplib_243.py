"""aiosmtplib issue 243: a client that cannot connect again.

Affected: 3.0.1. Fixed: 3.0.2.

What happens: `connect()` takes a lock that it gives back only if the connection cannot be made. If it is made, and lost
before the client has logged in, the lock is kept, and the next `connect()` waits for it for ever.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import aiosmtplib
    from servers import HOST, speak_smtp

    env.network(resets=1)
    async with await asyncio.start_server(speak_smtp, HOST, 2525):
        client = aiosmtplib.SMTP(
            hostname=HOST, port=2525, username="me", password="word", start_tls=False, timeout=None
        )
        for _ in range(2):
            try:
                if not client.is_connected:
                    await client.connect()
            except aiosmtplib.SMTPException:
                pass
        client.close()


def test_aiosmtplib_3_0_1_cannot_connect_again(release: Callable[..., Place]) -> None:
    release("aiosmtplib==3.0.1").finds(program, "deadlock", events=1, at_most=1)


def test_aiosmtplib_3_0_2_can(release: Callable[..., Place]) -> None:
    release("aiosmtplib==3.0.2").finds_nothing(program, at_most=1)
