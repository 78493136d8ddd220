"""Small targets of ordinary Python that uses asyncio, of the kinds of which a compiler for a subset gets the meaning wrong.

Of each the checker sees what really happens, and what is proved of it must be that. In most of them a property hangs on
the construct after which they are named. Written as people write: no tool tidies this folder.
"""

import asyncio
import asyncio as aio
from asyncio import CancelledError as Stop
from asyncio import shield as wait
from contextlib import suppress


async def import_alias_wrong(task):
    task.cancel()
    await wait(task)


async def flag_kept(task):
    me = asyncio.current_task()
    before = me.cancelling()
    task.cancel()
    flag = me.cancelling() > before
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if flag:
            raise


async def or_number(task):
    me = asyncio.current_task()
    n = me.cancelling() or 2
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if n > 1:
            return
        raise


async def bound_cancel(task):
    stop = task.cancel
    await asyncio.sleep(0)
    stop()
    await asyncio.wait([task])


async def oserror(task):
    task.cancel()
    try:
        async with asyncio.timeout(0.01):
            await asyncio.wait([task])
    except OSError:
        return


async def timeout_zero(task):
    task.cancel()
    try:
        async with asyncio.timeout(0):
            await asyncio.wait([task])
    except TimeoutError:
        return


async def wait_result(task):
    task.cancel()
    done, pending = await asyncio.wait([task], timeout=0.01)
    if pending:
        return


async def wait_zero(task):
    task.cancel()
    await asyncio.wait([task], timeout=0)


async def wait_zero_polls(task):
    task.cancel()
    done = None
    while not done:
        done, _ = await asyncio.wait([task], timeout=0)


async def wait_zero_after_all_of_the_turn(task):
    seen = False
    ready = asyncio.get_running_loop().create_future()

    async def sees():
        nonlocal seen
        ready.set_result(None)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        seen = True
    task.cancel()
    asyncio.create_task(sees())
    try:
        await ready
    finally:
        await asyncio.wait([task], timeout=0)
    if seen:
        await asyncio.wait([task])


async def wait_zero_before_the_next_turn(task):
    late = False

    async def is_late():
        nonlocal late
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        late = True
    task.cancel()
    asyncio.create_task(is_late())
    await asyncio.wait([task], timeout=0)
    if not late:
        await asyncio.wait([task])


async def wait_twice_same(task):
    task.cancel()
    await asyncio.wait([task, task])


async def gather_two(task):
    async def nothing():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, nothing(), return_exceptions=True)


async def gather_first_fails(task):
    async def fails():
        raise ValueError
    task.cancel()
    try:
        await asyncio.gather(fails(), task)
    except ValueError:
        return


async def coroutine_twice(task):
    c = asyncio.wait([task])
    task.cancel()
    await c
    try:
        await c
    except RuntimeError:
        raise asyncio.CancelledError


async def set_result_on_task(task):
    task.cancel()
    try:
        task.set_result(None)
    except RuntimeError:
        return
    await asyncio.wait([task])


async def suppress_it(task):
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def suppress_wait(task):
    task.cancel()
    with suppress(Stop):
        await aio.wait([task])


async def comparison_half(task):
    me = asyncio.current_task()
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if me.cancelling() > 0.5:
            return
        raise


async def exception_identity(task):
    task.cancel()
    first = second = None
    try:
        await task
    except asyncio.CancelledError as e:
        first = e
    try:
        await task
    except asyncio.CancelledError as e:
        second = e
    if first is not second:
        await asyncio.sleep(0)
        return
    raise asyncio.CancelledError


async def set_default(task):
    task.cancel()
    things = {task, task}
    if len(things) == 2:
        return
    await asyncio.wait(things)


async def get_name(task):
    task.cancel()
    if task.get_name() == "task":
        await asyncio.wait([task])


async def chain(task):
    me = asyncio.current_task()
    before = me.cancelling()
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if before < me.cancelling() < before + 2:
            return
        raise


async def group_around(task):
    async def child():
        await asyncio.wait([task])
    task.cancel()
    async with asyncio.TaskGroup() as g:
        g.create_task(child(), name="x")


async def isinst(task):
    task.cancel()
    if isinstance(task, asyncio.Task):
        return
    await asyncio.wait([task])


async def hasattr_it(task):
    task.cancel()
    if hasattr(task, "cancelling"):
        return
    await asyncio.wait([task])


async def getattr_default(task):
    task.cancel()
    count = getattr(task, "get_context", None)
    if count is not None:
        return
    await asyncio.wait([task])


async def wait_first(task):
    fut = asyncio.get_running_loop().create_future()
    fut.set_result(None)
    task.cancel()
    await asyncio.wait([task, fut], return_when=asyncio.FIRST_COMPLETED)


async def sleep_value(task):
    task.cancel()
    x = await asyncio.sleep(0, "y")
    if x == "y":
        return
    await asyncio.wait([task])


async def gather_passes_on(task):
    task.cancel()
    await asyncio.gather(task)


async def difference_below_zero(task):
    me = asyncio.current_task()
    before = me.cancelling()
    task.cancel()
    await asyncio.wait([task])
    if me.cancelling() - before:
        raise asyncio.CancelledError


async def attribute_of_a_future(task):
    task.cancel()
    try:
        task.get_context()
    except Exception:
        await asyncio.wait([task])


async def group_is_an_exception(task):
    async def child():
        await task

    task.cancel()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
    except Exception:
        raise asyncio.CancelledError from None
    except BaseException:
        pass


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


async def loop_attribute(task):
    task.cancel()
    try:
        asyncio.get_running_loop().time()
    except AttributeError:
        return
    await asyncio.wait([task])


async def private_attribute_of_a_group(task):
    task.cancel()
    async with asyncio.TaskGroup() as group:
        if group.tasks == None:
            return
    await asyncio.wait([task])


async def timeout_made_early(task):
    task.cancel()
    limit = asyncio.timeout(0.01)
    await asyncio.sleep(0.02)
    async with limit:
        await asyncio.wait([task])


async def surplus_argument(task):
    task.cancel()
    try:
        await asyncio.wait([task], 0.01)
    except TypeError:
        return


async def system_exit(task):
    task.cancel()
    await asyncio.wait([task])
    raise SystemExit


async def uncancel_all(task):
    me = asyncio.current_task()
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        while me.uncancel() > 0:
            pass
        raise


async def self_cancel(task):
    me = asyncio.current_task()
    task.cancel()
    me.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        me.uncancel()
    await asyncio.wait([task])


async def callback_cancels(task):
    me = asyncio.current_task()
    task.add_done_callback(lambda t: me.cancel())
    task.cancel()
    await asyncio.wait([task])


async def gather_results(task):
    task.cancel()
    r = await asyncio.gather(task, return_exceptions=True)
    if isinstance(r[0], asyncio.CancelledError):
        raise r[0]
