"""anyio issue 1391: who waits for an item of a stream is not told that it was closed.

Affected: 4.15.1. Fixed: 4.16.0.

What happens: a task waits in `receive()`, and another one closes that end of the stream. Whoever asks after that is
told by `ClosedResourceError`; the one that waits already waits for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import anyio

    send, receive = anyio.create_memory_object_stream[str](1)

    async def take() -> None:
        with contextlib.suppress(anyio.ClosedResourceError):
            await receive.receive()

    async def stop() -> None:
        await env.future("end of work")
        receive.close()

    await asyncio.gather(take(), stop())
    send.close()


def test_a_stream_of_anyio_4_15_1_closes_without_a_word(release: Callable[..., Place]) -> None:
    release("anyio==4.15.1", "idna==3.10", "typing_extensions==4.16.0").finds(program, "deadlock", events=0)


def test_a_stream_of_anyio_4_16_0_does_not(release: Callable[..., Place]) -> None:
    release("anyio==4.16.0", "idna==3.10", "typing_extensions==4.16.0").finds_nothing(program)
