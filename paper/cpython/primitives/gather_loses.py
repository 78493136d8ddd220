"""asyncio.gather loses a cancellation of its caller that comes when a child has just failed."""

import asyncio
import sys


async def fail():
    await asyncio.sleep(0)
    raise OSError


async def work(child):
    try:
        await asyncio.gather(child, asyncio.sleep(3600))
    except OSError:
        await asyncio.sleep(0)
        return "goes on after the OSError"


async def main():
    child = asyncio.create_task(fail())
    child.add_done_callback(lambda _: task.cancel())  # somebody gives up at this moment
    task = asyncio.create_task(work(child))
    await asyncio.wait([task])
    print(sys.version.split()[0], "expected: work() ends cancelled")
    print("happened:", "cancelled" if task.cancelled() else task.result())
    return 0 if task.cancelled() else 1


sys.exit(asyncio.run(main()))
