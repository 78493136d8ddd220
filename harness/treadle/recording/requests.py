"""Who cancels whom, as a picture shows it: every `cancel()` of a task that takes part, with what it was forwarded from.

CPython calls `cancel()` through the instance, also where it forwards a cancellation to what a task awaits. So an
attribute of the instance hears of every one, and nothing else of the task changes.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import ref

from treadle.trace import CancelRequest

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENT = "environment"

_CANCEL = "cancel"


class Requests:
    """Collects the requests of one execution; `name` names a task, `running` whoever runs, "" in a gap."""

    def __init__(self, name: Callable[[asyncio.Future[object]], str], running: Callable[[], str]) -> None:
        """Begin with none."""
        self._name = name
        self._running = running
        self._found: list[CancelRequest] = []
        self._heard: dict[int, ref[asyncio.Future[object]]] = {}  # by `id`: a task may have a hash of its own
        self._inside: list[asyncio.Future[object]] = []  # the tasks whose cancel() is under way, outermost first

    def take(self) -> tuple[CancelRequest, ...]:
        """Return what was requested since this was called last."""
        found = tuple(self._found)
        self._found.clear()
        return found

    def listen(self, future: asyncio.Future[object]) -> None:
        """Hear of each `cancel()` of this task or future from now on, and do not keep it."""
        itself = self._heard.get(id(future))
        if itself is not None and itself() is future:  # a C task does not show its __dict__
            return
        itself = self._heard[id(future)] = ref(future)
        # A method of the class, or what the program has put in its place.
        own = None if getattr(future.cancel, "__self__", None) is future else future.cancel

        def heard(msg: object = None) -> bool:
            future = itself()
            if future is None:  # somebody has kept the method, and not the task
                return False
            cancel = own or partial(type(future).cancel, future)
            by, forwarded = self._cause()
            place = len(self._found)
            self._found.append(CancelRequest(by=by, of=self._name(future), forwarded=forwarded, effective=False))
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
