"""Two parties of one round of an asyncio.Barrier get the same place, if another one was cancelled (gh-155233)."""

import asyncio
import sys


async def main():
    barrier = asyncio.Barrier(3)
    first, second = (asyncio.create_task(barrier.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    places = await asyncio.gather(second, barrier.wait(), barrier.wait())
    print(sys.version.split()[0], "expected: [0, 1, 2]")
    print("happened:", sorted(places))
    return 0 if sorted(places) == [0, 1, 2] else 1


sys.exit(asyncio.run(main()))
