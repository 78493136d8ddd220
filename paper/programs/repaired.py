"""The first program with the function that this PEP proposes."""

import asyncio

from treadle_models.candidates.treadle_wait import treadle_wait as cancel_and_wait


async def cancel_me():
    await asyncio.sleep(3600)


async def main():
    caller = asyncio.current_task()
    task = asyncio.create_task(cancel_me())
    await asyncio.sleep(0)
    task.add_done_callback(lambda _: caller.cancel())
    try:
        await cancel_and_wait(task)
    except asyncio.CancelledError:
        print("main(): cancelled, and told so")
        raise


try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("run(): main() ended cancelled")
