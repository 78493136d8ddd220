"""The subject that is judged, and the arguments for a stage."""

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
    """The subject to judge: an async function of the dependency, or (an *owner*) a context manager that creates it.

    An owner is called with the coroutine of the dependency; entering creates the task and yields it, leaving is the
    call.
    """

    function: Callable[..., Awaitable[object]] | Callable[..., AbstractAsyncContextManager[object]]
    owner: bool = False


if TYPE_CHECKING:
    # The arguments for a stage; a loop among them need not be one of Treadle's.
    Staging = tuple[Subject, Situation, Bounds, TaskKind, *tuple[Any, ...]]

    class StagingByName(TypedDict, total=False):
        """Optional arguments for a stage."""

        loop: Any
