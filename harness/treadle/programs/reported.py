"""What is reported to the loop's exception handler: by asyncio, or by code that tells in this way what it has noticed.

Asyncio reports what nobody hears else: a callback that raised, an exception that nobody has retrieved, a task that was
destroyed while it waited. A library may report, too, that a job of its own has failed or was given up. Who does so has
heard of it, and to whom it happens in an execution in which somebody was disturbed has done as it should.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from treadle.fingerprint import Origin, origin
from treadle.programs.telling import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CALLED = asyncio.BaseEventLoop.call_exception_handler.__code__
_STREAMS = asyncio.StreamReaderProtocol.__init__.__code__.co_filename
NEVER_RETRIEVED = "exception was never retrieved"
"""What a task or a future says of itself when it goes, whoever runs at that moment."""


def is_told_by_code(context: Mapping[str, object]) -> bool:
    """Say whether a library or the program reports an exception, in the call of the handler that is under way."""
    if "exception" not in context or text_of(context.get("message")).endswith(NEVER_RETRIEVED):
        return False
    frame = sys._getframe(1)
    while frame.f_code is not _CALLED:
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return frame.f_back is not None and origin(frame.f_back.f_code.co_filename) is Origin.OWN


def is_of_streams(context: Mapping[str, object]) -> bool:
    """Say whether asyncio itself reports that the task of a server's connection was cancelled, as 3.11 does."""
    function = getattr(getattr(context.get("handle"), "_callback", None), "__code__", None)
    return function is not None and function.co_filename == _STREAMS
