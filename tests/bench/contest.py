"""The two programs on which Treadle and its peers are compared: a lost update, and a cancellation that is lost.

They are plain asyncio, and the same for every tool. What each tool brings along is the way in which the schedule varies
and, for the second, by which somebody cancels the controller; `players` has that, but for Treadle's own two programs at
the end: what a program refers to is part of its state, so they stand where it is small.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from treadle.programs import Env

ROUNDS = 5
"""How often each task adds to the counter. So a search has thousands of schedules, and its start is no cost."""

TURNS = 5
"""Over how many turns the cancelled task cleans up."""

REQUESTS = 5
"""How often the environment may cancel the controller, where a tool can do that more than once."""


class LostUpdate:
    """Two tasks read a counter, wait a turn, and write it."""

    name: ClassVar = "lost update"
    outcomes: ClassVar = ("kept", "lost")

    def __init__(self) -> None:
        self.value = 0

    async def add(self) -> None:
        for _ in range(ROUNDS):
            seen = self.value
            await asyncio.sleep(0)
            self.value = seen + 1

    async def main(self) -> None:
        await asyncio.gather(self.add(), self.add())

    def outcome(self) -> str:
        return "kept" if self.value == 2 * ROUNDS else "lost"


async def cancel_and_wait(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for it. Whose cancellation comes back it asks the task, which cannot know."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise


class LostCancel:
    """A controller cancels a task that cleans up over some turns; meanwhile somebody cancels the controller.

    The outcome names the moment of the first of these cancellations, and whether the controller ended by it.
    """

    name: ClassVar = "lost cancellation"
    outcomes: ClassVar = (
        "undisturbed",
        "before its first step: kept",
        "before the call: kept",
        "the dependency is ending: lost",
        "the dependency has ended: lost",
    )

    def __init__(self) -> None:
        self.moment = ""
        self.stage = "before its first step"
        self.dependency: asyncio.Task[None] | None = None
        self.controller: asyncio.Task[None] | None = None

    async def cleaning_up(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(TURNS):
                await asyncio.sleep(0)

    async def controlling(self) -> None:
        self.stage = "before the call"
        self.dependency = asyncio.create_task(self.cleaning_up())
        await asyncio.sleep(0)
        self.stage = "the dependency is ending"
        await cancel_and_wait(self.dependency)
        self.stage = ""

    def begin(self) -> asyncio.Task[None]:
        self.controller = asyncio.create_task(self.controlling())
        return self.controller

    def cancel(self) -> None:
        """Cancel the controller; this is what somebody does."""
        if self.controller is not None and self.controller.cancel():
            self.note()

    def note(self) -> None:
        """Note when it was that the controller was cancelled first."""
        if not self.moment:
            ended = self.dependency is not None and self.dependency.done()
            self.moment = "the dependency has ended" if ended else self.stage

    def look_at(self, controller: asyncio.Task[None]) -> None:
        """Note that the controller was cancelled, for a tool which cancels and does not say so."""
        if controller.cancelling():
            self.note()

    def outcome(self) -> str:
        if not self.moment or self.controller is None:
            return "undisturbed"
        return f"{self.moment}: {'kept' if self.controller.cancelled() else 'lost'}"


async def cancel_after(this: LostCancel, turns: int) -> None:
    """Be somebody who cancels the controller after so many turns."""
    for _ in range(turns):
        await asyncio.sleep(0)
    this.cancel()


CONTESTS = (LostUpdate, LostCancel)


async def lost_update(_env: Env) -> None:
    """Raise where an update is lost."""
    this = LostUpdate()
    await this.main()
    raise_if_lost(this)


async def lost_cancel(env: Env) -> None:
    """Raise where the cancellation is lost; the environment cancels in any gap."""
    this = LostCancel()
    controller = this.begin()
    env.may(this.cancel, times=REQUESTS)
    await asyncio.wait([controller])
    raise_if_lost(this)


def raise_if_lost(this: LostUpdate | LostCancel) -> None:
    """End a program by its outcome, if that is a wrong one."""
    if this.outcome().endswith("lost"):
        raise AssertionError(this.outcome())
