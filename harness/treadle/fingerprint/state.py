"""The fingerprint of a whole program: the callbacks and timers of the loop, and the roots given by the program."""

from __future__ import annotations

import platform
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeAlias

# They enter their rules when they are imported.
from treadle.fingerprint import (
    awaitables,
    classes,
    containers,
    extensions,
    frames,
    functions,
    futures,
    iterators,
    library,
    objects,
)
from treadle.fingerprint.careful import CarefulEncoder
from treadle.fingerprint.encoder import Encoder, OpaqueError
from treadle.fingerprint.entered import account
from treadle.fingerprint.futures import can_change
from treadle.fingerprint.layout import why_unreadable
from treadle.loop import SLOW

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Hashable
    from weakref import ref

    from treadle.fingerprint.scope import Scope
    from treadle.loop import Loop

Fingerprint: TypeAlias = tuple[object, ...]

_ROOMS = (awaitables, classes, containers, extensions, frames, functions, futures, iterators, library, objects)


def why_unsupported() -> str:
    """Return why states cannot be identified on this interpreter, or an empty text."""
    if platform.python_implementation() != "CPython":
        return f"states are identified on CPython only, and this is {platform.python_implementation()}"
    reason = why_unreadable()
    return reason and f"states are not identified on this build of Python {platform.python_version()}: {reason}"


class Fingerprinter:
    """Takes fingerprints of one program on one loop.

    `scope` covers what the program may keep outside of its coroutines. `fixed` are objects that are the same in all
    states.
    """

    __slots__ = ("_loop", "_scope", "unheard")

    def __init__(self, loop: Loop, scope: Scope, *fixed: object) -> None:
        """Prepare."""
        self._loop = loop
        self._scope = scope
        self.unheard: list[ref[asyncio.Future[object]]] = []
        """The futures in the last state that failed without their exception being retrieved, as long as they live."""
        for each in (loop, *fixed):
            scope.fix(each)

    def learn(self) -> None:
        """Take note of the code that has run; call this before taking a fingerprint."""
        account().off()
        self._scope.learn()

    @property
    def keeps(self) -> bool:
        """Say whether the program may keep something outside of its coroutines that changes."""
        return self._scope.keeps or any(map(can_change, copy_context().values()))

    @property
    def grown(self) -> tuple[object, ...]:
        """How much is known of the program, as plain values: what a fingerprint says depends on it."""
        return self._scope.grown

    @property
    def reads_counts(self) -> bool:
        """Say whether code may read how often a task was cancelled, without the task noticing it."""
        return self._scope.reads_counts

    @property
    def reads_clocks(self) -> bool:
        """Say whether the program's own code may read the time."""
        return self._scope.reads_clocks

    def take(self, plain: tuple[Hashable, ...], roots: tuple[object, ...], since: float | None = None) -> Fingerprint:
        """Return the fingerprint of the state; if `since` is given, with deadlines relative to it.

        `plain` are values of fixed types that belong to the state, `roots` the objects from which everything else can
        be reached that may run or be read. Call this between two callbacks. Raises `OpaqueError`.
        """
        if account().why_not:
            raise OpaqueError(account().why_not)
        loop = self._loop
        encoder = (CarefulEncoder if self._scope.is_careful else Encoder)(self._scope)
        tokens = encoder.tokens
        timers = loop.pending_timers()
        encoder.since = since
        tokens += (
            plain,
            encoder.told(loop._time),
            loop._tasks_made if since is None else 0,
            len(loop.ready),
            loop.turn,
            len(timers),
        )
        items: list[object] = []
        for handle in loop.ready:
            items += (handle._callback, handle._args, handle._context)
        try:
            encoder.add_all((*items, *timers, *roots, loop._task_factory, loop._exception_handler))
            unchanged = loop._debug is False and loop.slow_callback_duration is SLOW
            tokens.append(unchanged)
            if not unchanged:
                encoder.add_all((loop._debug, loop.slow_callback_duration))
            own = loop._own_names or ()
            if len(vars(loop)) > len(own):  # set by the program
                encoder.add({name: value for name, value in vars(loop).items() if name not in own})
            if self._scope.ends_generators:
                encoder.add_some(found for each in loop._generators if (found := each()) is not None)
            encoder.write()
            self._scope.write(encoder)
        finally:
            self.unheard = encoder.unheard
        return tuple(tokens)
