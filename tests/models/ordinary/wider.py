"""Small targets with what helpers as they are shipped are made of: stars, loggers, sets, classes that are not compiled.

As in the other files here, a property hangs on the construct after which a target is named.
"""

import asyncio
import asyncio as aio
import contextlib
import logging
from abc import ABC
from collections import abc
from collections.abc import Collection, Sized
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Service(ABC):
    def __init__(self):
        self.tasks = set()

    async def stop(self):
        for each in self.tasks:
            each.cancel()
        await asyncio.wait(self.tasks)


class Box(Generic[T]):
    limit = 1

    @staticmethod
    async def stop(task):
        task.cancel()
        await asyncio.wait([task])

    @property
    def size(self):
        return self.limit


class Told:
    def __str__(self):
        return "told"

    @staticmethod
    def stop(task):
        task.cancel()


async def star_of_a_set(task):
    task.cancel()
    tasks = {task}
    await asyncio.gather(*tasks, return_exceptions=True)


async def _stop(task):
    task.cancel()
    await asyncio.wait([task])


async def star_of_a_generator(task):
    await asyncio.gather(*(_stop(each) for each in [task]), return_exceptions=True)


async def any_map_lambda(task):
    task.cancel()
    found = [task.done(), True]
    if any(map(lambda each: not each, (each for each in found))):
        await asyncio.wait([task])


async def any_stops_early(task):
    seen = []

    def see(each):
        seen.append(each)
        return True

    task.cancel()
    if any(see(each) for each in [1, 2]) and len(seen) == 1:
        await asyncio.wait([task])


async def list_goes_on(task):
    seen = []

    def see(each):
        seen.append(each)
        return True

    task.cancel()
    list(see(each) for each in [1, 2])
    if len(seen) == 1:
        await asyncio.wait([task])


async def never_there(task):
    if task is None:
        print(sum([1]))
        return await asyncio.staggered(task)
    task.cancel()
    await asyncio.wait([task])


async def there_after_all(task):
    task.cancel()
    await asyncio.wait([task])
    if task.done():
        print(sum([1]))


async def has_a_yield(task):
    task.cancel()
    await asyncio.wait([task])

    def numbers():
        return
        yield

    for _ in numbers():
        return


async def logs_what_it_does(task):
    task.cancel()
    waited = False

    def note():
        nonlocal waited
        waited = True

    logger.debug("cancelled %s: %s", type(task), note())
    logging.getLogger("other").exception(f"{task} is stopped", exc_info=True)
    if waited:
        await asyncio.wait([task])


async def a_logger_may_be_silent(task):
    task.cancel()
    if logger.isEnabledFor(logging.DEBUG):
        return
    await asyncio.wait([task])


async def foreign_class(task):
    task.cancel()
    if isinstance(task, Collection) or isinstance({task}, abc.Sequence) or not isinstance([task], Sized):
        return
    await asyncio.wait([task])


async def foreign_class_of_a_task(task):
    task.cancel()
    if isinstance(task, abc.Awaitable):
        return
    await asyncio.wait([task])


async def _all_of(number, /, **tasks):
    for name, each in tasks.items():
        if name != "number":
            each.cancel()
            await asyncio.wait([each])


async def named_tasks(task):
    await _all_of(1, one=task)


async def table_grows(task):
    task.cancel()
    table = {}
    table["one"] = 1
    try:
        for name in table.keys():
            table[name + "s"] = 2
    except RuntimeError:
        return
    await asyncio.wait([task])


async def static_method(task):
    await Box.stop(task)


async def static_method_of_an_object(task):
    await Box().stop(task)


async def a_property(task):
    task.cancel()
    if Box().size:
        await asyncio.wait([task])


async def static_method_alone(task):
    Told.stop(task)
    await asyncio.wait([task])


async def with_a_text_of_its_own(task):
    task.cancel()
    if Told():
        await asyncio.wait([task])


async def abstract_class(task):
    service = Service()
    service.tasks.add(task)
    await service.stop()


async def instance_of_an_abstract_class(task):
    task.cancel()
    if isinstance(task, Service):
        return
    await asyncio.wait([task])


async def set_in_place(task):
    task.cancel()
    one = other = set()
    one |= {task}
    if other:
        await asyncio.wait(other)


async def set_made_anew(task):
    task.cancel()
    one = other = set()
    one = one | {task}
    if other:
        await asyncio.wait(one)


async def list_in_place(task):
    task.cancel()
    one = other = []
    one += [task]
    await asyncio.wait(other)


async def set_difference(task):
    task.cancel()
    waiting = {task}
    while waiting:
        done, _ = await asyncio.wait(waiting)
        waiting = waiting - done


async def base_group_of_exceptions(task):
    task.cancel()
    await asyncio.wait([task])
    try:
        raise BaseExceptionGroup("some", [ValueError()])
    except ExceptionGroup:
        return


async def base_group_of_others(task):
    task.cancel()
    await asyncio.wait([task])
    try:
        raise BaseExceptionGroup("some", [asyncio.CancelledError()])
    except Exception:
        return


async def _waits(task, when=asyncio.FIRST_COMPLETED):
    await asyncio.wait([task, asyncio.create_task(asyncio.sleep(0))], return_when=when)


async def default_of_asyncio(task):
    task.cancel()
    await _waits(task)


async def loop_is_one(task):
    task.cancel()
    if aio.get_running_loop() is task.get_loop():
        await asyncio.wait([task])


