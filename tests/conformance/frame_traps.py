"""Traps for what is in a suspended frame: its variables, its value stack, how far its loops are, what it handles.

`TRAPS` are pairs of states that differ in one thing, `ALIKE` are pairs that were reached in two ways and are the same.
"""

from __future__ import annotations

import itertools
import sys
import types
from collections import OrderedDict, deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traps import Build, drain, fail, started, use

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Callable, Generator

    from treadle.loop import Loop

TRAPS: dict[str, Build] = {}
ALIKE: dict[str, Build] = {}


def trap(build: Build) -> Build:
    TRAPS[build.__name__.replace("_", " ")] = build
    return build


def alike(build: Build) -> Build:
    ALIKE[build.__name__.replace("_", " ")] = build
    return build


def turns(loop: Loop, coroutine: Callable[[Callable[[], Any]], Any], number: int) -> Any:
    """Let a coroutine get to its so-manieth wait; it is given a function that makes what it waits for."""
    waits: list[asyncio.Future[None]] = []

    def wait() -> asyncio.Future[None]:
        waits.append(loop.create_future())
        return waits[-1]

    task = started(loop, coroutine(wait))
    for _ in range(number - 1):
        waits.pop().set_result(None)
        drain(loop)
    waits.clear()
    return task


# Variables


@trap
def whether_a_name_was_deleted(loop: Loop, first: bool) -> Any:
    async def program(flags: list[bool]) -> None:
        one = None
        if flags.pop():
            del one
        await loop.create_future()
        use(one)

    return started(loop, program([first]))


@trap
def whether_the_cell_of_a_name_is_empty(loop: Loop, first: bool) -> Any:
    async def program(flags: list[bool]) -> None:
        def peek() -> None:
            return shared

        if flags.pop():
            shared = None
        await loop.create_future()
        use(peek)

    return started(loop, program([first]))


@trap
def what_a_walrus_has_bound(loop: Loop, first: bool) -> Any:
    async def program(values: list[int]) -> None:
        if (value := values.pop()) and await loop.create_future():
            use(value)

    return started(loop, program([1 if first else 2]))


@trap
def what_a_pattern_is_matched_against(loop: Loop, first: bool) -> Any:
    async def program(values: list[Any]) -> None:
        match values.pop():
            case [1, _] if await loop.create_future():
                pass
            case [1, 2]:
                pass

    return started(loop, program([[1, 2 if first else 3]]))


@trap
def what_a_star_has_unpacked(loop: Loop, first: bool) -> Any:
    async def program(values: list[Any]) -> None:
        use(*values.pop(), await loop.create_future())

    return started(loop, program([[1 if first else 2]]))


@trap
def what_is_in_a_dictionary_that_is_being_made(loop: Loop, first: bool) -> Any:
    async def program(values: list[int]) -> None:
        use({"one": values.pop(), "other": await loop.create_future()})

    return started(loop, program([1 if first else 2]))


@trap
def the_variable_of_a_comprehension(loop: Loop, first: bool) -> Any:
    """From 3.12 on it is one of the function's."""

    async def program(wait: Callable[[], Any]) -> None:
        use({await wait() for _ in (1, 1, 1, 1)})

    return turns(loop, program, 2 if first else 3)


if sys.version_info < (3, 13):

    @trap
    def what_was_put_into_locals(loop: Loop, first: bool) -> Any:
        """The dictionary stays the frame's, and the next call of `locals` gives it again."""

        async def program(values: list[int]) -> None:
            locals()["mark"] = values.pop()
            await loop.create_future()
            use(locals())

        return started(loop, program([1 if first else 2]))


# Loops


def nested(loop: Loop, over: Callable[[], Any], number: int) -> Any:
    async def program(wait: Callable[[], Any]) -> None:
        for _ in over():
            for _ in over():
                for _ in over():
                    await wait()

    return turns(loop, program, number)


NESTED: dict[str, Callable[[], Any]] = {
    "lists": lambda: [0, 0],
    "tuples": lambda: (0, 0),
    "texts": lambda: "aa",
    "generators": lambda: (0 for _ in "aa"),
}


