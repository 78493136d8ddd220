"""The fingerprint of a whole program: what waits in the loop, and the roots that the program names."""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

# Their rules are entered when they are imported.
from treadle.fingerprint import frames, functions, futures, objects
from treadle.fingerprint.encoder import Encoder, OpaqueError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from treadle.fingerprint.scope import Scope
    from treadle.loop import Loop

Fingerprint: TypeAlias = tuple[Any, ...]

_ROOMS = (frames, functions, futures, objects)


def why_unsupported() -> str:
    """Say why states cannot be identified on this interpreter, or nothing."""
    if platform.python_implementation() != "CPython":
        return f"states are identified on CPython only, and this is {platform.python_implementation()}"
    if sys.version_info >= (3, 14):
        # A frame may keep numbers on its value stack that the collector does not see: the position of a loop, say.
        return "states are identified up to Python 3.13 only: from 3.14 on a frame hides a part of its value stack"
    return ""


class Fingerprinter:
    """Takes fingerprints of one program on one loop.

    `scope` is where the program may keep something outside of its coroutines. `fixed` are objects that are the same in
    all states.
    """

    __slots__ = ("_fixed", "_loop", "_scope")

    def __init__(self, loop: Loop, scope: Scope, *fixed: object) -> None:
        """Prepare."""
        self._loop = loop
        self._scope = scope
        self._fixed = (loop, *fixed)

    def take(self, plain: tuple[Hashable, ...], roots: tuple[object, ...]) -> Fingerprint:
        """Return the fingerprint of the state.

        `plain` are values of fixed types that belong to it, `roots` the objects from which all else can be reached that
        may run or be looked at. To be called between two callbacks. Raises `OpaqueError`.
        """
        loop = self._loop
        encoder = Encoder()
        for item in self._fixed:
            encoder.number(item)
        encoder.tokens += (plain, loop._time, loop._tasks_made, len(loop.ready))
        try:
            self._scope.write(encoder)
            for handle in loop.ready:
                encoder.add_all(handle[:3])  # callback, arguments, context
            timers = loop.pending_timers()
            encoder.tokens.append(len(timers))
            encoder.add_all(timers)
            encoder.add_all(roots)
        except RecursionError:
            message = "objects that are nested too deeply"
            raise OpaqueError(message) from None
        return tuple(encoder.tokens)
