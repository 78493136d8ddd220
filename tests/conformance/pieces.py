"""Small programs put together at random: a few tasks, each of a few steps, on things that they share.

A program is plain data, a list of steps for each task, so that Hypothesis can shrink it and `random` can draw it where
Hypothesis is not installed. A step is the name of a method of `Piece` without its underscore, and a number, which picks
one of the shared things. No two delays are equal: of timers with one deadline, the stock loop promises no order.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import random
from typing import TYPE_CHECKING, Any

from programs import PROGRAMS
from runners import on_ours, on_stock

from treadle.loop import task_kind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from treadle.schedule import TaskKind

Step = tuple[str, int]
Plan = list[list[Step]]

MOST_TASKS = 4
MOST_STEPS = 5
NUMBERS = range(4)

_DEADLINE = 1000.0  # of a program: its tasks may wait for each other in a circle


class BrokenError(Exception):
    """What fails on purpose."""


class Piece:
    """One program, on one loop."""

    def __init__(self, plan: Plan) -> None:
        """Take a plan; the loop need not run yet."""
        self.log: list[object] = []
        self._plan = plan
        self._tasks: list[asyncio.Task[object]] = []
        self._delays = (1 + number * 2**0.5 for number in itertools.count())
        self._stubborn: set[int] = set()

    async def main(self) -> list[object]:
        """Run all tasks to their ends, cancelling them when nothing else helps, and return what was logged."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.log.append(("reported", type(context.get("exception")))))
        self._events = [asyncio.Event() for _ in NUMBERS]
        self._lock = asyncio.Lock()
        self._gate = asyncio.Semaphore(2)
        self._condition = asyncio.Condition()
        self._barrier = asyncio.Barrier(2)
        self._queue: asyncio.Queue[int] = asyncio.Queue(1)
        for number, steps in enumerate(self._plan):
            self._tasks.append(asyncio.create_task(self._live(number, steps)))
        pending = set(self._tasks)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=_DEADLINE)
            for task in (each for each in self._tasks if each in pending):
                self.log.append(("cut off", self._tasks.index(task)))
                task.cancel()
        self.log += [self._end_of(task) for task in self._tasks]
        return [*self.log, loop.time() < 100 * _DEADLINE]

    @staticmethod
    def _end_of(task: asyncio.Task[object]) -> object:
        return "cancelled" if task.cancelled() else repr(task.exception() or task.result())

    async def _live(self, number: int, steps: list[Step]) -> int:
        current = asyncio.current_task()
        assert current is not None
        for name, which in steps:
            self.log.append((number, name, which))
            step: Callable[[int, int], Awaitable[object]] = getattr(self, f"_{name}")
            try:
                self.log.append((number, await step(number, which)))
            except asyncio.CancelledError as error:
                self.log.append((number, "cancelled", current.cancelling(), error.args))
                if number not in self._stubborn:
                    raise
                self._stubborn.discard(number)
            except Exception as error:
                self.log.append((number, type(error)))
                if name == "fail":
                    raise
        return number

    async def _child(self, which: int) -> int:
        """Sleep, fail, set an event or wait for one."""
        if which == 0:
            await asyncio.sleep(next(self._delays))
        elif which == 1:
            await asyncio.sleep(0)
            raise BrokenError
        elif which == 2:
            self._events[0].set()
        else:
            await self._events[0].wait()
        return which

    def _task(self, which: int) -> asyncio.Task[object]:
        return self._tasks[which % len(self._tasks)]

    # Steps

    async def _turn(self, _number: int, which: int) -> None:
        for _ in range(which):
            await asyncio.sleep(0)

    async def _sleep(self, _number: int, which: int) -> object:
        return await asyncio.sleep(next(self._delays), which)

    async def _wait(self, _number: int, which: int) -> object:
        return await self._events[which].wait()

    async def _set(self, _number: int, which: int) -> None:
        self._events[which].set()

    async def _clear(self, _number: int, which: int) -> None:
        self._events[which].clear()

    async def _cancel(self, number: int, which: int) -> object:
        return self._task(which).cancel(f"by {number}")

    async def _uncancel(self, _number: int, which: int) -> object:
        return self._task(which).uncancel()

    async def _stub(self, number: int, _which: int) -> None:
        self._stubborn.add(number)

    async def _join(self, number: int, which: int) -> object:
        """Await an earlier task: two that await each other pass a cancellation on until the stack is full."""
        return await self._tasks[which % number] if number else None

    async def _shield(self, _number: int, which: int) -> object:
        return await asyncio.shield(self._task(which))

    async def _outlast(self, _number: int, which: int) -> object:
        done, pending = await asyncio.wait([self._task(which)], timeout=next(self._delays))
        return len(done), len(pending)

    async def _limit(self, _number: int, which: int) -> object:
        return await asyncio.wait_for(self._events[which].wait(), next(self._delays))

    async def _timeout(self, _number: int, which: int) -> object:
        async with asyncio.timeout(next(self._delays)) as scope:
            await self._child(which)
        return scope.expired()

    async def _group(self, _number: int, which: int) -> object:
        async with asyncio.TaskGroup() as group:
            child = group.create_task(self._child(which))
            await self._events[which].wait()
        return child.result()

    async def _gather(self, _number: int, which: int) -> object:
        children = self._child(which), self._child((which + 1) % 4)
        return [repr(each) for each in await asyncio.gather(*children, return_exceptions=bool(which % 2))]

    async def _completed(self, _number: int, which: int) -> object:
        children = [asyncio.create_task(self._child(each)) for each in (which, 2)]
        ends = [await each for each in asyncio.as_completed(children, timeout=next(self._delays))]
        return sorted(ends)  # of two that are done already, the stock loop promises no order

    async def _put(self, _number: int, which: int) -> None:
        await self._queue.put(which)

    async def _get(self, _number: int, _which: int) -> object:
        return await self._queue.get()

    async def _hold(self, _number: int, which: int) -> None:
        async with self._lock:
            await self._child(which)

    async def _enter(self, _number: int, which: int) -> None:
        async with self._gate:
            await self._child(which)

    async def _notice(self, _number: int, which: int) -> None:
        async with self._condition:
            if which % 2:
                self._condition.notify()
            else:
                await self._condition.wait()

    async def _meet(self, _number: int, _which: int) -> object:
        return await self._barrier.wait()

    async def _iterate(self, _number: int, which: int) -> object:
        async def count() -> AsyncIterator[int]:
            try:
                for each in itertools.count():
                    yield each
                    await asyncio.sleep(0)
            finally:
                self.log.append("closed")

        async for each in count():
            if each == which:
                break
        return which

    async def _call(self, number: int, which: int) -> None:
        asyncio.get_running_loop().call_soon(self.log.append, ("called", number, which))

    async def _later(self, number: int, which: int) -> None:
        timer = asyncio.get_running_loop().call_later(next(self._delays), self.log.append, ("later", number, which))
        if not which:
            timer.cancel()

    async def _fail(self, _number: int, _which: int) -> None:
        raise BrokenError


