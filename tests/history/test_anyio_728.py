"""anyio issue 728: a memory object stream loses an item.

Affected: 4.3.0. Fixed: 4.4.0.

What happens: the scope of a receiver that waits is cancelled, and before the receiver has run, an item is sent. The
stream hands it to the receiver, which ends cancelled, and the item is gone. (A task that
is cancelled by `task.cancel()` after an item was handed to it loses that item still; anyio promises nothing for that.)
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import anyio

    send, receive = anyio.create_memory_object_stream[str](1)
    received: list[str] = []

    async def get() -> None:
        with anyio.CancelScope() as scope:
            env.may(scope.cancel, name="scope.cancel()")
            received.append(await receive.receive())

    getter = asyncio.create_task(get())
    await env.future("start")
    await send.send("item")
    await asyncio.wait([getter])
    if not received and receive.statistics().current_buffer_used:
        received.append(receive.receive_nowait())
    send.close()
    receive.close()
    assert received == ["item"]


def test_anyio_4_3_0_loses_an_item(release: Callable[..., Place]) -> None:
    release("anyio==4.3.0", "idna==3.10", "sniffio==1.3.1").finds(program, "raises", events=1)


def test_anyio_4_4_0_loses_none(release: Callable[..., Place]) -> None:
    release("anyio==4.4.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
