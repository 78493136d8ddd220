"""A simulated selector, which holds the callbacks that wait for descriptors.

Asyncio's selector loop registers here what to call when a socket can be read or written. The environment decides when
it is called.
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
    "the program replaces loop._selector.select, as a test clock does. Treadle's loop has virtual time and uses no "
    "selector, so that clock would stand still. Leave it out: nothing here waits for real time."
)

FIRST = 1 << 20
"""The first number of a simulated descriptor; no real one is as large."""


class SimulatedSelector(selectors.BaseSelector):
    """Holds the callbacks that wait, and puts them into the ready queue.

    `refuse` is called with a request to wait for a descriptor that is not simulated.
    """

    def __init__(self, loop: Loop, refuse: Callable[[str], object]) -> None:
        """Wait for nothing."""
        self._loop = loop
        self._refuse = refuse
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._queued: dict[tuple[int, int], Handle] = {}

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse a replacement of `select`, which would never be called."""
        if name == "select":
            loop: Any = self._loop
            loop.turn_away(_OWN_CLOCK)
        super().__setattr__(name, value)

    def begin(self) -> None:
        """Begin an execution."""
        self._keys.clear()
        self._queued.clear()

    # For asyncio

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Wait for a descriptor, by its number."""
        number = _number_of(fileobj)
        if number < FIRST:
            self._refuse("add_reader" if events & selectors.EVENT_READ else "add_writer")
        key = self._keys[number] = selectors.SelectorKey(fileobj, number, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Stop waiting for a descriptor."""
        key = self._keys.pop(_number_of(fileobj))
        for direction in (READ, WRITE):
            self._drop(key.fd, direction)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Change what to wait for."""
        before = self._keys[_number_of(fileobj)]
        key = self._keys[before.fd] = selectors.SelectorKey(before.fileobj, before.fd, events, data)
        for direction in (READ, WRITE):
            if before.data[direction] is not data[direction]:
                self._drop(before.fd, direction)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:  # noqa: ARG002
        """Return nothing: ready callbacks are in the queue."""
        return []

    def get_map(self) -> Mapping[int, selectors.SelectorKey]:  # type: ignore[override]
        """Return the registrations, by the number of the descriptor."""
        return self._keys

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """Return the registration of a descriptor."""
        return self._keys[_number_of(fileobj)]

    # For the simulated world

    def waits(self, number: int, direction: Direction) -> bool:
        """Say whether a callback waits that has not been queued."""
        key = self._keys.get(number)
        if key is None or not key.events & _EVENTS[direction]:
            return False
        queued = self._queued.get((number, direction))
        return queued is None or not self._is_in_queue(queued)

    def is_called(self, number: int, direction: Direction) -> bool:
        """Say whether a callback that waited is in the ready queue."""
        queued = self._queued.get((number, direction))
        return queued is not None and not queued._cancelled and self._is_in_queue(queued)

    def call(self, number: int, direction: Direction) -> None:
        """Put the callback into the ready queue, if one waits."""
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
        """Return what belongs to a state: what waits for what."""
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
