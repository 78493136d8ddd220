"""A trap for each field of a fingerprint: two states that differ in nothing else, and must not be taken for one.

What is in a frame has its own, in `frame_traps`. Both need the standard library and Treadle only, so that they run on
every interpreter: see `trapped`.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import random
import threading
import weakref
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeAlias

from treadle.fingerprint import Fingerprint, Fingerprinter, Scope, watching_code
from treadle.loop import Loop, abandon
from treadle.schedule import TaskKind

Build: TypeAlias = Callable[[Loop, bool], Any]
"""Bring a new loop into one of two states, and return the root of what belongs to it."""

VARIABLE: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
TRAPS: dict[str, Build] = {}


def trap(build: Build) -> Build:
    TRAPS[build.__name__.replace("_", " ")] = build
    return build


def drain(loop: Loop) -> None:
    loop.run(lambda: bool(loop.ready))


def use(*_values: object) -> None:
    """Let names have a use."""


def fingerprint(build: Build, first: bool, kind: TaskKind = TaskKind.C) -> Fingerprint:
    loop = Loop(kind)
    tasks: list[asyncio.Task[Any]] = []

    def make(*arguments: Any, **options: Any) -> asyncio.Task[Any]:
        tasks.append(loop.make_task(*arguments, **options))
        return tasks[-1]

    loop.set_task_factory(make)
    loop.set_exception_handler(lambda *_: None)
    try:
        root = build(loop, first)
        loop.set_task_factory(None)
        with watching_code():
            return Fingerprinter(loop, Scope(None)).take((), (root,))
    finally:
        loop.close()
        abandon(tasks, loop)


def started(loop: Loop, coroutine: Any) -> asyncio.Task[Any]:
    task = loop.create_task(coroutine)
    drain(loop)
    return task


class Bare:
    """Awaits once by a bare yield of what it is given, and keeps no reference to it."""

    def __init__(self, *values: Any) -> None:
        self.values = list(values)

    def __await__(self) -> Generator[Any, Any, None]:
        yield self.values.pop()


# Coroutines


@trap
def the_position_in_the_code(loop: Loop, first: bool) -> Any:
    async def program(flag: bool) -> None:
        if flag:
            del flag
            await loop.create_future()
        else:
            del flag
            await loop.create_future()

    return started(loop, program(first))


@trap
def which_names_are_bound(loop: Loop, first: bool) -> Any:
    async def program(flag: bool) -> None:
        if flag:
            one = None
        else:
            other = None
        del flag
        await loop.create_future()
        use(one, other)

    return started(loop, program(first))


@trap
def what_a_name_is_bound_to(loop: Loop, first: bool) -> Any:
    async def program(value: object) -> None:
        await loop.create_future()
        use(value)

    return started(loop, program(1 if first else True))


@trap
def the_value_stack(loop: Loop, first: bool) -> Any:
    async def program(values: list[int]) -> None:
        use(values.pop(), await loop.create_future())

    return started(loop, program([1 if first else 2]))


@trap
def the_place_of_a_loop_in_a_list(loop: Loop, first: bool) -> Any:
    return rounds(loop, [1, 1, 1], 1 if first else 2)


@trap
def the_place_of_a_loop_in_a_tuple(loop: Loop, first: bool) -> Any:
    return rounds(loop, (1, 1, 1), 1 if first else 2)


@trap
def the_place_of_a_loop_in_a_text(loop: Loop, first: bool) -> Any:
    return rounds(loop, "aaa", 1 if first else 2)


@trap
def the_place_of_an_enumeration(loop: Loop, first: bool) -> Any:
    return rounds(loop, map(bool, [1, 1, 1]), 1 if first else 2)


def rounds(loop: Loop, values: Any, number: int) -> Any:
    waits: list[asyncio.Future[None]] = []

    async def program() -> None:
        for value in values:
            waits.append(loop.create_future())
            await waits[-1]
            del value

    task = started(loop, program())
    for _ in range(number - 1):
        waits.pop().set_result(None)
        drain(loop)
    waits.clear()
    return task


def fail(error: type[Exception]) -> None:
    raise error


@trap
def the_exception_that_is_being_handled(loop: Loop, first: bool) -> Any:
    async def program(errors: list[type[Exception]]) -> None:
        try:
            fail(errors.pop())
        except Exception:
            await loop.create_future()
            raise

    return started(loop, program([ValueError if first else KeyError]))


@trap
def the_place_in_an_asynchronous_generator(loop: Loop, first: bool) -> Any:
    async def generate() -> Any:
        yield 1
        yield 1

    async def program(more: list[int]) -> Any:
        generator = generate()
        async for value in generator:
            if not more:
                await loop.create_future()
            more.pop()
            del value

    return started(loop, program([] if first else [1]))


@trap
def the_cell_of_a_name_that_is_shared(loop: Loop, first: bool) -> Any:
    async def program() -> None:
        shared = 1 if first else 2

        def change() -> None:
            nonlocal shared
            shared += 1

        await loop.create_future()
        change()

    return started(loop, program())


# Tasks and futures


@trap
def a_callback(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    future.add_done_callback(print if first else repr)
    return future


@trap
def the_order_of_callbacks(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    for callback in (print, repr) if first else (repr, print):
        future.add_done_callback(callback)
    return future


@trap
def the_context_of_a_callback(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    context = contextvars.copy_context()
    context.run(VARIABLE.set, 1 if first else 2)
    future.add_done_callback(print, context=context)
    return future


@trap
def what_a_task_waits_for(loop: Loop, first: bool) -> Any:
    one, other = loop.create_future(), loop.create_future()
    for each in (one, other):
        each._asyncio_future_blocking = True
    awaited, not_awaited = (one, other) if first else (other, one)

    async def program(bare: Bare) -> None:
        await bare

    task = started(loop, program(Bare(awaited)))
    wakeup, context = awaited._callbacks[0]
    not_awaited.add_done_callback(wakeup, context=context)
    for each in (one, other):
        each._asyncio_future_blocking = False
    return one, other, task


def swallowing(loop: Loop, cancels: int) -> tuple[asyncio.Task[Any], list[asyncio.Future[Any]]]:
    waits: list[asyncio.Future[Any]] = []

    async def program() -> None:
        while True:
            waits.append(loop.create_future())
            try:
                await waits[-1]
            except asyncio.CancelledError:
                waits.clear()

    task = started(loop, program())
    for _ in range(cancels):
        task.cancel()
        drain(loop)
    return task, waits


@trap
def that_a_task_must_be_cancelled(loop: Loop, first: bool) -> Any:
    task, waits = swallowing(loop, cancels=0 if first else 1)
    waits[-1].set_result(None)
    if first:
        task.cancel()
    assert task.cancelling() == 1
    return task


@trap
def how_often_a_task_was_cancelled(loop: Loop, first: bool) -> Any:
    return swallowing(loop, cancels=0 if first else 1)[0]


@trap
def the_message_of_a_cancellation(loop: Loop, first: bool) -> Any:
    async def program() -> None:
        pass

    task = loop.create_task(program())
    task.cancel("one" if first else "other")
    return task


@trap
def what_a_step_is_given(loop: Loop, first: bool) -> Any:
    async def program(bare: Bare) -> None:
        await bare

    task = loop.create_task(program(Bare(None if first else 5)))
    remaining = [True, False]
    loop.run(lambda: remaining.pop(0))
    return task


@trap
def the_result_of_a_future(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    future.set_result(1 if first else 2)
    return future


@trap
def the_type_of_an_exception(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    future.set_exception((ValueError if first else KeyError)("text"))
    return future


@trap
def the_argument_of_an_exception(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    future.set_exception(ValueError("one" if first else "other"))
    return future


@trap
def whether_an_exception_was_retrieved(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    future.set_exception(ValueError("text"))
    if first:
        future.exception()
    return future


@trap
def whether_a_future_is_done_or_cancelled(loop: Loop, first: bool) -> Any:
    future = loop.create_future()
    if first:
        future.set_result(None)
    else:
        future.cancel()
    return future


@trap
def an_attribute_of_a_future(loop: Loop, first: bool) -> Any:
    future: Any = loop.create_future()
    future.mark = 1 if first else 2
    return future


@trap
def the_name_of_a_task(loop: Loop, first: bool) -> Any:
    task = swallowing(loop, cancels=0)[0]
    task.set_name("one" if first else "other")
    return task


@trap
def the_context_of_a_task(loop: Loop, first: bool) -> Any:
    async def program(values: list[int]) -> None:
        VARIABLE.set(values.pop())
        await loop.create_future()

    return started(loop, program([1 if first else 2]))


@trap
def the_error_with_which_a_task_was_cancelled(loop: Loop, first: bool) -> Any:
    async def program(texts: list[str]) -> None:
        raise asyncio.CancelledError(texts.pop())

    return started(loop, program(["one" if first else "other"]))


# The loop


@trap
def the_order_of_the_queue(loop: Loop, first: bool) -> Any:
    for callback in (print, repr) if first else (repr, print):
        loop.call_soon(callback)


@trap
def the_arguments_of_a_callback(loop: Loop, first: bool) -> Any:
    loop.call_soon(print, 1 if first else 2)


@trap
def the_deadline_of_a_timer(loop: Loop, first: bool) -> Any:
    loop.call_later(1 if first else 2, print)


@trap
def whether_a_timer_was_cancelled(loop: Loop, first: bool) -> Any:
    timer = loop.call_later(1, print)
    if first:
        timer.cancel()
    return timer


@trap
def which_callback_a_handle_stands_for(loop: Loop, first: bool) -> Any:
    handles = [loop.call_soon(print), loop.call_soon(print)]
    return handles[0 if first else 1]


@trap
def how_many_tasks_were_made(loop: Loop, first: bool) -> Any:
    """The next task's place in a set depends on it."""

    async def program() -> None:
        pass

    for _ in range(1 if first else 2):
        use(started(loop, program()))


