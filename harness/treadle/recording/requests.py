"""Record which task cancels which: every `cancel()` of a task in a picture, and from where it was forwarded.

CPython calls `cancel()` through the instance, also when it forwards a cancellation to what a task awaits. So an
attribute of the instance notices every call, and nothing else of the task changes.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from dataclasses import replace
from functools import partial
from types import MethodType
from typing import TYPE_CHECKING
from weakref import ref

from treadle.trace import CancelRequest

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENT = "environment"

_CANCEL = "cancel"


_SCOPES = {asyncio.Timeout: "asyncio.timeout()", asyncio.TaskGroup: "a task group"}


def scope_of(callback: object) -> str:
    """Name the scope of asyncio whose method a callback is, or nothing."""
    if type(callback) is not MethodType:
        return ""
    return next((name for kind, name in _SCOPES.items() if issubclass(type(callback.__self__), kind)), "")


class Requests:
    """Collects the requests of one execution; `name` and `running` as in `Recorder`."""

    def __init__(self, name: Callable[[asyncio.Future[object]], str], running: Callable[[], str]) -> None:
        """Begin with none."""
        self._name = name
        self._running = running
        self._found: list[CancelRequest] = []
        self._heard: dict[int, ref[asyncio.Future[object]]] = {}  # by `id`: a task may have a hash of its own
        self._inside: list[asyncio.Future[object]] = []  # the tasks whose cancel() is under way, outermost first
        self.scope = ""  # the scope whose callback runs, if it is one

    def take(self) -> tuple[CancelRequest, ...]:
        """Return the requests since the last call."""
        found = tuple(self._found)
        self._found.clear()
        return found

    def listen(self, future: asyncio.Future[object]) -> None:
        """Note each `cancel()` of this task or future from now on, without keeping it alive."""
        itself = self._heard.get(id(future))
        if itself is not None and itself() is future:  # the attribute of a C task cannot be looked up
            return
        itself = self._heard[id(future)] = ref(future)
        # The method of the class, or a replacement by the program.
        own = None if getattr(future.cancel, "__self__", None) is future else future.cancel

        def heard(msg: object = None) -> bool:
            future = itself()
            if future is None:  # the method was kept, but not the task
                return False
            cancel = own or partial(type(future).cancel, future)
            by, forwarded = self._cause()
            place = len(self._found)
            scope = "" if forwarded or by == ENVIRONMENT else self.scope
            of = self._name(future)
            self._found.append(CancelRequest(by=by, of=of, forwarded=forwarded, effective=False, scope=scope))
            self._inside.append(future)
            try:
                effective: bool = cancel(msg)
            finally:
                del self._inside[-1]
            if place < len(self._found):
                self._found[place] = replace(self._found[place], effective=effective)
            return effective

        setattr(future, _CANCEL, heard)

    def _cause(self) -> tuple[str, bool]:
        if self._inside:
            return self._name(self._inside[-1]), True
        running = self._running()
        if not running:
            return ENVIRONMENT, False
        task = asyncio.current_task() if events._get_running_loop() is not None else None  # it may be another thread
        # A task that has suspended passes on the cancellation that was pending when it did.
        return running, task is not None and not task.get_coro().cr_running  # type: ignore[union-attr]
