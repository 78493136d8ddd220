"""gh-86296: `asyncio.wait_for` swallows a cancellation.

Affected: 3.11 and older. Fixed: 3.12.0, where `wait_for` is written with `timeout()`.

What happens: the awaited future is done, or its time is up, and the caller has not been woken. If it is cancelled in
this gap, `wait_for` returns the result or raises `TimeoutError` all the same, and the caller goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    async def worker() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(env.future("reply"), 10)

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


def test_wait_for_swallows_a_cancellation_until_3_12(place: Place) -> None:
    if place.version < (3, 12):
        place.finds(program, "swallowed", events=1)
    else:
        place.finds_nothing(program)
