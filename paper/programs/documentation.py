"""Lose a cancellation in the example of the documentation of `Task.cancel`."""

import asyncio


async def cancel_me():
    await asyncio.sleep(3600)


async def main():
    caller = asyncio.current_task()
    task = asyncio.create_task(cancel_me())
    await asyncio.sleep(0)
    # Somebody gives up on the caller at the moment the task ends.
    task.add_done_callback(lambda _: caller.cancel())

    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("main(): cancel_me is cancelled now")

    print("main(): cancelled", caller.cancelling(), "time, going on")
    await asyncio.sleep(0)
    print("main(): nothing stops me")


asyncio.run(main())
