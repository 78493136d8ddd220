"""What may be done in a gap, as data: a trace and a script know it by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Action:
    """Something that may be done in a gap: `do` does it. It lasts for all executions.

    Its price and its place in the order are those of the options in which it is offered; see `World`. `is_timer` says
    that time passes thereby. One that is no `progress` changes nothing of which anybody hears: the program is as idle
    afterwards as it was.
    """

    __slots__ = ("do", "is_timer", "name", "progress")

    def __init__(self, name: str, do: Callable[[], object], *, is_timer: bool = False, progress: bool = True) -> None:
        """Name what is done."""
        self.name = name
        self.do = do
        self.is_timer = is_timer
        self.progress = progress

    @property
    def key(self) -> object:
        """By what a world finds it again in another execution. What does not last must not be kept by that."""
        return self
