"""Programs for the checker: a task group that is entered in the clean-up of a cancelled task, and left.

treadle explore paper/programs/group_in_clean_up.py:child_fails --events 2
treadle explore paper/programs/group_in_clean_up.py:cancelled_group --events 2     (Python 3.15, TaskGroup.cancel)
treadle explore paper/programs/group_in_clean_up.py:cancelled_at_once --events 2   (the same)

The group must raise `CancelledError`, on being left or at the next await, if and only if somebody has cancelled its
task since it was entered.
"""

import asyncio


class FailedError(Exception):
    """What the child fails with."""


async def fail(reply):
    """Fail when the reply is there, and when cancelled, too."""
    try:
        await reply
    finally:
        raise FailedError


async def clean_up(body):
    """Run `body` in the `finally` of the current task; compare what comes up with what was asked for."""
    me = asyncio.current_task()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        before = me.cancelling()
        raised = False
        try:
            await body()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            raised = True
        asked = me.cancelling() - before
        assert raised == (asked > 0), f"CancelledError was raised: {raised}; requests since the group began: {asked}"


async def run(env, body):
    """Cancel a task; let others cancel it again while it cleans up; hear of what it found."""
    caller = asyncio.create_task(clean_up(body), name="caller")
    await asyncio.sleep(0)
    caller.cancel()
    env.cancellable(caller)
    await asyncio.wait([caller])
    if not caller.cancelled():
        raise caller.exception()


async def child_fails(env):
    """Let a child fail, by itself or when the group is cancelled, while the body waits or has ended."""

    async def body():
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail(env.future("the child's reply")))
                await env.future("the body's reply")
        except* FailedError:
            pass

    await run(env, body)


async def cancelled_group(env):
    """Let the body cancel its group and wait; the child cleans up for a turn."""

    async def child():
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await asyncio.sleep(0)

    async def body():
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            await asyncio.sleep(0)
            group.cancel()
            await env.future("the body's reply")

    await run(env, body)


async def cancelled_at_once(env):
    """Let a group be cancelled, before it is entered or in its body, which ends or fails without another await."""
    early, fails = env.branch(), env.branch()

    async def body():
        group = asyncio.TaskGroup()
        if early:
            group.cancel()
        try:
            async with group:
                group.cancel()
                if fails:
                    1 / 0  # noqa: B018 - it is to fail
        except* ZeroDivisionError:
            pass

    await run(env, body)
