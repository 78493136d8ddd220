"""The controllers: how each gets into the situation, makes the call, and shows whether a cancellation is left.

The automata of the models (`treadle_models.automaton.sources.stage`) follow this module sentence for sentence, because
the order of callbacks depends on it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from treadle.execution import World
from treadle.fingerprint import keeps_nothing
from treadle.situation.causes import CAUSE, Cause
from treadle.situation.outcome import Outcome
from treadle.situation.scopes import is_expected, make_scope
from treadle.telling import type_told

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextlib import AbstractAsyncContextManager

    from treadle.situation.actor import Actor
    from treadle.situation.call import Call
    from treadle.situation.roles import DependencyTask
    from treadle.situation.subject import Subject
    from treadle_models.situations import Situation


class Approach(World[Outcome]):
    """The coroutines of the controllers, and of a dependency that makes a call of its own; see `Stage`."""

    actor: Actor
    calls: tuple[Call, ...]
    child: asyncio.Future[None] | None
    dependency: asyncio.Future[object] | None
    others: Cause
    probes: list[asyncio.Future[None]]
    setup_error: BaseException | None
    situation: Situation
    subject: Subject
    uncounted: str
    _at_once: bool
    _dependency_class: type[DependencyTask]
    _entering: bool
    _life: Coroutine[object, None, object] | None
    _on_itself: bool
    _pauses: list[asyncio.Future[None]]

    __slots__ = (
        "_at_once",
        "_dependency_class",
        "_entering",
        "_life",
        "_on_itself",
        "_pauses",
        "actor",
        "calls",
        "child",
        "dependency",
        "probes",
        "setup_error",
        "situation",
        "subject",
        "uncounted",
    )

    async def _nested(self) -> None:
        """Run as the dependency in `nested`: inside a call of the same function on a third task."""
        CAUSE.set(self.others)
        life = self.actor.live(waits_first=True)
        function: Any = self.subject.function
        if self.subject.owner:
            manager = function(life)
            await manager.__aenter__()
            await self._pause(first=True)
            await manager.__aexit__(None, None, None)
        else:
            third = self.loop.create_task(life)
            await self._pause(first=True)
            await function(third)

    async def _mutual(self) -> None:
        """Run as the dependency in `mutual`: wait, and then be inside a call of the same function on the controller.

        What this call does to the controller is not done by others: the circle is what they find.
        """
        call = self.calls[0]
        CAUSE.set(call)
        function: Any = self.subject.function
        self.actor.wait = self.loop.create_future()
        try:
            await self.actor.wait
        finally:
            await function(call.task)

    async def _pause(self, *, first: bool = False) -> None:
        """Wait for the calls to start; the dependency goes on before the controllers."""
        pause = self.loop.create_future()
        self._pauses.insert(0 if first else len(self._pauses), pause)
        await pause

    async def _controller(self, call: Call) -> None:
        """Bring the controller into the situation and make the call."""
        try:  # noqa: SIM105 - what the call raised is already recorded
            await (self._call(call) if self._at_once else self._approach(call))
        except BaseException:  # noqa: BLE001, S110 - what the call raised has been looked at
            pass

    async def _controller_in_scope(self, call: Call) -> None:
        """Do so inside a scope, and check how that ends."""
        kind, before = self.situation.scope, call.task.cancelling()
        try:
            async with make_scope(kind) as scope:
                if isinstance(scope, asyncio.TaskGroup):
                    scope.create_task(self._child())
                await self._approach(call)
        except BaseException as error:  # noqa: BLE001 - checked here, and the end of this task
            call.scope_kept = is_expected(kind, error) and call.task.cancelling() == before

    async def _child(self) -> None:
        self.child = self.loop.create_future()
        await self.child

    async def _approach(self, call: Call) -> None:
        """Enter an owner, wait for the start, and call: from a `finally` block if the situation is a clean-up."""
        situation = self.situation
        owner = self.subject.owner
        unstarted = situation.dependency == "unstarted"
        manager = await self._enter_owner(call) if owner and not unstarted else None
        make = self._twice if situation.again else self._call
        if situation.count:
            try:
                await self._pause()
            finally:
                await make(call, manager)
            return
        if manager is not None or situation.scope:
            await self._pause()
        await make(call, manager)

    async def _twice(self, call: Call, _: AbstractAsyncContextManager[object] | None) -> None:
        """Call, and once more if cancelled out of that; a first call that ends otherwise is not judged."""
        function: Any = self.subject.function
        call.dependency = dependency = self.dependency
        call.enter_first()
        self.on_entry(call)
        try:
            await function(dependency)
        except asyncio.CancelledError:
            if call.inside:
                self.on_again(call)
                await self._call(call)
            raise
        except BaseException as error:
            if call.inside:
                self.on_exit(call, "raised", error)
            raise
        if call.inside:
            self.on_exit(call, "returned", None)

    async def _enter_owner(self, call: Call) -> AbstractAsyncContextManager[Any]:
        """Enter the owner; the tasks and callbacks that it creates belong to the call."""
        function: Any = self.subject.function
        if self.situation.dependency == "nested":
            life: Coroutine[object, None, object] = self._nested()
        else:
            life = self.actor.live(waits_first=self.situation.dependency not in ("unstarted", "eager"))
        CAUSE.set(call)
        self._entering = True
        self._life = life
        try:
            manager: AbstractAsyncContextManager[Any] = function(life)
            self.dependency = yielded = await manager.__aenter__()
        except BaseException as error:
            self.setup_error = error
            raise
        finally:
            self._entering = False
        if type(yielded) is not self._dependency_class:
            self.uncounted = type_told(yielded)
        return manager

    async def _call(self, call: Call, manager: AbstractAsyncContextManager[object] | None = None) -> None:
        function: Any = self.subject.function
        if self.subject.owner:
            manager = manager or await self._enter_owner(call)
        call.dependency = dependency = call.task if self._on_itself else self.dependency
        if self.situation.pending:
            call.task.cancel()
        call.enter()
        self.on_entry(call)
        try:
            if manager is None:
                await function(dependency)
            else:
                await manager.__aexit__(None, None, None)
        except asyncio.CancelledError as error:
            if call.inside:
                self.on_exit(call, "cancelled", error)
            raise
        except BaseException as error:
            if call.inside:
                self.on_exit(call, "raised", error)
                await self._probe(call)
            raise
        if call.inside:  # otherwise the execution is over, and what is left is ending
            self.on_exit(call, "returned", None)
            await self._probe(call)

    async def _probe(self, call: Call) -> None:
        """Suspend once after the call, so that a cancellation that is still pending is delivered."""
        probe = self.loop.create_future()
        self.probes.append(probe)
        try:
            await probe
        except asyncio.CancelledError:
            call.redelivered = call.pending_at_exit or not call.requested_after_exit
            raise

    def on_entry(self, call: Call) -> None:
        """React to a controller that has entered the call; does nothing here."""

    def on_again(self, call: Call) -> None:
        """React to a controller that was cancelled out of the first of two calls."""
        call.come_again()

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        """React to a controller that leaves the call: returned, cancelled or raised; does nothing here."""


for _scaffolding in (
    *(Approach._controller, Approach._approach, Approach._twice, Approach._call, Approach._probe),
    *(Approach._pause, Approach._nested, Approach._mutual),
):
    keeps_nothing(_scaffolding)
