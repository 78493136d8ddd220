"""anyio issue 710: a whole task group is cancelled because one start was given up.

Affected: 4.3.0. Fixed: 4.4.0.

What happens: a task of the group starts another one by `start()`, and is cancelled before that says that it has
started. The group takes the end of the new task for a failure and cancels all the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finding import Place

    from treadle import Env


async def program(env: Env) -> None:
    import anyio

    done: list[str] = []

    async def serve(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        await env.future("port")
        task_status.started()

    async def start_server() -> None:
        with anyio.CancelScope() as scope:
            env.may(scope.cancel, name="scope.cancel()")
            await group.start(serve)

    async def work() -> None:
        await env.future("work")
        done.append("work")

    async with anyio.create_task_group() as group:
        group.start_soon(start_server)
        group.start_soon(work)
    assert done == ["work"]


def test_anyio_4_3_0_cancels_the_whole_group(release: Callable[..., Place]) -> None:
    explored = release("anyio==4.3.0", "idna==3.10", "sniffio==1.3.1").explore(program)
    assert {(str(each.property), each.events) for each in explored.violations} == {("raises", 1)}, str(explored)
    assert any("AssertionError" in each.text for each in explored.violations)


def test_anyio_4_4_0_does_not(release: Callable[..., Place]) -> None:
    release("anyio==4.4.0", "idna==3.10", "sniffio==1.3.1").finds_nothing(program)
