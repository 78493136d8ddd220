"""asyncio.timeout(0) swallows a cancellation that was requested before it was entered (gh-134471)."""

import asyncio
import sys


async def work():
    asyncio.current_task().cancel()
    try:
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    except TimeoutError:
        await asyncio.sleep(0)
        return "goes on after the time-out"


async def main():
    task = asyncio.create_task(work())
    await asyncio.wait([task])
    print(sys.version.split()[0], "expected: work() ends cancelled")
    print("happened:", "cancelled" if task.cancelled() else task.result())
    return 0 if task.cancelled() else 1


sys.exit(asyncio.run(main()))
