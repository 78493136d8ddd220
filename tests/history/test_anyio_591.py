"""anyio pull request 591: a time that is not up is said to be up.

Affected: 3.7.1. Fixed: 4.0.0.

What happens: the scope of a `fail_after()` is cancelled by somebody long before its time is up. It raises
`TimeoutError` all the same.
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

    with anyio.fail_after(5) as scope:
        env.may(scope.cancel, name="scope.cancel()")
        await asyncio.sleep(1)


def test_fail_after_of_anyio_3_7_1_speaks_of_a_timeout(release: Callable[..., Place]) -> None:
    release("anyio==3.7.1", "idna==3.10", "sniffio==1.3.1").finds(program, "raises", events=1)


def test_fail_after_of_anyio_4_0_0_does_not(release: Callable[..., Place]) -> None:
    release("anyio==4.0.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
