"""anyio issue 716: a task stays cancelled after the scope that cancelled it.

Affected: 4.3.0. Fixed: 4.4.0.

What happens: an outer scope is cancelled while the task is in an inner one. The inner scope counts the cancellation of
the task, the outer one takes back what it has counted itself, which is nothing. For `asyncio.timeout()` and task groups
the task is cancelled by somebody from then on.
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
        with anyio.CancelScope() as outer:
            env.may(outer.cancel, name="outer.cancel()")
            with anyio.move_on_after(1):
                await env.future("first answer")
        await env.future("second answer")

    worker = asyncio.create_task(work(), name="worker")
    await worker
    assert not worker.cancelling()


def test_a_task_in_scopes_of_anyio_4_3_0_stays_cancelled(release: Callable[..., Place]) -> None:
    release("anyio==4.3.0", "idna==3.10", "sniffio==1.3.1").finds(program, "raises", events=1)


def test_a_task_in_scopes_of_anyio_4_4_0_does_not(release: Callable[..., Place]) -> None:
    release("anyio==4.4.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
