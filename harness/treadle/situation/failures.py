"""The exceptions with which a dependency fails, by the class that the situation asks for.

A script writes the same exceptions (see `treadle.report.script.failing`), and the machine of the models has them under
the names in `treadle_models.machine.actor`. `KeyboardInterrupt` and `SystemExit` are not among them: they end the event
loop.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class FailureError(Exception):
    """The exception that a dependency raises."""


class StoppedError(asyncio.CancelledError):
    """A cancellation of the dependency's own class: a task that raises it is cancelled, a future fails with it."""


class BrokenError(BaseException):
    """An exception that is no `Exception`, and that the loop survives."""


class Failing(NamedTuple):
    """How a dependency fails: the class of its exception, and how to make one."""

    kind: type[BaseException]
    make: Callable[[], BaseException]


FAILING: Mapping[str, Failing] = {
    "": Failing(FailureError, FailureError),
    "timeout": Failing(TimeoutError, TimeoutError),
    "group": Failing(ExceptionGroup, lambda: ExceptionGroup("the dependency fails", [FailureError()])),
    "cancelled": Failing(StoppedError, StoppedError),
    "base": Failing(BrokenError, BrokenError),
}
"""By the field `failure` of a situation."""
