"""Coroutines and generators with known contents: their positions, variables and value stacks.

The layout of a frame is found with them: see `treadle.fingerprint.layout`. Each was brought to its position by hand,
without a loop: new, with unbound names, in the middle of nested loops or of a call's arguments, with cells, while an
exception is handled and afterwards, at module level, running, and over.
"""

from __future__ import annotations

import ast
import sys
import types
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence


class _Unbound:
    """Stands for a variable that is unbound."""


UNBOUND = _Unbound()


@dataclass(frozen=True, slots=True)
class Loop:
    """A `for` loop that has taken `taken` items: on the stack as an iterator, or as the sequence and a number."""

    sequence: Sequence[object]
    taken: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A coroutine or generator, and the contents of its frame: its variables, then its stack without empty slots."""

    item: Any
    variables: tuple[object, ...]
    stack: tuple[object, ...] = ()
    names: dict[str, object] | None = None
    handled: BaseException | None = None
    flags: bytes | None = None  # of an asynchronous generator: known to the loop, closed, running in a task

    def attribute(self, name: str) -> Any:
        """Return an attribute of the item, by its name without the prefix."""
        return getattr(self.item, f"{_PREFIXES[type(self.item)]}_{name}")


_PREFIXES: dict[type, str] = {types.CoroutineType: "cr", types.GeneratorType: "gi", types.AsyncGeneratorType: "ag"}


@dataclass(slots=True)
class Samples:
    """All samples; for those that run or are over, the header at that time."""

    new: list[Sample] = field(default_factory=list)
    waiting: list[Sample] = field(default_factory=list)
    running: list[bytes] = field(default_factory=list)
    over: list[bytes] = field(default_factory=list)


@types.coroutine
def _pause() -> Generator[None, None, None]:
    yield


def _wait() -> Awaitable[object]:
    return _pause()


async def _take(first: object, second: object) -> object:
    third = first
    await _pause()
    return first, second, third


async def _branch(mark: object) -> object:
    if mark is None:
        one = mark
    else:
        other = mark
    await _pause()
    return one, other


async def _loop(first: list[int], second: tuple[int, ...]) -> None:
    for one in first:
        for two in second:
            await _pause()
            _call(one, two)


def _call(*arguments: object) -> object:
    return arguments


async def _argue(mark: object) -> object:
    return _call(mark, mark, await _wait())


async def _share(box: list[Any]) -> None:
    def peek() -> object:
        return kept

    kept = box
    box.append(peek)
    await _pause()


def _closing_over(mark: object) -> Any:
    async def inner(own: object) -> object:
        await _pause()
        return own, mark

    return inner


async def _handle(one: Exception, other: Exception) -> None:
    try:
        raise one
    except ValueError:
        try:
            raise other
        except LookupError:
            await _pause()
        await _pause()
    await _pause()


def _generate(values: list[int]) -> Generator[int, None, None]:
    for value in values:  # noqa: UP028 - the loop is what the sample is for
        yield value


async def _give(values: list[int]) -> AsyncGenerator[int, None]:
    for value in values:
        yield value


async def give_late(values: list[int]) -> AsyncGenerator[int, None]:
    """Wait before each value that is yielded."""
    for value in values:
        await _pause()
        yield value


async def give_and_tidy(value: int) -> AsyncGenerator[int, None]:
    """Yield a value, and wait when closed."""
    try:
        yield value
    except GeneratorExit:
        value = 0
    await _pause()


async def _run(box: list[Any], header: Callable[[object], bytes]) -> None:
    box.append(header(box[0]))


@contextmanager
def samples(header: Callable[[object], bytes]) -> Iterator[Samples]:
    """Create all samples, and end them afterwards. `header` returns the memory of an object before its variables."""
    made = Samples()
    steps: list[Any] = []
    with unheard_of():
        try:
            _new(made)
            _coroutines(made)
            _handlers(made)
            _generators(made, steps)
            _running_and_over(made, header)
            yield made
        finally:
            for step in steps:
                with suppress(_Over):
                    step.throw(_Over())
            for each in (*made.new, *made.waiting):
                if isinstance(each.item, types.AsyncGeneratorType):
                    begin(each.item.aclose())
                else:
                    each.item.close()


@contextmanager
def unheard_of() -> Iterator[None]:
    """Hide the asynchronous generators that are started in the block from a running loop."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(*hooks)


