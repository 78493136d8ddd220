"""`asyncio.TaskGroup.cancel` (3.15): it ends the group, and nothing but the group."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.TaskGroup.cancel"
_QUIETLY = promised("phantom", "The task group context manager will exit without CancelledError being raised.", at=_AT)
_ENDS = promised(
    "ends",
    "cancel() will be called on any tasks in the group that aren't yet done, as well as the parent (body) of the "
    "group.",
    at=_AT,
)
_JOINED = promised(
    "joined",
    "The async with statement will wait for all tasks in the group to finish.",
    at="asyncio-task.html#asyncio.TaskGroup",
)
_BALANCED = promised(
    "balanced",
    "Task groups preserve the cancellation count reported by asyncio.Task.cancelling().",
    at="asyncio-task.html#asyncio.TaskGroup",
)


async def _group(env: Env, me: asyncio.Task[object], *, early: bool) -> None:
    """Run a group with one child that cleans up, and cancel it before it is entered, or let others do so later."""
    before = me.cancelling()
    children: list[asyncio.Task[None]] = []

    async def child() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)

    group = asyncio.TaskGroup()
    if early:
        group.cancel()  # type: ignore[attr-defined]  # from 3.15
    try:
        async with group:
            try:
                children.append(group.create_task(child(), name="child"))
            except RuntimeError:
                assert early, "ends: a group took no task, and nobody had cancelled it"
            if not early:
                env.complete("the group is cancelled", group.cancel)  # type: ignore[attr-defined]
            if env.branch():
                await asyncio.Event().wait()
    except asyncio.CancelledError:
        assert me.cancelling() > before, "phantom: the group let a cancellation out that was its own"
        raise
    finally:
        assert all(each.done() for each in children), "joined: the group has ended, and a child has not"
        happened("joined")
        happened("ends")
    if me.cancelling() == before:
        happened("balanced")
        happened("phantom")
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            assert me.cancelling() > before, "phantom: cancelled after the group by nobody"
            raise


@judges(
    _QUIETLY,
    _ENDS,
    _JOINED,
    _BALANCED,
    LOST,
    primitive="TaskGroup.cancel",
    tasks=2,
    cancels=2,
    events=2,
    since=(3, 15),
    fast=True,
)
async def plain(env: Env) -> None:
    """A group is cancelled at any time, and so is its parent, by others."""

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        await _group(env, me, early=env.branch())
        assert not me.cancelling(), "balanced: nobody has cancelled the parent, and its count is not 0"

    task = start(env, "parent", parent())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])


@judges(
    _QUIETLY,
    _ENDS,
    _JOINED,
    _BALANCED,
    LOST,
    primitive="TaskGroup.cancel",
    tasks=2,
    cancels=2,
    events=2,
    since=(3, 15),
    fast=True,
)
async def in_a_clean_up(env: Env) -> None:
    """A task that is being cancelled cleans up with a group, which is cancelled at any time."""

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            await asyncio.Event().wait()
        finally:
            await _group(env, me, early=env.branch())

    task = start(env, "parent", parent())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])


@judges(
    promised(
        "scope-kept",
        "the context manager will cancel the current task and handle the resulting asyncio.CancelledError internally, "
        "transforming it into a TimeoutError which can be caught and handled.",
        at="asyncio-task.html#asyncio.timeout",
    ),
    _JOINED,
    LOST,
    PHANTOM,
    primitive="TaskGroup.cancel",
    tasks=2,
    cancels=2,
    events=2,
    since=(3, 15),
)
async def in_a_timeout(env: Env) -> None:
    """A group that is cancelled, in a block whose time is up meanwhile."""

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            async with asyncio.timeout(10) as limit:
                await _group(env, me, early=env.branch())
        except TimeoutError:
            assert limit.expired(), "scope-kept: a TimeoutError, and the time is not up"
            happened("scope-kept")
        else:
            assert not limit.expired(), "scope-kept: the time was up, and nobody was told"
        await asyncio.sleep(0)

    task = start(env, "parent", parent())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])