def enter_nested(kind: str, over: Callable[[], Any], place: str, after: int) -> None:
    def build(loop: Loop, first: bool) -> Any:
        return nested(loop, over, 1 if first else after)

    TRAPS[f"the place of the {place} of three loops over {kind}"] = build


for kind, make in NESTED.items():
    for place, after in {"inner": 2, "middle": 3, "outer": 5}.items():
        enter_nested(kind, make, place, after)


class ByIndex:
    """Is gone over by index."""

    def __init__(self) -> None:
        self.size = 4

    def __getitem__(self, index: int) -> int:
        if index < self.size:
            return 0
        raise IndexError(index)


OVER: dict[str, Callable[[], Any]] = {
    "a list": lambda: [0] * 4,
    "a tuple": lambda: (0,) * 4,
    "a text": lambda: "a" * 4,
    "a text of other letters": lambda: "\u0394" * 4,
    "bytes": lambda: b"aaaa",
    "a bytearray": lambda: bytearray(b"aaaa"),
    "a range": lambda: range(4),
    "a range of large numbers": lambda: range(2**70, 2**70 + 4),
    "a list, backwards": lambda: reversed([0] * 4),
    "a range, backwards": lambda: reversed(range(4)),
    "what has items by index": ByIndex,
    "the keys of a dictionary": lambda: dict.fromkeys("abcd"),
    "the values of a dictionary": lambda: dict.fromkeys("abcd").values(),
    "the items of a dictionary": lambda: dict.fromkeys("abcd").items(),
    "the keys of a dictionary, backwards": lambda: reversed(dict.fromkeys("abcd")),
    "an ordered dictionary": lambda: OrderedDict.fromkeys("abcd"),
    "a set": lambda: {1, 2, 3, 4},
    "a deque": lambda: deque([0] * 4),
    "a deque, backwards": lambda: reversed(deque([0] * 4)),
    "calls": lambda: iter([1, 0, 0, 0, 0].pop, 1),
    "an enumeration": lambda: enumerate(itertools.repeat(0)),
    "a zip": lambda: zip([0] * 4, itertools.repeat(0), strict=False),
    "a map": lambda: map(abs, [0] * 4),
    "a filter": lambda: filter(None, [1] * 4),
    "count": lambda: itertools.count(1),
    "count by a fraction": lambda: itertools.count(1, 0.5),
    "the second round of a cycle": lambda: itertools.islice(itertools.cycle([0] * 4), 4, None),
    "a chain": lambda: itertools.chain([0] * 4, [0]),
    "a slice": lambda: itertools.islice(itertools.repeat(0), 4),
    "repetitions": lambda: itertools.repeat(0, 4),
    "sums": lambda: itertools.accumulate(itertools.repeat(1)),
    "pairs": lambda: itertools.pairwise(range(5)),
    "a product": lambda: itertools.product([0, 0], repeat=2),
    "permutations": lambda: itertools.permutations([0] * 4, 3),
    "combinations": lambda: itertools.combinations([0] * 4, 2),
    "combinations with repetitions": lambda: itertools.combinations_with_replacement([0] * 4, 2),
    "takewhile": lambda: itertools.takewhile(abs, [1] * 4),
    "dropwhile": lambda: itertools.dropwhile(abs, [0] * 4),
    "filterfalse": lambda: itertools.filterfalse(None, [0] * 4),
    "starmap": lambda: itertools.starmap(max, [(0, 0)] * 4),
    "a selection": lambda: itertools.compress([0] * 4, [1] * 4),
    "the longest": lambda: itertools.zip_longest([0] * 4, [0]),
    "a generator": lambda: (0 for _ in [0] * 4),
}
if sys.version_info >= (3, 12):
    OVER["batches"] = lambda: itertools.batched([0] * 8, 2)


def through(loop: Loop, over: Callable[[], Any], number: int) -> Any:
    async def program(wait: Callable[[], Any]) -> None:
        for item in over():
            del item
            await wait()

    return turns(loop, program, number)


