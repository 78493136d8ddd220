"""The most general dependency: it stands for every possible task, within a number of steps.

Each time it runs, it can do any of the things below that make sense after the way in which it was resumed. Choices that
a caller could not tell apart are offered once: for example, a dependency that handles a failure of what it waits for
looks like one that was resumed normally.

    resumed                      it can
    for the first time           return, raise, wait
    normally                     return, wait again
    by a failure                 let it out
    by a cancelled future        let the CancelledError out
    by a cancellation            re-raise, return, raise, wait again, uncancel and wait again
    normally, after one          re-raise (it was cleaning up), return, wait again

Before that it can cancel the controller (an event) and, in the situation `third-party` and once, itself. In its last
step it cannot wait again, but it can choose never to end: from then on it waits and absorbs every cancellation.
"""

from __future__ import annotations

import asyncio
import contextlib
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from treadle.fingerprint import keeps_nothing
from treadle.schedule import Kind
from treadle.situation.causes import CAUSE, Cause
from treadle.situation.failures import FAILING

if TYPE_CHECKING:
    from treadle.execution import Engine
    from treadle.loop import Loop
    from treadle.situation.outcome import Outcome
    from treadle_models.situations import Situation


class Resumed(IntEnum):
    """How a dependency was resumed."""

    FIRST = 0
    NORMALLY = 1
    FAILED = 2
    WAIT_CANCELLED = 3
    CANCELLED = 4
    AFTERWARDS = 5


class Decision(IntEnum):
    """The decision of a dependency in a step."""

    RETURN = 0
    RAISE = 1
    RERAISE = 2
    WAIT = 3
    UNCANCEL = 4
    FOREVER = 5
    CANCEL_SELF = 6
    CANCEL_FIRST = 7
    CANCEL_SECOND = 8


_CHOICES: dict[Resumed, tuple[Decision, ...]] = {
    Resumed.FIRST: (Decision.RETURN, Decision.RAISE, Decision.WAIT),
    Resumed.NORMALLY: (Decision.RETURN, Decision.WAIT),
    Resumed.FAILED: (Decision.RAISE,),
    Resumed.WAIT_CANCELLED: (Decision.RERAISE,),
    Resumed.CANCELLED: (Decision.RERAISE, Decision.RETURN, Decision.RAISE, Decision.WAIT, Decision.UNCANCEL),
    Resumed.AFTERWARDS: (Decision.RERAISE, Decision.RETURN, Decision.WAIT),
}
_WAITS = (Decision.WAIT, Decision.UNCANCEL)

# The options of a dependency depend on how it was resumed and on these facts, as a number, which indexes the table
# below.
_LAST, _SELFISH, _FIRST, _SECOND = 1, 2, 4, 8
_FACTS = 16
_BITS = (0, 1, 1, 2)  # how many controllers it can cancel, by the bits of those that are inside


def _options(resumed: Resumed, facts: int) -> tuple[Decision, ...]:
    """Return the options of a dependency; the last two facts are the controllers that it can cancel."""
    choices = _CHOICES[resumed]
    if facts & _LAST:
        ends = tuple(act for act in choices if act not in _WAITS)
        choices = (*ends, Decision.FOREVER) if len(ends) < len(choices) else ends
    extra = (_SELFISH, Decision.CANCEL_SELF), (_FIRST, Decision.CANCEL_FIRST), (_SECOND, Decision.CANCEL_SECOND)
    return (*choices, *(act for fact, act in extra if facts & fact))


_TABLE = tuple(_options(resumed, facts) for resumed in Resumed for facts in range(_FACTS))

# Looking up a member of an enum is slow (3.11), and these are needed in every step.
_RETURN, _RAISE, _RERAISE, _WAIT, _UNCANCEL, _FOREVER, _CANCEL_SELF, _CANCEL_FIRST, _ = Decision
_NORMALLY, _FAILED, _WAIT_CANCELLED, _CANCELLED, _AFTERWARDS = tuple(Resumed)[1:]
_DEPENDENCY = Kind.DEPENDENCY


class ActorWorld(Protocol):
    """The world to which an actor belongs."""

    engine: Engine[Outcome]
    loop: Loop
    situation: Situation
    inside: int
    others: Cause

    def withdraw(self, task: asyncio.Task[object] | None) -> None:
        """Uncancel a task."""

    def cancel_from_step(self, number: int) -> None:
        """Let the dependency cancel a controller."""

    def on_decision(self, resumed: Resumed, act: Decision) -> None:
        """Note a decision of the dependency."""


