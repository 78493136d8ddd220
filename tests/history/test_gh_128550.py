"""gh-128550: an eager task hangs its `asyncio.TaskGroup`.

Affected: 3.12.0 to 3.12.8, 3.13.0 and 3.13.1. Fixed: 3.12.9, 3.13.2, 3.14.0.

What happens: a child that is still in its first, eager step starts another one, which fails at once. The group cancels
all its tasks; the child is not among them yet, as it is being created. So it is never cancelled, and the group waits.
Where the second child fails after it has waited once, all is well.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]  # from 3.12

    async def fail() -> None:
        if env.branch():
            await env.future("reply")
        raise OSError

    async def start(group: asyncio.TaskGroup) -> None:
        group.create_task(fail())
        await asyncio.Event().wait()

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(start(group))
    except* OSError:
        pass


def is_affected(version: tuple[int, ...]) -> bool:
    return version < (3, 12, 9) or (3, 13) <= version < (3, 13, 2)


def test_an_eager_child_hangs_its_group(place: Place) -> None:
    place.needs((3, 12), "eager tasks")
    if is_affected(place.version):
        place.finds(program, "deadlock", events=0)
    else:
        place.finds_nothing(program)
