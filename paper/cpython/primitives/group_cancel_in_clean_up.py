"""TaskGroup.cancel() in a clean-up: the group lets its own cancellation out (3.15)."""

import asyncio
import sys


async def work(waits):
    try:
        await asyncio.sleep(3600)
    finally:
        async with asyncio.TaskGroup() as group:
            group.cancel()
            if waits:
                await asyncio.sleep(3600)
        await asyncio.sleep(0)
        done.append(waits)


async def main():
    print(sys.version.split()[0], "expected: the clean-up is completed; the task is cancelled once")
    for waits in (True, False):
        task = asyncio.create_task(work(waits))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        body = "the body waits" if waits else "the body ends at once"
        print(f"happened, where {body}:", "completed" if waits in done else "cut short")
    return 0 if set(done) == {True, False} else 1


if not hasattr(asyncio.TaskGroup, "cancel"):
    sys.exit("TaskGroup.cancel() came with Python 3.15")
done = []
sys.exit(asyncio.run(main()))