def enter_through(kind: str, over: Callable[[], Any]) -> None:
    def build(loop: Loop, first: bool) -> Any:
        return through(loop, over, 2 if first else 3)

    TRAPS[f"the place in {kind}"] = build


for kind, make in OVER.items():
    enter_through(kind, make)


def begun(container: Any, change: Callable[[], object], first: bool) -> Any:
    """Begin to go over a container before, or after, it was changed."""
    if first:
        change()
    iterator = iter(container)
    next(iterator)
    if not first:
        change()
    return container, iterator


@trap
def whether_a_dictionary_has_changed_in_a_loop(_loop: Loop, first: bool) -> Any:
    container = {"a": 0, "b": 0}
    return begun(container, lambda: container.update(c=0), first)


@trap
def whether_a_set_has_changed_in_a_loop(_loop: Loop, first: bool) -> Any:
    container = {1, 2}
    return begun(container, lambda: container.add(3), first)


@trap
def whether_a_deque_has_changed_in_a_loop(_loop: Loop, first: bool) -> Any:
    container = deque([0, 0])
    return begun(container, lambda: container.rotate(1), first)


@trap
def how_far_a_loop_was_when_its_dictionary_changed(_loop: Loop, first: bool) -> Any:
    container = dict.fromkeys("abc")
    iterator = iter(container)
    for _ in range(1 if first else 2):
        next(iterator)
    container["d"] = None
    return container, iterator


@trap
def which_dictionary_a_loop_goes_over(_loop: Loop, first: bool) -> Any:
    one, other = {"a": 0}, {"a": 0}
    return one, other, iter(one if first else other)


# Context managers and exceptions


class Manager:
    def __init__(self, mark: int) -> None:
        self.mark = mark

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    async def __aenter__(self) -> None:
        """Do nothing."""

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""


@trap
def what_a_with_will_leave(loop: Loop, first: bool) -> Any:
    async def program(marks: list[int]) -> None:
        with Manager(marks.pop()):
            await loop.create_future()

    return started(loop, program([1 if first else 2]))


@trap
def what_an_asynchronous_with_will_leave(loop: Loop, first: bool) -> Any:
    async def program(marks: list[int]) -> None:
        async with Manager(marks.pop()):
            await loop.create_future()

    return started(loop, program([1 if first else 2]))


@trap
def the_exception_that_passes_through_a_finally(loop: Loop, first: bool) -> Any:
    async def program(errors: list[Exception]) -> None:
        try:
            raise errors.pop()
        finally:
            await loop.create_future()

    return started(loop, program([ValueError() if first else KeyError()]))


class Waiting(Manager):
    """Waits before it lets go, and keeps neither what it is given nor what it waits for."""

    def __init__(self, *waits: Any) -> None:
        self.waits = list(waits)

    async def __aexit__(self, *_: object) -> None:
        del _
        await self.waits.pop()


class Holding(Waiting):
    """Keeps what it is given while it waits."""

    async def __aexit__(self, *given: object) -> None:
        await self.waits.pop()
        use(given)


@trap
def the_exception_that_leaves_an_asynchronous_with(loop: Loop, first: bool) -> Any:
    async def program(errors: list[Exception]) -> None:
        async with Waiting(loop.create_future()):
            raise errors.pop()

    return started(loop, program([ValueError(1 if first else 2)]))


@trap
def the_exception_behind_the_one_that_is_handled(loop: Loop, first: bool) -> Any:
    async def program(errors: list[Exception]) -> None:
        try:
            raise errors.pop()
        except ValueError:
            try:
                fail(KeyError)
            except KeyError as error:
                error.__context__ = None
                del error
                await loop.create_future()

    return started(loop, program([ValueError(1 if first else 2)]))


# Asynchronous generators, and what C code awaits


async def patient(wait: asyncio.Future[None]) -> AsyncGenerator[int, None]:
    with suppress(GeneratorExit):
        yield 1
    await wait
    yield 2


def stepped(loop: Loop, closing: bool) -> tuple[Any, Any]:
    """Return an asynchronous generator that waits, and the step in which it does."""
    generator = patient(loop.create_future())
    with suppress(StopIteration):
        generator.__anext__().__await__().send(None)
    step: Any = generator.aclose() if closing else generator.__anext__()
    step.send(None)
    LEFT.append(step)
    return generator, step