# Objects


class Slotted:
    __slots__ = ("one", "other")
    one: None
    other: None


@trap
def which_slot_is_set(_loop: Loop, first: bool) -> Any:
    item = Slotted()
    if first:
        item.one = None
    else:
        item.other = None
    return item


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def method(self) -> None:
        """Do nothing."""


@trap
def the_name_of_an_attribute(_loop: Loop, first: bool) -> Any:
    return Plain(one=None) if first else Plain(other=None)


@trap
def whether_two_things_are_one(_loop: Loop, first: bool) -> Any:
    one: list[int] = []
    return [one, one] if first else [one, []]


@trap
def how_long_a_list_is(_loop: Loop, first: bool) -> Any:
    return [[], [None]] if first else [[None], []]


@trap
def the_order_of_a_dictionary(_loop: Loop, first: bool) -> Any:
    return {"a": 1, "b": 2} if first else {"b": 2, "a": 1}


@trap
def the_bound_of_a_deque(_loop: Loop, first: bool) -> Any:
    return deque([1], maxlen=1 if first else 2)


SENTINELS = object(), object()


@trap
def which_sentinel_it_is(_loop: Loop, first: bool) -> Any:
    return SENTINELS, SENTINELS[0 if first else 1]


class Marker:
    """Has no state: it is there to be compared with `is`."""


