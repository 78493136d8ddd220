"""Distinguish reports to the loop's exception handler: those of asyncio, and those of libraries or the program.

Asyncio reports what would otherwise go unnoticed: a callback that raised, an exception that was never retrieved, a
pending task that was destroyed. A library may also report that one of its jobs has failed or was given up. It has then
noticed the failure, and in an execution in which a task was disturbed, that is correct behaviour.
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
"""The end of the message of a task or future that is freed, whatever code runs at that moment."""


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
