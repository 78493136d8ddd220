"""The first program with the proposed call in place of its `try`; at the end somebody looks at how it ended."""

import asyncio

import proposed  # noqa: F401 - it puts the function in place


async def cancel_me():
    await asyncio.sleep(3600)


async def main():
    caller = asyncio.current_task()
    task = asyncio.create_task(cancel_me())
    await asyncio.sleep(0)
    # Somebody gives up on the caller at the moment the task ends.
    task.add_done_callback(lambda _: caller.cancel())

    await asyncio.cancel_and_wait(task)

    print("main(): cancelled", caller.cancelling(), "time, going on")
    await asyncio.sleep(0)
    print("main(): nothing stops me")


try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("asyncio.run(): main() was cancelled")
