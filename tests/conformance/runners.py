"""Run a coroutine on our loop, or on the stock loop with a clock that does not make anybody wait."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

from treadle.loop import Loop
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine


class Impatient(selectors.SelectSelector):
    """Lets virtual time pass where a selector would block, so that a busy machine makes no difference."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "nothing is left that could happen"
        self.passed += timeout
        return []


class StockLoop(asyncio.SelectorEventLoop):
    """The stock loop, but that it does not wait for time to pass."""

    def __init__(self) -> None:
        self._impatient = Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.passed


def on_stock(coroutine: Coroutine[Any, Any, object]) -> object:
    with asyncio.Runner(loop_factory=StockLoop) as runner:
        return runner.run(coroutine)


def in_a_runner(coroutine: Coroutine[Any, Any, object]) -> object:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(coroutine)


def on_ours(main: Awaitable[Any], kind: TaskKind = TaskKind.C) -> Any:
    loop = Loop(kind)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()
