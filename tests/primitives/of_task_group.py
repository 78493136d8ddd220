"""`asyncio.TaskGroup`: children that fail, a parent that is cancelled, groups in groups and in clean-ups."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acting import hear, see_cancellations, start
from claims import LOST, PHANTOM, happened, judges, promised

if TYPE_CHECKING:
    from treadle import Env

_AT = "asyncio-task.html#asyncio.TaskGroup"
_JOINED = promised("joined", "The async with statement will wait for all tasks in the group to finish.", at=_AT)
_NOT_LOST = promised(
    "lost",
    "In the case where a task group is cancelled externally and also must raise an ExceptionGroup, it will call the "
    "parent task's cancel() method. This ensures that a CancelledError will be raised at the next await, so the "
    "cancellation is not lost.",
    at=_AT,
)
_NOT_MIXED = promised(
    "phantom",
    'Task groups are careful not to mix up the internal cancellation used to "wake up" their __aexit__() with '
    "cancellation requests for the task in which they are running made by other parties.",
    at=_AT,
)
_BALANCED = promised(
    "balanced", "Task groups preserve the cancellation count reported by asyncio.Task.cancelling().", at=_AT
)
_KEPT = promised(
    "failure-kept",
    "Once all tasks have finished, if any tasks have failed with an exception other than CancelledError, those "
    "exceptions are combined in an ExceptionGroup or BaseExceptionGroup which is then raised.",
    at=_AT,
)
_ENDS = promised(
    "ends",
    "The first time any of the tasks belonging to the group fails with an exception other than CancelledError, the "
    "remaining tasks in the group are cancelled.",
    at=_AT,
)


@judges(
    _JOINED,
    _KEPT,
    _BALANCED,
    _NOT_LOST,
    _NOT_MIXED,
    _ENDS,
    primitive="TaskGroup",
    tasks=3,
    cancels=2,
    events=2,
    fast=True,
)
async def children(env: Env) -> None:
    """Two children, one of which may fail and the other cleans up; the parent, and a child, may be cancelled."""
    children: list[asyncio.Task[None]] = []

    async def one() -> None:
        await env.future("one", error=OSError)

    async def two() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            happened("ends")
            await asyncio.sleep(0)

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        raised: list[int] = []
        try:
            async with asyncio.TaskGroup() as group:
                children.append(group.create_task(one(), name="one"))
                children.append(group.create_task(two(), name="two"))
                await children[0]
                children[1].cancel()
        except* OSError:
            raised.append(1)
            happened("failure-kept")
        finally:
            assert all(child.done() for child in children), "joined: the group has ended, and a child has not"
            happened("joined")
        assert raised or not _failed(children), "failure-kept: a child has failed, and nothing was raised"
        await asyncio.sleep(0)
        assert not me.cancelling(), "balanced: nobody has cancelled the parent, and its count is not 0"
        happened("balanced")

    task = start(env, "parent", parent())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])


def _failed(children: list[asyncio.Task[None]]) -> bool:
    return any(not child.cancelled() and child.exception() for child in children)


@judges(
    promised(
        "lost",
        "when one task group is syntactically nested in another, and both experience an exception in one of their "
        "child tasks simultaneously, the inner task group will process its exceptions, and then the outer task group "
        "will receive another cancellation and process its own exceptions.",
        at=_AT,
    ),
    _NOT_MIXED,
    _BALANCED,
    _ENDS,
    primitive="TaskGroup",
    tasks=3,
    cancels=2,
    events=2,
    fast=True,
)
async def nested(env: Env) -> None:
    """A group in a group; a child of each may fail, at once or one after the other."""

    async def fail(name: str) -> None:
        await env.future(name, error=OSError)

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        told: list[str] = []
        try:
            async with asyncio.TaskGroup() as outer:
                out = outer.create_task(fail("outer"), name="outer")
                try:
                    async with asyncio.TaskGroup() as inner:
                        inner.create_task(fail("inner"), name="inner")
                except* OSError:
                    told.append("inner")
                if out.done() and not out.cancelled() and out.exception():
                    happened("lost")
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
                    raise AssertionError("lost: the outer group has failed, and its body goes on")
        except* OSError:
            told.append("outer")
        happened("ends")
        await asyncio.sleep(0)
        assert not me.cancelling(), "balanced: nobody has cancelled the parent, and its count is not 0"
        happened("balanced")

    task = start(env, "parent", parent())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])


@judges(LOST, PHANTOM, _KEPT, primitive="TaskGroup", tasks=2, cancels=2, events=2, fast=True)
async def cancelled_before(env: Env) -> None:
    """A task is cancelled, and enters a group before it has got that; a child may fail."""

    async def child() -> None:
        if env.branch():
            await env.future("child")
        raise OSError

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        me.cancel()
        happened("lost")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(child(), name="child")
                if env.branch():
                    await asyncio.Event().wait()
        except* OSError:
            happened("failure-kept")
        await asyncio.sleep(0)
        raise AssertionError("lost: it was cancelled before, and goes on after the group")

    task = start(env, "parent", parent())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])


@judges(_JOINED, _KEPT, _BALANCED, _NOT_MIXED, LOST, primitive="TaskGroup", tasks=2, cancels=2, events=2, fast=True)
async def in_a_clean_up(env: Env) -> None:
    """A task that is being cancelled cleans up with a group, whose child may fail."""
    in_body = env.branch()

    async def child() -> None:
        await env.future("cleaned up", error=OSError)

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            await asyncio.Event().wait()
        finally:
            before = me.cancelling()
            children: list[asyncio.Task[None]] = []
            try:
                async with asyncio.TaskGroup() as group:
                    children.append(group.create_task(child(), name="child"))
                    if in_body:
                        await asyncio.wait(children)
                        await asyncio.sleep(0)
            except* OSError:
                happened("failure-kept")
            finally:
                assert all(each.done() for each in children), "joined: the group has ended, and a child has not"
                happened("joined")
            if me.cancelling() == before:
                happened("balanced")
                happened("phantom")
                try:
                    await asyncio.sleep(0)
                except asyncio.CancelledError:
                    assert me.cancelling() > before, "phantom: cancelled in a clean-up by nobody but the group"
                    raise

    task = start(env, "parent", parent())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])


@judges(_ENDS, _JOINED, _KEPT, _NOT_LOST, _NOT_MIXED, primitive="TaskGroup", tasks=3, cancels=2, events=2, fast=True)
async def a_child_starts_another(env: Env) -> None:
    """A child starts another one, which fails at once or later, in a group without a body."""

    async def fail() -> None:
        if env.branch():
            await env.future("reply")
        raise OSError

    async def starts(group: asyncio.TaskGroup) -> None:
        group.create_task(fail(), name="fails")
        await asyncio.Event().wait()

    async def parent() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(starts(group), name="starts")
        except* OSError:
            happened("failure-kept")
            happened("ends")
            happened("joined")
        else:
            raise AssertionError("failure-kept: a child has failed, and nothing was raised")
        await asyncio.sleep(0)

    task = start(env, "parent", parent())
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
    _NOT_LOST,
    _NOT_MIXED,
    _BALANCED,
    primitive="TaskGroup",
    tasks=2,
    cancels=2,
    events=2,
)
async def in_a_timeout(env: Env) -> None:
    """A group in a block whose time may be up when a child fails, or cleans up."""

    async def child() -> None:
        try:
            await env.future("child", error=OSError)
        finally:
            await asyncio.sleep(0)

    async def parent() -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            async with asyncio.timeout(10) as limit:
                async with asyncio.TaskGroup() as group:
                    group.create_task(child(), name="child")
        except (TimeoutError, ExceptionGroup) as error:
            assert limit.expired() or isinstance(error, ExceptionGroup), "scope-kept: a TimeoutError before its time"
        happened("scope-kept")
        await asyncio.sleep(0)
        assert not me.cancelling(), "balanced: nobody has cancelled the parent, and its count is not 0"
        happened("balanced")

    task = start(env, "parent", parent())
    await asyncio.wait([task])
    hear(task)
    see_cancellations([task])