LEFT: list[Any] = []
"""Steps that are not looked at, and must not be let go before."""


def let_go() -> None:
    """Close the steps that are left, or Python complains that nobody has awaited them."""
    while LEFT:
        LEFT.pop(0).close()


@trap
def whether_an_asynchronous_generator_is_being_closed(loop: Loop, first: bool) -> Any:
    return stepped(loop, first)[0]


@trap
def whether_the_step_of_a_generator_has_begun(loop: Loop, first: bool) -> Any:
    generator, step = stepped(loop, closing=False)
    other = generator.__anext__()
    LEFT.append(other)
    return generator, step if first else other


@trap
def which_future_is_awaited(loop: Loop, first: bool) -> Any:
    one, other = loop.create_future(), loop.create_future()
    return one, other, (one if first else other).__await__()


@trap
def what_anext_gives_at_the_end(loop: Loop, first: bool) -> Any:
    async def program(values: list[int]) -> None:
        generator = patient(loop.create_future())
        await anext(generator)
        await anext(generator, values.pop())

    return started(loop, program([1 if first else 2]))


class Wrapped:
    """Awaits a coroutine, and does not keep it."""

    def __init__(self, *made: Any) -> None:
        self.made = list(made)

    def __await__(self) -> Any:
        return self.made.pop().__await__()


@trap
def the_place_in_a_coroutine_that_another_awaits_by_its_wrapper(loop: Loop, first: bool) -> Any:
    async def inner(wait: Callable[[], Any]) -> None:
        await wait()
        await wait()

    async def program(wait: Callable[[], Any]) -> None:
        await Wrapped(inner(wait))

    return turns(loop, program, 1 if first else 2)


@types.coroutine
def bare(wait: Callable[[], Any]) -> Generator[Any, Any, None]:
    yield from wait()
    yield from wait()


@trap
def the_place_in_a_generator_that_is_awaited(loop: Loop, first: bool) -> Any:
    async def program(wait: Callable[[], Any]) -> None:
        await bare(wait)

    return turns(loop, program, 1 if first else 2)


# What is the same, however it was reached


@alike
def an_exception_was_handled_before(loop: Loop, first: bool) -> Any:
    async def program(flags: list[bool]) -> None:
        with suppress(KeyError):
            if flags.pop():
                raise KeyError
        try:
            if flags.pop():
                fail(KeyError)
        except KeyError:
            use()
        await loop.create_future()

    return started(loop, program([first, first]))


@alike
def an_exception_came_from_another_line(loop: Loop, first: bool) -> Any:
    async def program(flags: list[bool]) -> None:
        try:
            if flags.pop():
                raise KeyError
            raise KeyError
        finally:
            await loop.create_future()

    return started(loop, program([first]))


def fail_early_or_late(early: bool) -> None:
    if early:
        raise KeyError
    raise KeyError


@alike
def a_traceback_is_held_by_an_exit(loop: Loop, first: bool) -> Any:
    async def program(flags: list[bool]) -> None:
        async with Holding(loop.create_future()):
            fail_early_or_late(flags.pop())

    return started(loop, program([first]))


@alike
def a_loop_left_out_a_wait(loop: Loop, first: bool) -> Any:
    flags = [first] * 2

    async def program(wait: Callable[[], Any]) -> None:
        for _ in [0, 0, 0]:
            for _ in (0, 0):
                if flags.pop():
                    await wait()
            await wait()

    return turns(loop, program, 3 if first else 1)


@alike
def a_value_came_from_elsewhere(loop: Loop, first: bool) -> Any:
    async def program(values: list[Any]) -> None:
        value = values.pop()
        if value is None:
            value = 1
        await loop.create_future()
        use(value)

    return started(loop, program([1 if first else None]))


@alike
def somebody_has_looked_at_the_frame(loop: Loop, first: bool) -> Any:
    async def program() -> None:
        one = 1
        await loop.create_future()
        use(one)

    task = started(loop, program())
    if first:
        use(task.get_stack())
    return task
