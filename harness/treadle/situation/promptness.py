"""The mode `prompt`, as it is watched: whoever was cancelled must be ready, and leave in the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from treadle.loop import task_stepped
from treadle.situation.environment import Environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.situation.call import Call

Left: TypeAlias = "tuple[int, Sequence[tuple[bool, bool]], bool]"
"""The bit of the controller that has to leave in its next step (or 0); whether each call is due, and late; settled."""


class Promptness(Environment):
    """Watches, from when a controller was cancelled; `stepping` is the call that has to leave in the next step.

    `settled`: it was found out some time ago that the call polls, and is not looked at again.
    """

    __slots__ = ("settled", "stepping")

    def begin(self) -> None:
        """Begin anew, with nobody who has to leave."""
        super().begin()
        self.stepping: Call | None = None
        self.settled = False

    def must_end(self) -> bool:
        """Judge the step that has ended, if it had to be the last of a controller inside its call."""
        if self.stepping is not None:
            self.stepping.late = self.stepping.late or self.stepping.inside
            self.stepping = None
        return False

    def looks_ahead(self) -> None:
        """Judge the mode `prompt` at a gap: whoever was cancelled must be ready, and leave in the next step."""
        ready = self.loop.ready
        for call in self.calls:
            if not (call.outstanding and call.inside):
                continue
            call.due = True
            waits_for = call.task._fut_waiter
            if waits_for is not None and not waits_for.done():
                call.late = True
            elif ready and task_stepped(ready[0]._callback) is call.task:
                self.stepping = call

    def remember(self) -> Left:
        """Return who has to leave; nothing of calls while nobody was disturbed. And what is settled."""
        stepping = 0 if self.stepping is None else self.stepping.bit
        return stepping, [(call.due, call.late) for call in self.calls] if self.disturbed else (), self.settled

    def recall(self, remembered: object) -> None:
        """Know again who has to leave, by what `remember` has returned."""
        if not isinstance(remembered, tuple):
            return
        stepping, watched, self.settled = remembered
        self.stepping = self.calls[stepping - 1] if stepping else None
        for call, (due, late) in zip(self.calls, watched):  # noqa: B905 - see `remember`
            call.due, call.late = due, late
