"""The environment of a program while it is explored: its kind of task, virtual clocks, repeatable random numbers."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

from treadle.loop.chance import chance_that_repeats
from treadle.loop.clock import PLACES, REPLACED
from treadle.loop.dates import DATES
from treadle.loop.swap import swapped
from treadle.loop.tasks import coroutines_in_order, every_task_known, task_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.schedule import TaskKind

_REPLACED = (*REPLACED, *DATES)
_BY_IDENTITY = {id(real): (real, virtual) for real, virtual in _REPLACED}
_PLACES = (*PLACES, *((dt, real.__name__) for real, _ in DATES))


def clocks_follow() -> contextlib.AbstractContextManager[None]:
    """Let the clocks of `time` show the time of Treadle's loop, for callers in its thread while it runs."""
    return swapped(_BY_IDENTITY, _PLACES)


@contextlib.contextmanager
def surroundings(kind: TaskKind) -> Iterator[None]:
    """Put all replacements in place for the block, in which programs are executed any number of times."""
    with task_kind(kind), every_task_known(kind), coroutines_in_order(), clocks_follow(), chance_that_repeats():
        yield
