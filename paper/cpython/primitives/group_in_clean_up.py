"""A TaskGroup in a clean-up raises what its child raised, and cancels its task once more, unasked."""

import asyncio
import sys


async def fail():
    raise OSError


async def work():
    try:
        await asyncio.sleep(3600)
    finally:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
        except* OSError:
            pass
        await asyncio.sleep(0)
        done.append("the clean-up was completed")


async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    print(sys.version.split()[0], "expected: the clean-up was completed; cancelled once")
    print("happened:", *(done or ["the clean-up was cut short; cancelled once"]))
    return 0 if done else 1


done = []
sys.exit(asyncio.run(main()))
