"""The private parts of asyncio that a checker needs, in one place; none of these runs at every step."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from weakref import ref

FUTURES: tuple[type[asyncio.Future[object]], ...] = (asyncio.Future, asyncio.futures._PyFuture)  # type: ignore[attr-defined]
"""The classes of all futures and tasks: those in pure Python are not derived from the accelerated one."""

_STEPS = frozenset((None, "__step", "__wakeup", "task_wakeup"))  # the first step of a C task has no name


def task_stepped(callback: object) -> object:
    """Return the task of which a callback is a step; None for other callbacks, such as methods of a task."""
    task: object = getattr(callback, "__self__", None)
    return None if task is None or getattr(callback, "__name__", None) not in _STEPS else task


def silence(futures: Iterable[ref[asyncio.Future[object]]]) -> None:
    """Prevent the log message that the exception of a future was never retrieved; futures that are gone are skipped."""
    for each in futures:
        future = each()
        if future is None:
            continue
        if issubclass(type(future), asyncio.futures._PyFuture):  # type: ignore[attr-defined]
            future.__dict__["_Future__log_traceback"] = False
        else:
            _LOG_TRACEBACK(future, False)  # noqa: FBT003 - bypasses a subclass that may define its own


def loop_of(future: asyncio.Future[object]) -> object:
    """Return the loop of a future, even if a subclass hides it; None for one that was not initialized."""
    if issubclass(type(future), asyncio.futures._PyFuture):  # type: ignore[attr-defined]
        return future.__dict__.get("_loop")
    return _LOOP(future)


_LOG_TRACEBACK: Callable[[object, bool], None] = vars(asyncio.futures._CFuture)["_log_traceback"].__set__  # type: ignore[attr-defined]
_LOOP: Callable[[object], object] = vars(asyncio.futures._CFuture)["_loop"].__get__  # type: ignore[attr-defined]