async def future_of_the_loop(task):
    ended = task.get_loop().create_future()

    def end(_):
        if not ended.done():
            ended.set_result(None)

    task.add_done_callback(end)
    if not task.done():
        task.cancel()
    try:
        await ended
    finally:
        task.remove_done_callback(end)


async def types_are_compared(task):
    task.cancel()
    if type(task) is type(3):
        return
    await asyncio.wait([task])


async def upper_case(task):
    task.cancel()
    if "done".upper() == "DONE":
        await asyncio.wait([task])


async def walrus_in_a_comprehension(task):
    task.cancel()
    if task is None:
        [each := 1 for _ in [1]]
    try:
        each
    except UnboundLocalError:
        await asyncio.wait([task])


async def two_timers_the_later_one_first(task):
    task.cancel()
    try:
        async with asyncio.timeout(0.02):
            await asyncio.wait([task], timeout=0.01)
            await asyncio.wait([task])
    except TimeoutError:
        return


async def two_timers_at_once(task):
    task.cancel()
    try:
        async with asyncio.timeout(0.01):
            await asyncio.wait([task], timeout=0.01)
            await asyncio.wait([task])
    except TimeoutError:
        return


async def yields_until_done(task):
    task.cancel()
    while not task.done():
        await asyncio.sleep(0)


async def yields_and_counts(task):
    task.cancel()
    count = 0
    while not task.done() and count < 20:
        count += 1
        await asyncio.sleep(0)


async def looks_now_and_then(task):
    task.cancel()
    while not task.done():
        await asyncio.wait([task], timeout=0.01)


async def waits_for_nothing(task):
    task.cancel()
    await asyncio.wait([task])
    await asyncio.get_running_loop().create_future()


async def goes_round(task):
    task.cancel()
    while True:
        await asyncio.sleep(0)


async def shields_again_and_again(task):
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait_for(asyncio.shield(task), 0.01)
        except TimeoutError:
            continue


async def leaves_a_timer_behind(task):
    me = asyncio.current_task()

    async def cancels_later():
        await asyncio.sleep(0.01)
        me.cancel()

    task.cancel()
    asyncio.create_task(cancels_later())
    await asyncio.wait([task])


async def _any_of(*tasks, **named):
    if named["tasks"]:
        await asyncio.wait(tasks)


async def names_like_the_star(task):
    task.cancel()
    await _any_of(task, tasks=True)


class Starts:
    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.late = False

    async def is_late(self):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.late = True

    async def __aenter__(self):
        asyncio.create_task(self.is_late())
        await asyncio.wait([asyncio.get_running_loop().create_future()], timeout=0)
        self.task = asyncio.create_task(self.coroutine)
        return self.task

    async def __aexit__(self, kind, error, trace):
        self.task.cancel()
        if not self.late:
            await asyncio.wait([self.task])


@asynccontextmanager
async def manager_of_a_generator(coroutine):
    task = asyncio.create_task(coroutine)
    yield task
    if not task.done():
        task.cancel()
        await asyncio.wait([task])


@contextlib.asynccontextmanager
async def manager_with_a_finally(coroutine):
    task = asyncio.create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass


@asynccontextmanager
async def manager_that_gives_nothing(coroutine):
    coroutine.close()
    if coroutine:
        return
    yield coroutine


@asynccontextmanager
async def _swallows(task):
    try:
        yield
    except asyncio.CancelledError:
        await asyncio.sleep(0)


@asynccontextmanager
async def _stopped(task):
    task.cancel()
    try:
        given = yield task
    finally:
        if given is None:
            await asyncio.wait([task])


@asynccontextmanager
async def _goes_on(task):
    yield task
    yield task


@asynccontextmanager
async def _ends_like_a_generator():
    yield
    raise StopAsyncIteration


async def within_a_generator(task):
    async with _stopped(task) as same:
        if same is not task:
            return


async def within_a_generator_that_swallows(task):
    task.cancel()
    async with _swallows(task):
        await asyncio.wait([task])


async def within_a_generator_that_goes_on(task):
    task.cancel()
    async with _goes_on(task):
        await asyncio.wait([task])


async def within_a_generator_that_raises_its_end(task):
    task.cancel()
    try:
        async with _ends_like_a_generator():
            await asyncio.sleep(0)
    except RuntimeError:
        await asyncio.wait([task])


async def manager_entered_twice(task):
    manager = _swallows(task)
    async with manager:
        task.cancel()
    try:
        async with manager:
            await asyncio.sleep(0)
    except RuntimeError:
        await asyncio.wait([task])


async def uncancels_nothing(task):
    me = asyncio.current_task()
    left = me.uncancel()
    task.cancel()
    if left == 0 and me.cancelling() == 0:
        await asyncio.wait([task])


async def truth_of_a_count(task):
    me = asyncio.current_task()
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            if me.cancelling():
                raise


async def truth_of_a_difference(task):
    me = asyncio.current_task()
    before = me.cancelling()
    task.cancel()
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue
    if me.cancelling() - before:
        raise asyncio.CancelledError


async def sleeps_on(task):
    task.cancel()
    await asyncio.wait([task])
    for _ in (1, 2, 3, 4, 5, 6):
        await asyncio.sleep(0.01)


async def gathers_itself(task):
    await asyncio.gather(task, asyncio.current_task())