STEPS = tuple(
    name.removeprefix("_")
    for name, method in vars(Piece).items()
    if inspect.iscoroutinefunction(method) and name not in ("main", "_live", "_child")
)


async def eagerly(main: Coroutine[Any, Any, object]) -> object:
    """Run with an eager task factory (3.12 and later), as the coroutine itself does not."""
    factory: Any = asyncio.create_eager_task_factory(asyncio.Task)  # type: ignore[attr-defined]
    asyncio.get_running_loop().set_task_factory(factory)
    return await main


def draw(seed: int) -> Plan:
    """Draw a program: the same for a seed, always."""
    source = random.Random(seed)  # noqa: S311 - no secret
    return [
        [(source.choice(STEPS), source.choice(NUMBERS)) for _ in range(source.randint(1, MOST_STEPS))]
        for _ in range(source.randint(1, MOST_TASKS))
    ]


def both(make: Callable[[], Coroutine[Any, Any, object]], task: TaskKind, *, eager: bool) -> tuple[object, object]:
    """Run a program on our loop and on the stock one, and return what came of it."""
    wrap: Callable[[Any], Any] = eagerly if eager else lambda main: main
    with task_kind(task):
        return _come_of(lambda: on_ours(wrap(make()), task)), _come_of(lambda: on_stock(wrap(make())))


def _come_of(run: Callable[[], object]) -> object:
    try:
        return run()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - a loop with a fault may let out anything
        return repr(error)


def compare_programs(task: TaskKind, drawn: int) -> tuple[int, list[str]]:
    """Compare the written programs and so many drawn ones, with and without eager tasks; return how many, and where."""
    programs = 0
    differences = []
    for eager in (False, True) if hasattr(asyncio, "eager_task_factory") else (False,):
        for main in PROGRAMS:
            programs += 1
            logs: list[list[object]] = [[], []]
            turn = iter(logs)
            results = both(lambda main=main, turn=turn: main(next(turn)), task, eager=eager)  # type: ignore[misc]
            if results[0] != results[1] or logs[0] != logs[1]:
                differences.append(f"{main.__name__}, eager {eager}: {logs[0]}, on stock {logs[1]}")
        for seed in range(drawn):
            programs += 1
            plan = draw(seed)
            ours, stock = both(lambda plan=plan: Piece(plan).main(), task, eager=eager)  # type: ignore[misc]
            if ours != stock:
                differences.append(f"{plan}, eager {eager}: {ours}, on stock {stock}")
    return programs, differences
