"""Small targets in which a construct means something else than one reads first.

Each was proved to do what it does not do. As in the other files here, a property hangs on the construct after which a
target is named.
"""

import asyncio

flag = True
limit = 3


async def default_of_a_shadowed_name(task):
    flag = False
    def inner(f=flag):
        return f
    task.cancel()
    if inner():
        await asyncio.wait([task])


async def default_of_a_parameter(task, flag=False):
    stop = lambda f=flag: f
    task.cancel()
    if stop():
        await asyncio.wait([task])


async def count_in(task):
    me = asyncio.current_task()
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if me.cancelling() in (1, 2):
            return
        raise


async def count_in_set(task):
    me = asyncio.current_task()
    task.cancel()
    seen = set()
    seen.add(me.cancelling())
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        seen.add(0)
        if len(seen) == 1:
            return
        raise


async def raise_type_of(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except BaseException as e:
        raise type(e)


async def raise_bad_cause(task):
    task.cancel()
    try:
        raise ValueError from 5
    except TypeError:
        await asyncio.wait([task])


async def raise_bad_cause_lost(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        raise asyncio.CancelledError from "again"


async def view_truth(task):
    d = {}
    task.cancel()
    if not d.items():
        await asyncio.wait([task])


async def add_list_to_set(task):
    task.cancel()
    s = set()
    try:
        s.add([])
    except TypeError:
        return
    await asyncio.wait([task])


async def text_sets(task):
    task.cancel()
    s, t = set(), set()
    s.add("a b")
    t.add("a b")
    if s & t:
        await asyncio.wait([task])


async def number_sets(task):
    task.cancel()
    s, t = set(), set()
    s.add(1000)
    t.add(1000)
    if s - t:
        return
    await asyncio.wait([task])


async def minus_text(task):
    task.cancel()
    try:
        -"a"
    except TypeError:
        await asyncio.wait([task])


async def except_nested_tuple(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except (ValueError, (KeyError, asyncio.CancelledError)):
        raise


class Hook:
    def ready(self):
        return True


class NoHook(Hook):
    ready = None


class Twice:
    def ready(self):
        return True
    ready = None


class DefaultOfClass:
    limit = 0
    def stop(self, task, limit=limit):
        if limit:
            return 1
        return 0


class StaticHook:
    @staticmethod
    def ready():
        return True


class StaticGone(StaticHook):
    ready = None


async def method_replaced(task):
    task.cancel()
    if not NoHook().ready:
        return
    await asyncio.wait([task])


async def method_then_value(task):
    task.cancel()
    if Twice().ready:
        await asyncio.wait([task])


async def default_of_class(task):
    task.cancel()
    if DefaultOfClass().stop(task):
        await asyncio.wait([task])


async def static_gone(task):
    task.cancel()
    if not StaticGone().ready:
        return
    await asyncio.wait([task])


async def unbound_in_a_comprehension(task):
    task.cancel()
    try:
        any(late for _ in [1])
    except UnboundLocalError:
        return
    except NameError:
        await asyncio.wait([task])
    late = True
