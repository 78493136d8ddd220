"""nats-py issue 572: an answer that comes just when the time is up is reported as an error.

Affected: 2.7.2. Fixed: 2.8.0.

What happens: the time of a request is up, and its task will be told so. Before that one runs, the answer comes and is
taken off the list of requests. The task, which finds that its request is gone, calls `error_cb`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import nats
    from servers import HOST, speak_nats

    errors: list[Exception] = []

    async def note(error: Exception) -> None:
        errors.append(error)

    async def reply(message: Any) -> None:
        await message.respond(b"hi")

    async with await asyncio.start_server(speak_nats, HOST, 4222):
        options = {"allow_reconnect": False, "connect_timeout": None, "error_cb": note}
        connection = await nats.connect(f"nats://{HOST}:4222", **options)
        await connection.subscribe("greet", cb=reply)
        asking = asyncio.create_task(connection.request("greet", b"", timeout=5), name="asking")
        await asyncio.gather(env.cancellable(asking, may_swallow=True), return_exceptions=True)
        await connection.close()
    assert errors == []


def test_nats_py_2_7_2_reports_an_error(release: Callable[..., Place]) -> None:
    release("nats-py==2.7.2").finds(program, "raises", events=1, at_most=1)


def test_nats_py_2_8_0_reports_none(release: Callable[..., Place]) -> None:
    release("nats-py==2.8.0").finds_nothing(program, at_most=1)
