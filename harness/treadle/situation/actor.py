"""The most general dependency: not an example task but every task, within a number of steps.

Each time it runs it may do any of the things below that make sense after the way in which it was resumed. Choices that
a caller could not tell apart are offered once: a dependency that handles a failure of what it waits for, say, is one
that was resumed normally.

    resumed                      it may
    for the first time           return, raise, wait
    normally                     return, wait again
    by a failure                 let it out
    by a cancelled future        let the CancelledError out
    by a cancellation            re-raise, return, raise, wait again, uncancel and wait again, clean up and re-raise
    normally, in the clean-up    re-raise

Before that it may cancel the controller (an event) and, in the situation `third-party` and once, itself. In its last step it can
not wait again but it may never end: from then on it waits and absorbs every cancellation.
"""

from __future__ import annotations

import asyncio
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from treadle.schedule import Kind
from treadle.situation.roles import CAUSE

if TYPE_CHECKING:
    from treadle.situation.play import Play


class FailureError(Exception):
    """What a dependency raises."""


class Resumed(IntEnum):
    """How a dependency was resumed."""

    FIRST = 0
    NORMALLY = 1
    FAILED = 2
    WAIT_CANCELLED = 3
    CANCELLED = 4
    CLEANED = 5


class Act(IntEnum):
    """What a dependency does before it gives up control."""

    RETURN = 0
    RAISE = 1
    RERAISE = 2
    WAIT = 3
    UNCANCEL = 4
    CLEAN = 5
    FOREVER = 6
    CANCEL_SELF = 7
    CANCEL_FIRST = 8
    CANCEL_SECOND = 9


_CHOICES: dict[Resumed, tuple[Act, ...]] = {
    Resumed.FIRST: (Act.RETURN, Act.RAISE, Act.WAIT),
    Resumed.NORMALLY: (Act.RETURN, Act.WAIT),
    Resumed.FAILED: (Act.RAISE,),
    Resumed.WAIT_CANCELLED: (Act.RERAISE,),
    Resumed.CANCELLED: (Act.RERAISE, Act.RETURN, Act.RAISE, Act.WAIT, Act.UNCANCEL, Act.CLEAN),
    Resumed.CLEANED: (Act.RERAISE,),
}
_WAITS = (Act.WAIT, Act.UNCANCEL, Act.CLEAN)


@cache
def _options(resumed: int, *, last: bool, selfish: bool, first: bool, second: bool) -> tuple[Act, ...]:
    """Return what a dependency may do: `first` and `second` say which controllers it may cancel."""
    choices = _CHOICES[Resumed(resumed)]
    if last:
        ends = tuple(act for act in choices if act not in _WAITS)
        choices = (*ends, Act.FOREVER) if len(ends) < len(choices) else ends
    extra = ((selfish, Act.CANCEL_SELF), (first, Act.CANCEL_FIRST), (second, Act.CANCEL_SECOND))
    return (*choices, *(act for possible, act in extra if possible))


class Actor:
    """A dependency and its steps. `wait` is the future that it waits for and the environment may complete, or None."""

    __slots__ = ("play", "selfish", "steps_left", "suppressed", "task", "wait", "wait_cancelled")

    def __init__(self, play: Play, steps: int) -> None:
        """Make an actor with so many steps to come."""
        self.play = play
        self.selfish = play.situation.third_party  # it may cancel itself, once
        self.steps_left = steps
        self.task: asyncio.Task[Any] | None = None
        self.wait: asyncio.Future[None] | None = None
        self.wait_cancelled = False
        self.suppressed = False

    async def live(self, *, waits_first: bool) -> str:
        """Run as the coroutine of the dependency; `waits_first`: the first step is set-up, and waits."""
        # The task may have been made by the call, as in a task group; what it does is not the call's doing.
        CAUSE.set(None)
        if self.task is None:
            self.task = asyncio.current_task()
        create_future = self.play.loop.create_future
        error: BaseException | None = None
        act = Act.WAIT if waits_first else self.decide(Resumed.FIRST)
        try:
            while True:
                if act is Act.RETURN:
                    self.suppressed = error is not None
                    return "result"
                if act is Act.RAISE:
                    raise FailureError if error is None else error if isinstance(error, FailureError) else FailureError
                if act is Act.RERAISE:
                    raise error or asyncio.CancelledError
                if act is Act.FOREVER:
                    await self._absorb()
                if act is Act.UNCANCEL:
                    self.task.uncancel()  # type: ignore[union-attr]
                wait = self.wait = create_future()
                try:
                    await wait
                    resumed = Resumed.CLEANED if act is Act.CLEAN else Resumed.NORMALLY
                except FailureError as failure:
                    error = failure
                    resumed = Resumed.FAILED
                except asyncio.CancelledError as cancelled:
                    error = cancelled
                    resumed = Resumed.WAIT_CANCELLED if self.wait_cancelled else Resumed.CANCELLED
                self.wait = None
                act = self.decide(resumed)
        finally:
            del error  # a traceback that refers to this frame: a cycle for the collector

    async def _absorb(self) -> None:
        while True:
            self.wait = None
            try:
                await self.play.loop.create_future()
            except asyncio.CancelledError:
                self.play.idle = 0

    def decide(self, resumed: Resumed) -> Act:
        """Ask the scheduler what to do in this step, and do what does not end the step."""
        play = self.play
        play.idle = 0  # it runs a step: the play is getting somewhere
        if play.closed:
            return Act.FOREVER
        self.steps_left -= 1
        last = self.steps_left <= 0
        if last:
            play.cut = True
        calls = play.calls
        while True:
            acting = play.events_left > 0
            options = _options(
                int(resumed),
                last=last,
                selfish=self.selfish,
                first=acting and calls[0].inside,
                second=acting and len(calls) > 1 and calls[1].inside,
            )
            choice = play.scheduler.choose(Kind.DEPENDENCY, len(options)) if len(options) > 1 else 0
            act = options[choice]
            if act < Act.CANCEL_SELF:
                play.on_decision(resumed, act)
                return act
            if act is Act.CANCEL_SELF:
                self.selfish = False
                play.on_decision(resumed, act)
                self.task.cancel()  # type: ignore[union-attr]
            else:
                play.cancel_from_step(act - Act.CANCEL_FIRST)
