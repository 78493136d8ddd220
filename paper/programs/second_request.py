"""Is a task that was asked to stop already asked again? Three answers, each explored in three programs.

python paper/programs/second_request.py

The call is `cancel_and_wait`, and `cancel_and_join` in the `finally`. In the first two programs its caller may be
cancelled, in any gap; in the third it is, once the task has refused the first request.
"""

import asyncio
import weakref

import treadle

_asked = weakref.WeakSet()


def each_call(task):
    """Ask, as `Task.cancel()` does."""
    task.cancel()


def unless_cancelling(task):
    """Ask if nobody else has: the count says who was asked."""
    if not task.cancelling():
        task.cancel()


def once_for_each_task(task):
    """Ask if these functions have not, or if the task has withdrawn their request."""
    if task not in _asked or not task.cancelling():
        _asked.add(task)
        task.cancel()


async def stop(ask, task):
    """Leave promptly, and insist in the finally."""
    try:
        if not task.done():
            ask(task)
            await asyncio.wait([task])
    finally:
        if not task.done():
            ask(task)
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue


def cleans_up(ask):
    """Make a program whose task cleans up, which must not be interrupted."""

    async def program(env):
        async def dependency():
            try:
                await asyncio.Event().wait()
            finally:
                try:
                    await env.future("the clean-up")
                except asyncio.CancelledError:
                    raise InterruptedError from None

        await _run(env, ask, dependency())

    return program


def is_timed_out(ask):
    """Make a program whose task is inside a timeout that is over, at the moment of the call or not."""

    async def program(env):
        async def dependency():
            try:
                async with asyncio.timeout(1):
                    await asyncio.Event().wait()
            except TimeoutError:
                await asyncio.Event().wait()

        await _run(env, ask, dependency(), first=env.future("the call"))

    return program


def refuses_and_is_timed_out(ask):
    """Make a program whose task refuses one request, as documented, and is then inside such a timeout."""

    async def program(env):
        async def dependency():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asyncio.current_task().uncancel()
            try:
                async with asyncio.timeout(1):
                    await asyncio.Event().wait()
            except TimeoutError:
                await asyncio.Event().wait()

        await _run(env, ask, dependency(), cancelled=True)

    return program


async def _run(env, ask, dependency, *, first=None, cancelled=False):
    """Let a caller stop the task. It may be cancelled, or with `cancelled` is, and must come to its end."""
    task = asyncio.create_task(dependency, name="task")
    await asyncio.sleep(0)

    async def call():
        if first is not None:
            await first
        await stop(ask, task)

    caller = asyncio.create_task(call(), name="caller")
    if cancelled:
        for _ in range(3):
            await asyncio.sleep(0)
        await env.future("somebody cancels the caller")
        caller.cancel()
    else:
        env.cancellable(caller)
    await asyncio.wait([caller])
    if task.done() and not task.cancelled() and isinstance(task.exception(), InterruptedError):
        raise task.exception()


WORDS = {
    "raises": "interrupted",
    "deadlock": "not asked, stuck",
    "": "well",
}


def main():
    """Explore all and print a table."""
    programs = (cleans_up, is_timed_out, refuses_and_is_timed_out)
    rows = [("asks again", "cleans up", "is timed out", "refuses, is timed out")]
    for ask in (each_call, unless_cancelling, once_for_each_task):
        row = [ask.__name__.replace("_", " ")]
        for make in programs:
            found = treadle.explore(make(ask), events=2)
            names = [each.property for each in found.violations if each.property in WORDS]
            row.append(WORDS[names[0] if names else ""])
        rows.append(tuple(row))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())


if __name__ == "__main__":
    main()
