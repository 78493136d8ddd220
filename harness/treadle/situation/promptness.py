"""Check the mode `prompt`: a cancelled controller must be ready, and leave in its next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from treadle.loop import task_stepped
from treadle.situation.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.situation.call import Call

Left: TypeAlias = "tuple[int, Sequence[tuple[bool, bool]], bool]"
"""The bit of the controller that must leave in its next step (or 0); whether each call is due, and late; `settled`."""


class Promptness(Environment):
    """Checks calls from when a controller was cancelled; `stepping` is the call that must leave in the next step.

    `settled`: it was found earlier that the call polls, and it is not checked again.
    """

    __slots__ = ("settled", "stepping")

    def begin(self) -> None:
        """Begin an execution, in which no call must leave."""
        super().begin()
        self.stepping: Call | None = None
        self.settled = False

    def must_end(self) -> bool:
        """Check the step that has ended, if it had to be the last of a controller inside its call."""
        if self.stepping is not None:
            self.stepping.late = self.stepping.late or self.stepping.inside
            self.stepping = None
        return False

    def looks_ahead(self) -> None:
        """Check the mode `prompt` in a gap: a cancelled controller must be ready, and leave in its next step."""
        ready = self.loop.ready
        for call in self.calls:
            if not (call.outstanding and call.inside) or call.first:
                continue
            call.due = True
            waits_for = call.task._fut_waiter
            if waits_for is not None and not waits_for.done():
                call.late = True
            elif ready and task_stepped(ready[0]._callback) is call.task:
                self.stepping = call

    def remember(self) -> Left:
        """Return which call must leave, and `settled`; nothing about calls as long as no controller was cancelled."""
        stepping = 0 if self.stepping is None else self.stepping.bit
        return stepping, [(call.due, call.late) for call in self.calls] if self.disturbed else (), self.settled

    def recall(self, remembered: object) -> None:
        """Restore what `remember` has returned."""
        if not isinstance(remembered, tuple):
            return
        stepping, watched, self.settled = remembered
        self.stepping = self.calls[stepping - 1] if stepping else None
        for call, (due, late) in zip(self.calls, watched):  # noqa: B905 - see `remember`
            call.due, call.late = due, late
