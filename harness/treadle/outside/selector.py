"""Who waits until a descriptor is ready: a selector that never asks the system.

Asyncio's own loops register here what is to be called when a socket can be read or written. It is called when the
environment says so.
"""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from treadle.loop import Handle, Loop

Direction = Literal[0, 1]
READ: Direction = 0
WRITE: Direction = 1
_EVENTS = (selectors.EVENT_READ, selectors.EVENT_WRITE)

_OWN_CLOCK = (
    "loop._selector.select is replaced, as a clock of one's own does it. Treadle's loop has virtual time and asks no "
    "selector, so that this clock would stand still. Leave it out: nothing here waits for real time."
)

FIRST = 1 << 20
"""The first number of a simulated descriptor; no real one is as large."""


class SimulatedSelector(selectors.BaseSelector):
    """Knows who waits for what, and puts that into the ready queue.

    `refuse` is called with what somebody wants to wait for that is not simulated.
    """

    def __init__(self, loop: Loop, refuse: Callable[[str], object]) -> None:
        """Wait for nothing."""
        self._loop = loop
        self._refuse = refuse
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._queued: dict[tuple[int, int], Handle] = {}

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse a replacement of `select`, which nobody would call."""
        if name == "select":
            loop: Any = self._loop
            loop.turn_away(_OWN_CLOCK)
        super().__setattr__(name, value)

    def begin(self) -> None:
        """Begin an execution."""
        self._keys.clear()
        self._queued.clear()

    # What asyncio asks for

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Wait for a descriptor, by its number."""
        number = _number_of(fileobj)
        if number < FIRST:
            self._refuse("add_reader" if events & selectors.EVENT_READ else "add_writer")
        key = self._keys[number] = selectors.SelectorKey(fileobj, number, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Wait for it no more."""
        key = self._keys.pop(_number_of(fileobj))
        for direction in (READ, WRITE):
            self._drop(key.fd, direction)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Wait for something else about it."""
        before = self._keys[_number_of(fileobj)]
        key = self._keys[before.fd] = selectors.SelectorKey(before.fileobj, before.fd, events, data)
        for direction in (READ, WRITE):
            if before.data[direction] is not data[direction]:
                self._drop(before.fd, direction)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:  # noqa: ARG002
        """Return nothing: what is ready is in the queue."""
        return []

    def get_map(self) -> Mapping[int, selectors.SelectorKey]:  # type: ignore[override]
        """Return what is waited for, by the number of the descriptor."""
        return self._keys

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """Return what is waited for about a descriptor."""
        return self._keys[_number_of(fileobj)]

    # What the simulated world asks for

    def waits(self, number: int, direction: Direction) -> bool:
        """Say whether somebody waits who has not been called."""
        key = self._keys.get(number)
        if key is None or not key.events & _EVENTS[direction]:
            return False
        queued = self._queued.get((number, direction))
        return queued is None or not self._is_in_queue(queued)

    def is_called(self, number: int, direction: Direction) -> bool:
        """Say whether somebody who waited will be called as soon as the loop comes to it."""
        queued = self._queued.get((number, direction))
        return queued is not None and not queued._cancelled and self._is_in_queue(queued)

    def call(self, number: int, direction: Direction) -> None:
        """Put what is to be called into the ready queue, if somebody waits."""
        key = self._keys.get(number)
        if key is None or not key.events & _EVENTS[direction]:
            return
        registered = key.data[direction]
        queued = self._loop.queue(registered._callback, registered._args, registered._context)
        self._queued[number, direction] = queued

    def _is_in_queue(self, handle: Handle) -> bool:
        return handle in self._loop.ready

    def _drop(self, number: int, direction: Direction) -> None:
        queued = self._queued.pop((number, direction), None)
        if queued is not None:
            queued.cancel()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return who waits for what."""
        plain: list[object] = []
        objects: list[object] = []
        for number, key in sorted(self._keys.items()):
            plain += (number, key.events)
            for handle in key.data:
                if handle is not None:
                    objects += (handle._callback, handle._args, handle._context)
        return tuple(plain), tuple(objects)


def _number_of(fileobj: Any) -> Any:
    return fileobj if isinstance(fileobj, int) else fileobj.fileno()
