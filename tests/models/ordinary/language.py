"""Small targets of ordinary Python, of the kinds of which a compiler for a subset gets the meaning wrong.

Of each the checker sees what really happens, and what is proved of it must be that. In most of them a property hangs on
the construct after which they are named. Written as people write: no tool tidies this folder.
"""

import asyncio


class Box:
    def __init__(self):
        self.n = 0
        self.items = []

    def __bool__(self):
        return False


class Empty:
    def __len__(self):
        return 0


class CancelledError(Exception):
    pass


class Plain:
    x = 0

    def __init__(self):
        self.__y = 1


async def own_cancelled(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except CancelledError:
        return
    except asyncio.CancelledError:
        return


async def bool_object(task):
    task.cancel()
    box = Box()
    if box:
        await asyncio.wait([task])


async def len_object(task):
    task.cancel()
    if Empty():
        await asyncio.wait([task])


async def list_alias(task):
    a = []
    b = a
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        b.append(1)
    if a:
        raise asyncio.CancelledError


async def for_else(task):
    task.cancel()
    for each in [task]:
        pass
    else:
        return
    await asyncio.wait([task])


async def for_break_else(task):
    task.cancel()
    for each in [task]:
        if each.done():
            break
    else:
        await asyncio.wait([task])
        return


async def late_binding(task):
    wanted = False

    def want():
        return wanted

    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        wanted = True
    if want():
        raise asyncio.CancelledError


async def nonlocal_flag(task):
    stopped = False

    def note(_):
        nonlocal stopped
        stopped = True

    task.add_done_callback(note)
    task.cancel()
    while not stopped:
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            return


async def fstring_effect(task):
    text = f"{task.cancel()}"
    await asyncio.wait([task])


async def fstring_equal(task):
    task.cancel()
    if f"{1}" == f"{2}":
        await asyncio.wait([task])


async def unbound(task):
    task.cancel()
    if task.done():
        x = 1
    try:
        x
    except NameError:
        return
    await asyncio.wait([task])


async def deleted(task):
    task.cancel()
    x = 1
    del x
    try:
        print(x)
    except UnboundLocalError:
        return
    await asyncio.wait([task])


async def finally_raise(task):
    task.cancel()
    try:
        raise ValueError
    except ValueError:
        try:
            await asyncio.wait([task])
        finally:
            if not task.done():
                raise


async def substring(task):
    task.cancel()
    if "ab" in "cabd":
        return
    await asyncio.wait([task])


async def floats(task):
    task.cancel()
    if 0.0:
        await asyncio.wait([task])


async def mangled(task):
    task.cancel()
    p = Plain()
    try:
        p.__y
    except AttributeError:
        return
    await asyncio.wait([task])


async def kwonly(task):
    async def inner(t, *, when):
        await asyncio.wait([t])
    task.cancel()
    try:
        await inner(task)
    except TypeError:
        return


async def raise_none(task):
    error = None
    task.cancel()
    await asyncio.wait([task])
    try:
        raise error
    except TypeError:
        raise asyncio.CancelledError from None


class Returns:
    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, trace):
        return trace is not None and kind is asyncio.CancelledError


async def exit_by_traceback(task):
    task.cancel()
    async with Returns():
        await asyncio.wait([task])


class Sync:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return error[0] is not None


async def with_sync(task):
    task.cancel()
    with Sync() as s:
        await asyncio.wait([task])


async def with_target_raises(task):
    task.cancel()
    async with Returns() as (a, b):
        await asyncio.wait([task])


async def shadow(task):
    TimeoutError = asyncio.CancelledError
    task.cancel()
    try:
        await asyncio.wait([task])
    except TimeoutError:
        return


async def recursion(task, n=2):
    if n == 0:
        await asyncio.wait([task])
        return
    task.cancel()
    await recursion(task, n - 1)


async def comp(task):
    task.cancel()
    await asyncio.wait([t for t in [task] if not t.done()])


async def except_return(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError as e:
        try:
            return
        finally:
            raise e


async def keyerror(task):
    d = {}
    task.cancel()
    try:
        del d["x"]
    except KeyError:
        return
    await asyncio.wait([task])


async def table_by_task(task):
    d = {}
    d[task] = 1
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if d.get(task) == 1:
            return
        raise


async def iterate_and_grow(task):
    task.cancel()
    things = [1]
    n = 0
    for each in things:
        n += 1
        if n < 3:
            things.append(n)
    if n == 3:
        return
    await asyncio.wait([task])


async def sleep_result(task):
    task.cancel()
    if await_it := 1:
        return


async def name_is_unbound(task):
    caught = None
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError as caught:
        pass
    if caught is not None:
        raise caught


async def conditional_import(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except Maybe:
        return


def _wrapped(function):
    async def inner(task):
        task.cancel()

    return inner


@_wrapped
async def decorated(task):
    task.cancel()
    await asyncio.wait([task])


async def replaced(task):
    task.cancel()
    await helper(task)


async def helper(task):
    await asyncio.wait([task])


async def _other(task):
    return None


globals()["helper"] = _other


if asyncio:
    Maybe = asyncio.CancelledError


async def finally_return(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    finally:
        return


async def spins(task):
    task.cancel()
    while not task.done():
        pass
