"""Small programs that use all of asyncio that a deterministic loop has, one or a few parts each.

Each logs what it sees and returns something; both must be the same on any loop. The standard library alone is needed,
so that they run on every interpreter.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

Log = list[Any]
Main = Callable[[Log], Coroutine[Any, Any, object]]

PROGRAMS: list[Main] = []


class BrokenError(Exception):
    """What fails on purpose."""


def program(main: Main) -> Main:
    """Register a program that is run on both loops; what it logs and returns must be the same."""
    PROGRAMS.append(main)
    return main


async def say(log: Log, name: str, delay: float = 0, error: type[Exception] | None = None) -> str:
    """Log a beginning and an end, and a cancellation."""
    log.append(f"{name} begins")
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        log.append(f"{name} is cancelled")
        raise
    if error is not None:
        raise error(name)
    log.append(f"{name} ends")
    return name


@program
async def waits_for_the_first_of_three(log: Log) -> object:
    tasks = [asyncio.create_task(say(log, str(delay), delay / 100)) for delay in (3, 1, 2)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    log.append([tasks.index(task) for task in done])
    for task in tasks:
        task.cancel()
    await asyncio.wait(pending)
    return [task.cancelled() for task in tasks]


@program
async def waits_until_the_first_exception_and_with_a_timeout(log: Log) -> object:
    tasks = [
        asyncio.create_task(say(log, "slow", 0.05)),
        asyncio.create_task(say(log, "fails", 0.01, BrokenError)),
        asyncio.create_task(say(log, "quick")),
    ]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    log.append((len(done), len(pending), type(tasks[1].exception())))
    done, pending = await asyncio.wait(pending, timeout=0.005)
    log.append((len(done), len(pending)))
    return await asyncio.gather(*pending)


@program
async def waits_for_one_thing_in_time_and_for_another_too_long(log: Log) -> object:
    log.append(await asyncio.wait_for(say(log, "quick", 0.001), 0.5))
    try:
        await asyncio.wait_for(say(log, "slow", 0.5), 0.01)
    except TimeoutError:
        log.append("TimeoutError")
    return await asyncio.wait_for(say(log, "patient"), None)


@program
async def times_out_inside_of_a_longer_timeout(log: Log) -> object:
    async with asyncio.timeout(0.5) as outer:
        try:
            async with asyncio.timeout(0.005) as inner:
                await say(log, "slow", 0.1)
        except TimeoutError:
            log.append("inner")
        outer.reschedule(None)
        await say(log, "goes on", 0.001)
    current = asyncio.current_task()
    assert current is not None
    return inner.expired(), outer.expired(), current.cancelling()


@program
async def groups_tasks_of_which_one_fails(log: Log) -> object:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(say(log, "first", 0.05))
            group.create_task(say(log, "fails", 0.005, BrokenError))
            await say(log, "body", 0.05)
    except* BrokenError as broken:
        log.append([str(error) for error in broken.exceptions])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(say(log, "good"))
    return task.result()


@program
async def gathers_results_and_failures(log: Log) -> object:
    found = await asyncio.gather(
        say(log, "one", 0.002), say(log, "two", 0.001, BrokenError), say(log, "three"), return_exceptions=True
    )
    try:
        await asyncio.gather(say(log, "four", 0.001, BrokenError), say(log, "five"))
    except BrokenError as error:
        log.append(str(error))
    return list(map(repr, found))


@program
async def shields_a_task_from_its_caller(log: Log) -> object:
    inner = asyncio.create_task(say(log, "inner", 0.005))

    async def outer() -> None:
        await asyncio.shield(inner)

    caller = asyncio.create_task(outer())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    log.append((caller.cancelled(), inner.done()))
    return await inner


@program
async def passes_things_through_a_queue(log: Log) -> object:
    queue: asyncio.Queue[int] = asyncio.Queue(2)

    async def produce() -> None:
        for number in range(6):
            await queue.put(number)
            log.append(f"put {number}")

    async def consume(name: str) -> None:
        while True:
            number = await queue.get()
            log.append(f"{name} got {number}")
            queue.task_done()

    consumers = [asyncio.create_task(consume(name)) for name in "ab"]
    await produce()
    await queue.join()
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)
    priorities: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
    for number in (3, 1, 2):
        priorities.put_nowait(number)
    return [await priorities.get() for _ in range(3)]


@program
async def takes_a_lock_in_the_order_of_asking(log: Log) -> object:
    lock = asyncio.Lock()

    async def hold(name: str) -> None:
        async with lock:
            await say(log, name, 0.001)

    tasks = [asyncio.create_task(hold(name)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return lock.locked()


@program
async def wakes_all_who_wait_for_an_event(log: Log) -> object:
    event = asyncio.Event()

    async def wait(name: str) -> None:
        await event.wait()
        log.append(name)

    tasks = [asyncio.create_task(wait(name)) for name in "abc"]
    await asyncio.sleep(0)
    event.set()
    await asyncio.wait(tasks)
    return event.is_set()


@program
async def lets_two_at_a_time_through_a_semaphore(log: Log) -> object:
    semaphore = asyncio.BoundedSemaphore(2)

    async def enter(name: str) -> None:
        async with semaphore:
            await say(log, name, delays[name])

    delays = {"a": 0.001, "b": 0.02, "c": 0.04, "d": 0.05}
    await asyncio.gather(*(enter(name) for name in delays))
    return semaphore.locked()


@program
async def notifies_a_condition(log: Log) -> object:
    condition = asyncio.Condition()
    stock = 0

    async def take(name: str) -> None:
        nonlocal stock
        async with condition:
            await condition.wait_for(lambda: stock > 0)
            stock -= 1
            log.append(f"{name}, {stock} left")

    tasks = [asyncio.create_task(take(name)) for name in "ab"]
    await asyncio.sleep(0)
    for _ in range(2):
        async with condition:
            stock += 1
            condition.notify_all()
        await asyncio.sleep(0.001)
    return len((await asyncio.wait(tasks))[0])


@program
async def meets_at_a_barrier(log: Log) -> object:
    barrier = asyncio.Barrier(3)

    async def meet(name: str) -> None:
        async with barrier as place:
            log.append(f"{name} {place}")

    await asyncio.gather(*(meet(name) for name in "abc"))
    return barrier.n_waiting


@program
async def takes_results_as_they_come(log: Log) -> object:
    tasks = [asyncio.create_task(say(log, str(delay), delay / 100)) for delay in (3, 1, 2)]
    for next_one in asyncio.as_completed(tasks):
        log.append(await next_one)
    slow = asyncio.create_task(say(log, "slow", 0.5))
    try:
        for next_one in asyncio.as_completed([slow], timeout=0.002):
            await next_one
    except TimeoutError:
        log.append("TimeoutError")
    slow.cancel()
    return [repr(each) for each in await asyncio.gather(slow, return_exceptions=True)]


@program
async def leaves_an_async_generator_unfinished(log: Log) -> object:
    async def count() -> AsyncIterator[int]:
        try:
            for number in range(5):
                yield number
                await asyncio.sleep(0)
        finally:
            log.append("closed")

    generator = count()
    async for number in generator:
        log.append(number)
        if number == 2:
            break
    del generator
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return [number async for number in count()]


@program
async def keeps_context_variables_apart(log: Log) -> object:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nobody")
    loop = asyncio.get_running_loop()

    async def inside(name: str) -> None:
        variable.set(name)
        await asyncio.sleep(0)
        loop.call_soon(lambda: log.append(f"callback of {variable.get()}"))
        loop.call_later(0.001, lambda: log.append(f"timer of {variable.get()}"))

    await asyncio.gather(inside("a"), inside("b"))
    loop.call_soon(lambda: log.append(f"given: {variable.get()}"), context=contextvars.Context())
    await asyncio.sleep(0.005)
    return variable.get()


@program
async def cancels_handles_before_they_run(log: Log) -> object:
    loop = asyncio.get_running_loop()
    first = loop.call_soon(log.append, "first")
    second = loop.call_soon(log.append, "second")
    loop.call_soon(log.append, "third")
    later = loop.call_later(0.001, log.append, "later")
    loop.call_later(0.002, log.append, "latest")
    second.cancel()
    later.cancel()
    second.cancel()
    log.append((first.cancelled(), second.cancelled(), later.cancelled()))
    await asyncio.sleep(0.01)
    first.cancel()
    return None


@program
async def fires_timers_in_the_order_of_their_deadlines(log: Log) -> object:
    loop = asyncio.get_running_loop()
    now = loop.time()
    for name, delay in (("c", 0.03), ("a", 0.01), ("b", 0.02)):
        timer = loop.call_at(now + delay, log.append, name)
        assert abs(timer.when() - now - delay) < 1e-9
    await asyncio.sleep(0.05)
    return None


@program
async def survives_a_callback_that_raises(log: Log) -> object:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: log.append((context["message"][:21], repr(context.get("exception")))))

    def fail(error: BaseException) -> None:
        raise error

    loop.call_soon(fail, BrokenError("broken"))
    loop.call_soon(fail, asyncio.CancelledError())  # as `result()` of a cancelled future raises it in a done callback
    loop.call_soon(log.append, "goes on")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    handler = loop.get_exception_handler()
    loop.set_exception_handler(None)
    return handler is not None


@program
async def uses_a_task_factory(log: Log) -> object:
    loop = asyncio.get_running_loop()

    def make(loop: Any, coroutine: Any, **options: Any) -> Any:
        log.append("made")
        return asyncio.Task(coroutine, loop=loop, **options)

    loop.set_task_factory(make)
    assert loop.get_task_factory() is make
    task = asyncio.create_task(say(log, "task"), name="a name")
    loop.set_task_factory(None)
    log.append(task.get_name())
    return await task


@program
async def counts_cancellations(log: Log) -> object:
    async def stubborn() -> int:
        task = asyncio.current_task()
        assert task is not None
        for _ in range(2):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError as error:
                log.append((task.cancelling(), error.args))
        return task.uncancel()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel("once")
    await asyncio.sleep(0)
    task.cancel("twice")
    return await task