MARKERS = Marker(), Marker()


@trap
def which_marker_it_is(_loop: Loop, first: bool) -> Any:
    return MARKERS, MARKERS[0 if first else 1]


@trap
def the_state_of_random_numbers(_loop: Loop, first: bool) -> Any:
    return random.Random(1 if first else 2)  # noqa: S311 - not for secrets


@trap
def whether_a_lock_of_threads_is_held(_loop: Loop, first: bool) -> Any:
    lock = threading.Lock()
    if first:
        lock.acquire()
    return lock


@trap
def how_often_a_lock_of_one_thread_is_held(_loop: Loop, first: bool) -> Any:
    lock = threading.RLock()
    for _ in range(1 if first else 2):
        lock.acquire()
    return lock


@trap
def the_sign_of_zero(_loop: Loop, first: bool) -> Any:
    return 0.0 if first else -0.0


@trap
def the_end_of_an_empty_range(_loop: Loop, first: bool) -> Any:
    return range(1 if first else 0, 0)


@trap
def what_is_in_a_cache(_loop: Loop, first: bool) -> Any:
    cached = functools.cache(len)
    cached("one" if first else "other")
    return cached


@trap
def the_order_in_a_bounded_cache(_loop: Loop, first: bool) -> Any:
    cached = functools.lru_cache(maxsize=2)(str)
    for each in (1, 2, 1) if first else (1, 2):
        cached(each)
    return cached


@trap
def the_text_of_a_subclass_that_shows_none(_loop: Loop, first: bool) -> Any:
    return Secret("one" if first else "other")


class Secret(str):
    """Shows nothing of itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return "***"


@trap
def what_a_class_made_in_a_function_holds(_loop: Loop, first: bool) -> Any:
    return type("Made", (), {"value": 1 if first else 2})


@trap
def the_number_of_an_error(_loop: Loop, first: bool) -> Any:
    error = OSError("text")
    error.errno = 1 if first else 2
    return error


@trap
def the_value_of_a_stop(_loop: Loop, first: bool) -> Any:
    error = StopIteration()
    error.value = 1 if first else 2
    return error


@trap
def the_value_of_a_dead_reference(_loop: Loop, first: bool) -> Any:
    held = {1}
    reference: Any = weakref.ref(held)
    return (reference, held) if first else reference


@trap
def the_value_of_a_semaphore(_loop: Loop, first: bool) -> Any:
    return asyncio.Semaphore(1 if first else 2)


@trap
def the_code_of_a_function(_loop: Loop, first: bool) -> Any:
    return (lambda: 1) if first else (lambda: 2)


@trap
def the_arguments_of_a_partial(_loop: Loop, first: bool) -> Any:
    return partial(print, 1 if first else 2)


@trap
def the_object_of_a_method(_loop: Loop, first: bool) -> Any:
    one, other = Plain(one=None), Plain(one=None)
    return one, other, (one if first else other).method