class Actor:
    """A dependency and its steps; its coroutine holds no state of its own.

    `wait` is the future that it waits for and the environment can complete, or None.
    """

    __slots__ = (
        "error",
        "failing",
        "over",
        "selfish",
        "steps_left",
        "suppressed",
        "task",
        "wait",
        "wait_cancelled",
        "world",
    )

    def __init__(self, world: ActorWorld, steps: int) -> None:
        """Make an actor with this many steps."""
        self.world = world
        self.failing = FAILING[world.situation.failure]
        self.selfish = world.situation.third_party  # it may cancel itself, once
        self.steps_left = steps
        self.task: asyncio.Task[object] | None = None
        self.wait: asyncio.Future[object] | None = None
        self.error: BaseException | None = None  # the exception with which it was last resumed, if any
        self.wait_cancelled = False
        self.suppressed = False
        self.over = False  # the execution is over, and the actor must end as soon as it can

    async def live(self, *, waits_first: bool) -> str:
        """Run as the coroutine of the dependency; `waits_first`: the first step belongs to the set-up, and waits."""
        others = self.world.others
        if CAUSE.get() is not others:  # a task that the call made, as in a task group; its actions are not the call's
            CAUSE.set(others)
        if self.task is None:
            self.task = asyncio.current_task(self.world.loop)
        act = _WAIT if waits_first else self.decide(Resumed.FIRST)
        try:
            while act is _WAIT or act is _UNCANCEL:
                if act is _UNCANCEL:
                    self.world.withdraw(self.task)
                self.wait = self.world.loop.create_future()
                try:
                    await self.wait
                    resumed = _NORMALLY if self.error is None else _AFTERWARDS
                except self.failing.kind as failure:
                    self.error = failure
                    resumed = _FAILED
                except asyncio.CancelledError as cancelled:
                    self.error = cancelled
                    resumed = _WAIT_CANCELLED if self.wait_cancelled else _CANCELLED
                self.wait = None
                act = self.decide(resumed)
            self._end()
            if act is _FOREVER:
                self.error = None
                await self._absorb()
            if act is _RETURN:
                self.suppressed = self.error is not None
                return "result"
            if act is _RERAISE:
                raise self.error or asyncio.CancelledError
            raise self.error if isinstance(self.error, self.failing.kind) else self.failing.make()
        finally:
            self.error = None  # its traceback refers to this frame: a cycle for the garbage collector

    def _end(self) -> None:
        """Reset what has no meaning after the last step, so that states do not differ by what cannot matter."""
        self.steps_left = 0
        self.selfish = self.wait_cancelled = False

    async def _absorb(self) -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await self.world.loop.create_future()

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what can differ between states: plain values, and objects. See `treadle.fingerprint`."""
        return (self.selfish, self.steps_left, self.suppressed, self.wait_cancelled), (self.task, self.wait, self.error)

    def decide(self, resumed: Resumed) -> Decision:
        """Ask the scheduler what to do in this step, and do what does not end the step."""
        world = self.world
        engine = world.engine
        engine.idle = 0  # a step of the dependency is progress
        if engine.closed:
            return _CHOICES[resumed][0] if self.over else _FOREVER
        row = resumed * _FACTS
        self.steps_left -= 1
        if self.steps_left <= 0:
            row += _LAST
            engine.cut = True
        choose = engine.scheduler.choose
        while True:
            cancellable = world.inside if engine.events_left else 0
            place = row + cancellable * _FIRST
            if self.selfish:
                place += _SELFISH
            options = _TABLE[place]
            count = len(options)
            act = options[choose(_DEPENDENCY, count, _BITS[cancellable]) if count > 1 else 0]
            if act < _CANCEL_SELF:
                world.on_decision(resumed, act)
                return act
            if act is _CANCEL_SELF:
                self.selfish = False
                world.on_decision(resumed, act)
                self.task.cancel()  # type: ignore[union-attr]
            else:
                world.cancel_from_step(act - _CANCEL_FIRST)


keeps_nothing(Actor.live)
keeps_nothing(Actor._absorb)
