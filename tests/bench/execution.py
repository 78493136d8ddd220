"""What one execution costs, side by side in one run: the leanest possible loop, Treadle's, and the stock loop.

The program is the same on all: a dependency that cleans up over one more await, a controller that cancels and awaits
it, and a cancellation of the controller from outside; seven callbacks on real C tasks. The leanest loop is a deque
and nothing else: no handles, no contexts, no timers, so that nothing can be cheaper without leaving Python. The loops
take turns, because other work on the machine disturbs all of them alike; the ratios are medians over the turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import platform
import statistics
import time
from asyncio import events
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from treadle.check import Job, judge
from treadle.loop import Loop
from treadle.schedule import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

_EXECUTIONS = 2000
_TARGETS = {"leanest": 1.4, "stock": 0.6}


_AnyLoop: Any = asyncio.AbstractEventLoop  # most of its methods are of no use here


class Leanest(_AnyLoop):  # type: ignore[misc]
    """A deque, and what a C task asks of a loop."""

    def __init__(self) -> None:
        self.ready: deque[tuple[Any, Any]] = deque()

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> None:  # noqa: ARG002 - a task gives one
        self.ready.append((callback, args))

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coroutine: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(coroutine, loop=self, **options)

    def call_exception_handler(self, context: Any) -> None:
        pass

    def play(self, act: Callable[[], bool]) -> None:
        take, ready = self.ready.popleft, self.ready
        events._set_running_loop(self)
        try:
            while act():
                while ready:
                    callback, args = take()
                    callback(*args)
        finally:
            events._set_running_loop(None)


class Ours(Loop):
    """Treadle's loop, with a hook at every gap."""

    def play(self, act: Callable[[], bool]) -> None:
        ready = self.ready
        self.run(lambda: True if ready else act())


class Stock(asyncio.SelectorEventLoop):
    """The stock loop, reused, and driven turn by turn: the cheapest way to use it."""

    def play(self, act: Callable[[], bool]) -> None:
        events._set_running_loop(self)
        try:
            while act():
                while self._ready:  # type: ignore[attr-defined]
                    self._run_once()  # type: ignore[attr-defined]
        finally:
            events._set_running_loop(None)


def program(loop: asyncio.AbstractEventLoop) -> Iterator[bool]:
    """Act as the environment, whenever nothing is left to do; True while there is more."""
    first, second = loop.create_future(), loop.create_future()

    async def dependency() -> None:
        try:
            await first
        except asyncio.CancelledError:
            await second
            raise

    async def controller() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    task = asyncio.Task(dependency(), loop=loop, name="dependency")
    yield True
    caller: asyncio.Task[None] = asyncio.Task(controller(), loop=loop, name="controller")
    yield True
    caller.cancel()
    yield True
    if not caller.done():
        message = "the program must have run to its end"
        raise AssertionError(message)
    yield False


def measure(loop: Any) -> float:
    """Return the microseconds for one execution."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        for _ in range(_EXECUTIONS):
            loop.play(partial(next, program(loop)))
        return (time.process_time() - start) / _EXECUTIONS * 1e6
    finally:
        gc.enable()


def measure_explorer() -> float:
    """Return the microseconds for one execution of the checker: with choices, observation and outcome."""
    start = time.process_time()
    cell = judge(Job(target="tacca-corrected", situation="plain", bounds=Bounds(events=3, steps=3)))
    return (time.process_time() - start) / cell.executions * 1e6


def measure_executions(repeats: int) -> dict[str, Any]:
    """Measure all loops, in turns."""
    stock = Stock()
    loops: dict[str, Any] = {"leanest": Leanest(), "treadle": Ours(), "stock": stock}
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(repeats):
        for name, loop in loops.items():
            times[name].append(measure(loop))
    stock.close()
    ratios = {
        name: statistics.median(ours / theirs for ours, theirs in zip(times["treadle"], times[name], strict=True))
        for name in _TARGETS
    }
    return {
        "python": platform.python_version(),
        "executions": _EXECUTIONS * repeats,
        "microseconds": {name: round(statistics.median(each), 2) for name, each in times.items()},
        "explorer_microseconds": round(min(measure_explorer() for _ in range(3)), 1),
        "ratios": {f"treadle/{name}": round(ratio, 2) for name, ratio in ratios.items()},
        "wanted": {f"treadle/{name}": most for name, most in _TARGETS.items()},
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(title=f"one execution, CPython {result['python']}", title_justify="left")
    for heading in ("loop", "microseconds", "Treadle is", "wanted"):
        table.add_column(heading, justify="left" if heading == "loop" else "right")
    names: dict[str, str] = {"leanest": "leanest possible deque", "treadle": "Treadle", "stock": "stock asyncio"}
    row: Callable[..., None] = table.add_row
    for name, told in names.items():
        ratio = f"{result['ratios'][f'treadle/{name}']:.2f} x" if name in _TARGETS else ""
        wanted = f"<= {_TARGETS[name]} x" if name in _TARGETS else ""
        row(told, f"{result['microseconds'][name]:.2f}", ratio, wanted)
    console = Console()
    console.print(table)
    whole = result["explorer_microseconds"]
    console.print(f"a whole execution of the checker, with choices and judgement: {whole} microseconds")