class _Over(Exception):  # noqa: N818 - not an error: it ends a sample
    """Ends a sample in the middle of a step."""


def begin(awaitable: Any) -> None:
    """Run an awaitable until it waits, or ends."""
    with suppress(StopIteration, StopAsyncIteration):
        awaitable.send(None)


def _waiting(item: Any, steps: int, variables: tuple[object, ...], *stack: object, **more: Any) -> Sample:
    """Run a coroutine to its await number `steps`; the object that it awaits is on top of its stack."""
    for _ in range(steps):
        item.send(None)
    return Sample(item, variables, (*stack, item.cr_await), **more)


def _new(made: Samples) -> None:
    mark, values = object(), [7]
    made.new += [
        Sample(_take(mark, None), (mark, None, UNBOUND)),
        Sample(_argue(mark), (mark,)),
        Sample(_generate(values), (values, UNBOUND)),
        Sample(_give(values), (values, UNBOUND), flags=bytes(3)),
    ]


def _coroutines(made: Samples) -> None:
    mark, first, second = object(), [3, 4], (5, 6, 7)
    box: list[Any] = []
    inner, names = _closing_over(mark), {"pause": _pause}
    at_top = compile("await pause()", "<sample>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    made.waiting += [
        _waiting(_take(mark, None), 1, (mark, None, mark)),
        _waiting(_branch(mark), 1, (mark, UNBOUND, mark)),
        _waiting(_branch(None), 1, (None, None, UNBOUND)),
        _waiting(_loop(first, second), 1, (first, second, 3, 5), Loop(first, 1), Loop(second, 1)),
        _waiting(_loop(first, second), 5, (first, second, 4, 6), Loop(first, 2), Loop(second, 2)),
        _waiting(_argue(mark), 1, (mark,), _call, mark, mark),
        _waiting(inner(box), 1, (box, inner.__closure__[0])),
        _waiting(types.FunctionType(at_top, names)(), 1, (), names=names),
    ]
    shares = _share(box)
    shares.send(None)
    made.waiting.append(_waiting(shares, 0, (box, box[0], box[0].__closure__[0])))


def _handlers(made: Samples) -> None:
    for steps in (1, 2, 3):
        one, other = ValueError(), LookupError()
        handled = (other, one, None)[steps - 1]
        stack = ((None, one), (None,), ())[steps - 1]
        made.waiting.append(_waiting(_handle(one, other), steps, (one, other), *stack, handled=handled))


def _generators(made: Samples, steps: list[Any]) -> None:
    values = [7, 8]
    plain, given = _generate(values), _give(values)
    late: Any = give_late(values)
    tidied: Any = give_and_tidy(7)
    next(plain)
    begin(anext(given))
    begin(anext(tidied))
    steps += [anext(late), tidied.aclose()]
    for step in steps:
        begin(step)
    made.waiting += [
        Sample(plain, (values, 7), (Loop(values, 1),)),
        Sample(given, (values, 7), (Loop(values, 1),), flags=bytes((1, 0, 0))),
        Sample(late, (values, 7), (Loop(values, 1), late.ag_await), flags=bytes((1, 0, 1))),
        Sample(tidied, (0,), (tidied.ag_await,), flags=bytes((1, 1, 1))),
    ]


def _running_and_over(made: Samples, header: Callable[[object], bytes]) -> None:
    box: list[Any] = []
    runs, never, left, fails = _run(box, header), _branch(None), _branch(None), _take(None, None)
    box.append(runs)
    for each in (runs, left, fails):
        begin(each)
    never.close()
    left.close()
    with suppress(_Over):
        fails.throw(_Over())
    made.running.append(box[1])
    made.over += map(header, (runs, never, left, fails))
