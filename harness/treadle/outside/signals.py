"""Signals that the environment sends to the handlers of a program's loop; no real process gets one."""

from __future__ import annotations

import asyncio
import signal
from contextvars import copy_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from treadle.loop import Loop


class Signals:
    """The handlers of one loop, by the number of the signal."""

    __slots__ = ("_handlers", "_loop")

    def __init__(self, loop: Loop) -> None:
        """Begin without handlers."""
        self._loop = loop
        self.begin()

    def begin(self) -> None:
        """Begin an execution."""
        self._handlers: dict[int, tuple[Callable[..., object], tuple[object, ...], Context]] = {}

    def add(self, number: int, callback: Callable[..., object], arguments: tuple[object, ...]) -> None:
        """Set the handler of a signal, in place of an earlier one; raise the same errors as asyncio."""
        given: object = callback
        if asyncio.iscoroutine(given) or asyncio.iscoroutinefunction(given):
            message = "coroutines cannot be used with add_signal_handler()"
            raise TypeError(message)
        _see(number)
        if number in {signal.SIGKILL, signal.SIGSTOP}:
            message = f"sig {number} cannot be caught"
            raise RuntimeError(message)
        self._handlers[number] = callback, arguments, copy_context()

    def remove(self, number: int) -> bool:
        """Remove the handler of a signal; say whether there was one."""
        _see(number)
        return self._handlers.pop(number, None) is not None

    def hears(self, number: int) -> bool:
        """Say whether there is a handler for this signal."""
        return number in self._handlers

    def send(self, number: int) -> None:
        """Put the handler of a signal into the ready queue."""
        registered = self._handlers.get(number)
        if registered is not None:
            self._loop.queue(*registered)

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return all that belongs to a state."""
        return tuple(self._handlers), tuple(part for each in self._handlers.values() for part in each)


def _see(number: object) -> None:
    if not isinstance(number, int):
        message = f"sig must be an int, not {number!r}"
        raise TypeError(message)
    if number not in signal.valid_signals():
        message = f"invalid signal number {number}"
        raise ValueError(message)
