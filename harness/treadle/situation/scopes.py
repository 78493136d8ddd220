"""The scope around a controller: a timeout, or a task group one of whose children fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

# Seconds of virtual time after which the scope of the situation `timeout` fires: before any timer of a candidate.
_DELAY = 1e-3


class ChildFailedError(Exception):
    """The exception that a sibling raises in the situation `group`."""


def make_scope(kind: str) -> AbstractAsyncContextManager[object]:
    """Return a scope of this kind: `timeout` or `group`."""
    return asyncio.timeout(_DELAY) if kind == "timeout" else asyncio.TaskGroup()


def is_expected(kind: str, error: BaseException) -> bool:
    """Say whether a scope of this kind, once it has fired, raises such an error."""
    if kind == "timeout":
        return isinstance(error, TimeoutError)
    return isinstance(error, BaseExceptionGroup) and error.subgroup(ChildFailedError) is not None
