"""A target for the checker: a task group that is left by `TaskGroup.cancel()`, which is new in Python 3.15.

treadle check paper/programs/group_cancel.py:group_cancel --python python3.15
"""

import asyncio
from contextlib import asynccontextmanager


@asynccontextmanager
async def group_cancel(dependency):
    """Run `dependency` in a group of its own; on leaving, cancel the group, which waits for the task."""
    async with asyncio.TaskGroup() as group:
        yield group.create_task(dependency)
        group.cancel()
