"""What is judged, and what a stage is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from treadle.schedule import Bounds, TaskKind
    from treadle_models.situations import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged: an async function of the dependency, or (an *owner*) a context manager that makes it.

    An owner is called with the coroutine of the dependency; entering makes the task and yields it, leaving is the call.
    """

    function: Callable[..., Awaitable[object]] | Callable[..., AbstractAsyncContextManager[object]]
    owner: bool = False


if TYPE_CHECKING:
    # What a stage is made from; where there is a loop among that, it need not be one of Treadle's.
    Staging = tuple[Subject, Situation, Bounds, TaskKind, *tuple[Any, ...]]

    class StagingByName(TypedDict, total=False):
        """What else it may be made from."""

        loop: Any
