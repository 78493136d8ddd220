"""The actions of a program's environment, numbered so that another execution finds the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.execution import Action

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

PAID, FREE = "paid", "free"
CANCEL = "cancel"  # the name of an action that cancels its owner


class ProgramAction(Action):
    """Something that the environment may do `left` more times; `owner` is the task or future that it affects.

    `sort` names the list in which it was declared, and `number` is its number there; both together identify it in
    another execution.
    """

    __slots__ = ("left", "number", "owner", "sort", "when")

    def __init__(
        self,
        name: str,
        do: Callable[[], object],
        owner: asyncio.Future[object] | None,
        left: int = 1,
        *,
        when: Callable[[], bool] | None = None,
    ) -> None:
        """Make an action that calls `do`. `when` says whether it is possible now."""
        super().__init__(name, do)
        self.owner = owner
        self.left = left
        self.when = when
        self.sort = ""
        self.number = 0

    @property
    def key(self) -> tuple[str, int]:
        """What identifies it in another execution."""
        return self.sort, self.number

    @property
    def open(self) -> bool:
        """Say whether it is possible now."""
        return not self.is_over and (self.when is None or self.when())

    @property
    def is_over(self) -> bool:
        """Say whether it will never be possible again."""
        return self.left <= 0 or (self.owner is not None and self.owner.done())


class Actions:
    """The actions of one sort that are still possible, in the order in which they were declared.

    Actions that are over are dropped, so that the time for a look does not grow with all that was declared. Numbers
    stay.
    """

    __slots__ = ("_made", "_sometimes", "actions", "owned", "sort")

    def __init__(self, sort: str) -> None:
        """Begin with none; `sort` is the name of this list."""
        self.sort = sort
        self.actions: dict[int, ProgramAction] = {}
        self._made = 0
        self.owned = False  # some are over as soon as their owner is done
        self._sometimes = False  # some have a `when`

    def add(self, action: ProgramAction) -> None:
        """Declare an action, and number it."""
        action.sort = self.sort
        action.number = self._made
        self._made += 1
        self.owned = self.owned or action.owner is not None
        self._sometimes = self._sometimes or action.when is not None
        self.actions[action.number] = action

    @property
    def ever(self) -> int:
        """The number of actions that were declared, over or not."""
        return self._made

    def settle(self) -> bool:
        """Drop the actions that are over; say whether there were any."""
        for action in self.actions.values():
            owner = action.owner
            if action.left <= 0 or (owner is not None and owner.done()):
                self.open()
                return True
        return False

    def open(self) -> list[ProgramAction]:
        """Return the actions that are possible now."""
        actions = self.actions
        if not actions:
            return []
        found = list(actions.values())
        for action in found:
            if action.left <= 0 or (action.owner is not None and action.owner.done()):
                found = [action for action in found if not action.is_over]
                self.actions = {action.number: action for action in found}
                break
        return [action for action in found if action.when is None or action.when()] if self._sometimes else found

    def all(self) -> list[ProgramAction]:
        """Return the actions that are possible now, or may be later."""
        self.settle()
        return list(self.actions.values())

    def find(self, number: int) -> ProgramAction | None:
        """Return the action with a number, if it is possible."""
        action = self.actions.get(number)
        return action if action is not None and action.open else None
