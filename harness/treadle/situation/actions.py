"""The actions of the environment as data, to which a trace and a script refer by name."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from treadle.execution import Action

if TYPE_CHECKING:
    from collections.abc import Callable


class ActionName(StrEnum):
    """The name of an action."""

    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL_WAIT = "cancel-wait"
    CANCEL_CONTROLLER = "cancel-controller"
    UNCANCEL_CONTROLLER = "uncancel-controller"
    CANCEL_DEPENDENCY = "cancel-dependency"
    FAIL_CHILD = "fail-child"
    FIRE_TIMER = "fire-timer"


_TEXTS = {
    ActionName.COMPLETE: "what the dependency waits for completes",
    ActionName.FAIL: "what the dependency waits for fails",
    ActionName.CANCEL_WAIT: "the future that the dependency waits for is cancelled",
    ActionName.CANCEL_CONTROLLER: "{}.cancel()",
    ActionName.UNCANCEL_CONTROLLER: "{}.uncancel()",
    ActionName.CANCEL_DEPENDENCY: "dependency.cancel()",
    ActionName.FAIL_CHILD: "the sibling in the task group fails",
    ActionName.FIRE_TIMER: "a timer fires",
}


class SituationAction(Action):
    """An action of the environment; `number` is that of the controller concerned, from 0."""

    __slots__ = ("number",)

    name: ActionName

    def __init__(self, name: ActionName, do: Callable[[], object], number: int = 0) -> None:
        """Make an action with this name."""
        super().__init__(name, do, is_timer=name is ActionName.FIRE_TIMER)
        self.number = number

    def text(self, controller: str) -> str:
        """Describe the action; `controller` is the name of the controller concerned."""
        return _TEXTS[self.name].format(controller)
