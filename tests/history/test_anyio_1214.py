"""anyio issue 1214: a cancel scope swallows a cancellation.

Affected: 4.15.1. Fixed: 4.16.0.

What happens: the time of a `move_on_after()` is up and its scope has cancelled the task; before it runs, somebody else
cancels it by `task.cancel()`, too. The scope takes the one `CancelledError` for its own, and the task goes on.
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

    async def work() -> None:
        with anyio.move_on_after(1):
            await env.future("answer")
        await anyio.sleep(1)

    await asyncio.wait([env.cancellable(asyncio.create_task(work(), name="worker"))])


def test_a_scope_of_anyio_4_15_1_swallows_a_cancellation(release: Callable[..., Place]) -> None:
    release("anyio==4.15.1", "idna==3.10", "typing_extensions==4.16.0").finds(program, "swallowed", events=1)


def test_a_scope_of_anyio_4_16_0_swallows_none(release: Callable[..., Place]) -> None:
    release("anyio==4.16.0", "idna==3.10", "typing_extensions==4.16.0").finds_nothing(program)
