"""Two repairs of one function, as their pull requests to pipecat describe them, in our own lines.

treadle check paper/programs/repairs.py:count_above_zero
treadle check paper/programs/repairs.py:count_above_entry
"""

import asyncio


async def count_above_zero(task):
    """Re-raise where the caller's count is above zero (pull request 4986, which was not merged as it was)."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() > 0:
            raise


async def count_above_entry(task):
    """Re-raise where the caller's count has risen since entry (pull request 5186, which was merged)."""
    before = asyncio.current_task().cancelling()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if asyncio.current_task().cancelling() > before:
            raise


async def guard_at_entry(task):
    """Compare with the count at entry on all three ways out, with no turn of the loop before."""
    caller = asyncio.current_task()
    before = caller.cancelling()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if caller.cancelling() > before:
            raise
    except BaseException as failure:
        if caller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if caller.cancelling() > before:
            raise asyncio.CancelledError
