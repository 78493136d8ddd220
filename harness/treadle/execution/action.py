"""An action that can be done in a gap, as data: a trace and a script refer to it by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Action:
    """Something that can be done in a gap: `do` does it. It lasts for all executions.

    Its price and its place in the order are those of the options in which it is offered; see `World`. `is_timer` says
    that it lets time pass. An action without `progress` changes nothing that the program can see: the program is as
    idle afterwards as before.
    """

    __slots__ = ("do", "is_timer", "name", "progress")

    def __init__(self, name: str, do: Callable[[], object], *, is_timer: bool = False, progress: bool = True) -> None:
        """Make an action with this name."""
        self.name = name
        self.do = do
        self.is_timer = is_timer
        self.progress = progress

    @property
    def key(self) -> object:
        """The key by which a world finds it again in another execution; it must hold nothing that does not last."""
        return self
