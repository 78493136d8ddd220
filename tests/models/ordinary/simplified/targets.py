"""Targets of which a verdict hangs on one of the simplifications of the unbounded half; see `test_simplified`."""

import asyncio


async def goes_round(task):
    task.cancel()
    while True:
        await asyncio.sleep(0)


async def asks_again_and_never_leaves(task):
    task.cancel()
    task.cancel()
    while True:
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            continue


async def leaves_where_others_asked(task):
    task.cancel()
    if task.done() or task.cancelling() > 1:
        return
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue


async def absorbs(task):
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue


async def one_drops_and_the_other_never_leaves(task):
    if task.done() or task.cancelling():
        while True:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                continue
    task.cancel()
    try:
        await task
    except BaseException:
        asyncio.current_task().cancel()


async def returns_at_once(task):
    if task.cancelling():
        while True:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                continue
    task.cancel()
    await asyncio.sleep(0)
    asyncio.current_task().cancel()


async def shield_given_up(task):
    task.cancel()
    try:
        await asyncio.wait([asyncio.shield(task)])
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
            raise
    if not task.cancelled():
        error = task.exception()
        if error is not None:
            raise error


async def shields_again_and_again(task):
    task.cancel()
    while not task.done():
        await asyncio.wait([asyncio.shield(task)], timeout=0.01)
