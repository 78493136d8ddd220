"""Targets that one would rather not have in one's own process. `test_cli` judges them all."""

import asyncio
import contextlib
import itertools
import os
import random
import sys
import time
from typing import Any

from treadle.workers.worker import MEMORY


async def waits(task: Any) -> None:
    """Do as one should."""
    task.cancel()
    await asyncio.wait([task])


async def cancels_again_and_again(task: Any) -> None:
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)


async def asks_for_too_much_memory(task: Any) -> None:
    with contextlib.suppress(MemoryError):
        bytearray(MEMORY)
        return  # it got it
    await waits(task)


async def never_settles(task: Any) -> None:
    task.cancel()
    await asyncio.get_running_loop().create_future()


async def sets_timers_for_ever(task: Any) -> None:
    loop = asyncio.get_running_loop()

    def again() -> None:
        loop.call_later(1, again)

    again()
    await waits(task)


async def polls_with_timers(task: Any) -> None:
    task.cancel()
    while not task.cancelled():  # noqa: ASYNC110 - that is the point
        await asyncio.sleep(0.1)


async def stops_the_loop(task: Any) -> None:
    asyncio.get_running_loop().stop()
    await waits(task)


async def exits_in_a_callback(task: Any) -> None:
    asyncio.get_running_loop().call_soon(sys.exit, 3)
    await waits(task)


async def takes_its_time(task: Any) -> None:
    until = time.process_time() + 0.5  # what `time.sleep` takes is the loop's time
    while time.process_time() < until:
        pass
    await waits(task)


async def spins(task: Any) -> None:
    task.cancel()
    while True:
        pass


async def swallows_everything_and_spins(task: Any) -> None:
    task.cancel()
    while True:
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001, S110 - that is the point
            pass


async def spins_in_c(task: Any) -> None:
    task.cancel()
    sum(itertools.count())


async def raises_system_exit(task: Any) -> None:
    task.cancel()
    raise SystemExit(3)


async def raises_keyboard_interrupt(task: Any) -> None:
    task.cancel()
    raise KeyboardInterrupt


async def recurses(task: Any) -> None:
    task.cancel()
    await recurses(task)


async def leaves_tasks_behind(task: Any) -> None:
    async def other() -> None:
        await asyncio.sleep(3600)

    _other = asyncio.get_running_loop().create_task(other())
    await waits(task)


async def depends_on_chance(task: Any) -> None:
    task.cancel()
    for _ in range(random.SystemRandom().randrange(50)):  # the module's own generator begins alike each time
        await asyncio.sleep(0)


_calls = itertools.count()


async def depends_on_earlier_runs(task: Any) -> None:
    task.cancel()
    if next(_calls) % 2:
        await asyncio.wait([task])


async def ends_the_process(_task: Any) -> None:
    os._exit(0)


async def aborts_the_process(_task: Any) -> None:
    os.abort()


async def prints_a_lot(task: Any) -> None:
    sys.stdout.write("x" * 100_000)
    os.write(1, b"x" * 1000)
    os.write(2, b"x" * 1000)
    await waits(task)


async def reads_standard_input(task: Any) -> None:
    os.read(0, 1)
    await waits(task)
