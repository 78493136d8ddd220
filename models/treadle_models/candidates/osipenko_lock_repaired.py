"""The lock with a watchdog, with one name repaired: entering looks at an attribute that exists.

Source: evgeny-osipenko, 2023-04, comment of gh-103486 that describes where the question came up. The repair is ours:
`task` becomes `resetter_task`, and every other line is that of `osipenko_lock`.
"""

from collections.abc import Coroutine
from typing import ClassVar

from treadle_models.candidates._candidate import OWNER_EXCLUDES, Candidate
from treadle_models.candidates.osipenko_lock import Lock


class RepairedLock(Lock):
    """The posted lock, whose entry looks at `resetter_task`."""

    guard: ClassVar[str] = "resetter_task"


def osipenko_lock_repaired(dependency: Coroutine[object, None, object]) -> RepairedLock:
    """Return the repaired lock, with `dependency` as the body of its watchdog."""
    return RepairedLock(dependency)


CANDIDATE = Candidate(
    name="osipenko-lock-repaired",
    function=osipenko_lock_repaired,
    owner=True,
    claim="C08",
    source="evgeny-osipenko, 2023-04, comment on the context in which the question came up; one name repaired by us",
    summary="Leave a TaskGroup by hand so that the watchdog has ended before the row is given back.",
    excludes=OWNER_EXCLUDES,
)
