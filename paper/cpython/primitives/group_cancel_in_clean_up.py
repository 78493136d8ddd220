"""TaskGroup.cancel() in a clean-up: the group lets its own cancellation out (3.15)."""

import asyncio
import sys


async def work():
    try:
        await asyncio.sleep(3600)
    finally:
        async with asyncio.TaskGroup() as group:
            group.cancel()
            await asyncio.sleep(3600)
        done.append("the clean-up was completed")


async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    print(sys.version.split()[0], "expected: the clean-up was completed; cancelled once")
    print("happened:", *(done or ["the clean-up was cut short; cancelled once"]))
    return 0 if done else 1


if not hasattr(asyncio.TaskGroup, "cancel"):
    sys.exit("TaskGroup.cancel() came with Python 3.15")
done = []
sys.exit(asyncio.run(main()))
