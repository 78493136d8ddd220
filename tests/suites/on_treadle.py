"""A pytest plugin that lets `asyncio` make Treadle's loops, and the clocks of `time` follow them."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import unix_events
from typing import Any

from treadle.loop import Loop
from treadle.loop.surroundings import clocks_follow

_stack = contextlib.ExitStack()
_made = 0


class Counted(Loop):
    """Treadle's loop; it counts how many were made."""

    def __init__(self) -> None:
        global _made  # noqa: PLW0603 - a count for the whole session
        super().__init__()
        _made += 1


def pytest_configure() -> None:
    for place in (asyncio, unix_events):
        for each in list(vars(place).values()):
            if isinstance(each, type) and getattr(each, "_loop_factory", None) is asyncio.SelectorEventLoop:
                each._loop_factory = Counted  # type: ignore[attr-defined]
    factory: Any = Counted
    asyncio.EventLoop = factory  # type: ignore[attr-defined]
    asyncio.SelectorEventLoop = factory


def pytest_collection_finish() -> None:
    """Begin when all modules are there that may have bound a clock by name."""
    _stack.enter_context(clocks_follow())


def pytest_unconfigure() -> None:
    _stack.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"treadle loops made: {_made}")
