"""Set the stage: the dependency, the controllers, and the scope around them, as the situation wants them.

Everything here happens before the call is entered, and nothing is chosen. Where somebody must first get to a certain
point (the dependency to its wait, a controller into its clean-up), it pauses there until the play starts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.loop import Loop
from treadle.situation.actor import Actor, FailureError
from treadle.situation.call import Call
from treadle.situation.roles import CAUSE, FutureDependency, controller_class, dependency_class

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from treadle.explorer import Scheduler
    from treadle.schedule import Bounds, TaskKind
    from treadle.situation.names import Situation

# Seconds of virtual time after which the scope of the situation `timeout` fires: before any timer of a candidate.
_SCOPE_DELAY = 1e-3


class ChildFailedError(Exception):
    """What a sibling in the situation `group` raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged: an async function of the dependency, or (an *owner*) a context manager that makes it.

    An owner is called with the coroutine of the dependency; entering makes the task and yields it, leaving is the call.
    """

    function: Callable[..., Awaitable[object]] | Callable[..., AbstractAsyncContextManager[Any]]
    owner: bool = False


class Stage:
    """Subject, situation and bounds, and everybody who takes part in one execution."""

    def __init__(
        self, subject: Subject, situation: Situation, bounds: Bounds, task: TaskKind, loop: Loop | None = None
    ) -> None:
        """Prepare; `loop` may be another loop with the same way of running, as the conformance tests have."""
        self.loop = Loop(task) if loop is None else loop
        self.subject = subject
        self.situation = situation
        self.bounds = bounds
        self.task_kind = task
        self._dependency_class = dependency_class(task)

    def reset(self, scheduler: Scheduler) -> None:
        """Empty the stage for the next execution."""
        self.loop.reset()
        self.loop.set_task_factory(self._make_task)
        self.loop.set_exception_handler(lambda _loop, _context: None)  # what nobody retrieves is judged elsewhere
        self.scheduler = scheduler
        self.started = False
        self.setup_error: BaseException | None = None
        self.tasks: list[asyncio.Task[Any]] = []
        self.calls = tuple(Call() for _ in range(self.situation.controllers))
        self.actor = Actor(self, self.bounds.steps)  # type: ignore[arg-type]
        self.dependency: asyncio.Future[Any] | None = None
        self.child: asyncio.Future[None] | None = None
        self.probes: list[asyncio.Future[None]] = []
        self._pauses: dict[str, list[asyncio.Future[None]]] = {"dependency": [], "controller": []}
        self._entering = False

    def prepare(self) -> None:
        """Make whoever must run before the play starts; the loop must be running."""
        situation, owner = self.situation, self.subject.owner
        if not owner and situation.dependency not in ("itself", "unstarted"):
            self._make_dependency()
        if situation.count or situation.scope or (owner and situation.dependency != "unstarted"):
            self._make_controllers()

    def start(self) -> None:
        """Make everybody go on to the call."""
        self.started = True
        for pauses in self._pauses.values():
            for pause in pauses:
                if not pause.done():
                    pause.set_result(None)
        if not self.has_controllers():
            self._make_controllers()
        for call in self.calls:
            for _ in range(self.situation.count):
                call.task.cancel()
        if self.situation.dependency == "unstarted" and not self.subject.owner:
            self._make_dependency()

    def has_controllers(self) -> bool:
        """Say whether the controllers have been made."""
        return hasattr(self.calls[0], "task")

    def clear(self) -> None:
        """Close what was left behind, so that nothing of this execution lives on."""
        for call in self.calls:
            call.inside = False
        for task in self.tasks:
            # Tasks of one role hash alike in every execution; asyncio's set of all tasks must not collect them.
            asyncio.tasks._unregister_task(task)  # type: ignore[attr-defined]
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with contextlib.suppress(BaseException):  # whatever the target's finally blocks do
                    task.get_coro().close()  # type: ignore[union-attr]
        for call in self.calls:
            call.forget()
        self.loop.ready.clear()
        del self.tasks[:], self.probes[:]
        self.dependency = self.child = self.actor.task = self.actor.wait = None

    # Tasks

    def _make_task(self, loop: Loop, coroutine: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
        """Make a task of the target: the dependency, if an owner is making it, else an ordinary one."""
        if self.situation.dependency == "eager":
            options["eager_start"] = True
        if self._entering:
            task = self._dependency_class(coroutine, loop=loop, **options)
            task.calls = self.calls  # type: ignore[attr-defined]
        else:
            task = loop.make_task(loop, coroutine, **options)
        self.tasks.append(task)
        return task

    def _make_controllers(self) -> None:
        for number, call in enumerate(self.calls, 1):
            coroutine = self._controller(call)
            task = controller_class(self.task_kind, number)(coroutine, loop=self.loop, name=f"controller {number}")
            task.call = call  # type: ignore[attr-defined]
            call.task, call.coroutine = task, coroutine
            self.tasks.append(task)

    def _make_dependency(self) -> None:
        kind = self.situation.dependency
        if kind == "future":
            future = FutureDependency(loop=self.loop)
            future.calls = self.calls
            self.dependency = self.actor.wait = future
            return
        options = {"eager_start": True} if kind == "eager" else {}
        coroutine = self._dependency_coroutine()
        task = self._dependency_class(coroutine, loop=self.loop, name="dependency", **options)
        task.calls = self.calls  # type: ignore[attr-defined]
        self.tasks.append(task)
        self.dependency = task

    def _dependency_coroutine(self) -> Coroutine[Any, Any, object]:
        kind = self.situation.dependency
        if kind in ("result", "exception", "cancelled"):
            return _ended(kind)
        if kind == "nested":
            return self._nested()
        return self.actor.live(waits_first=kind not in ("unstarted", "eager"))

    async def _nested(self) -> None:
        """Be the dependency in `nested`: inside a call of the same function on a third task."""
        CAUSE.set(None)
        life = self.actor.live(waits_first=True)
        function: Any = self.subject.function
        if self.subject.owner:
            manager = function(life)
            await manager.__aenter__()
            await self._pause("dependency")
            await manager.__aexit__(None, None, None)
        else:
            third = self.loop.create_task(life)
            await self._pause("dependency")
            await function(third)

    async def _pause(self, who: str) -> None:
        pause = self.loop.create_future()
        self._pauses[who].append(pause)
        await pause

    # Controllers

    async def _controller(self, call: Call) -> None:
        """Bring the controller into the situation and let it call."""
        if not self.situation.scope:
            with contextlib.suppress(BaseException):  # what the call raised has been looked at
                await self._approach(call)
            return
        before = call.task.cancelling()
        try:
            async with self._scope() as scope:
                if isinstance(scope, asyncio.TaskGroup):
                    scope.create_task(self._child())
                await self._approach(call)
        except BaseException as error:  # noqa: BLE001 - looked at, and ours to end
            expected = (
                isinstance(error, TimeoutError)
                if self.situation.scope == "timeout"
                else isinstance(error, BaseExceptionGroup) and error.subgroup(ChildFailedError) is not None
            )
            call.scope_kept = expected and call.task.cancelling() == before

    def _scope(self) -> AbstractAsyncContextManager[Any]:
        return asyncio.timeout(_SCOPE_DELAY) if self.situation.scope == "timeout" else asyncio.TaskGroup()

    async def _child(self) -> None:
        self.child = self.loop.create_future()
        await self.child

    async def _approach(self, call: Call) -> None:
        """Enter an owner, wait for the play to start, and call: from a finally if the situation is a clean-up."""
        situation = self.situation
        owner = self.subject.owner
        unstarted = situation.dependency == "unstarted"
        manager = await self._enter_owner(call) if owner and not unstarted else None
        if situation.count:
            try:
                await self._pause("controller")
            finally:
                await self._call(call, manager)
            return
        if manager is not None or situation.scope:
            await self._pause("controller")
        await self._call(call, manager)

    async def _enter_owner(self, call: Call) -> Any:
        """Enter the owner; the tasks and callbacks that it makes belong to the call."""
        function: Any = self.subject.function
        if self.situation.dependency == "nested":
            life: Coroutine[Any, Any, object] = self._nested()
        else:
            life = self.actor.live(waits_first=self.situation.dependency not in ("unstarted", "eager"))
        CAUSE.set(call)
        self._entering = True
        try:
            manager = function(life)
            self.dependency = await manager.__aenter__()
        except BaseException as error:
            self.setup_error = error
            raise
        finally:
            self._entering = False
        return manager

    async def _call(self, call: Call, manager: Any) -> None:
        function: Any = self.subject.function
        if self.subject.owner:
            manager = manager or await self._enter_owner(call)
            target, arguments = manager.__aexit__, (None, None, None)
        else:
            dependency = call.task if self.situation.dependency == "itself" else self.dependency
            target, arguments = function, (dependency,)
        call.dependency = call.task if self.situation.dependency == "itself" else self.dependency
        if self.situation.pending:
            call.task.cancel()
        call.enter()
        self.on_entry(call)
        try:
            await target(*arguments)
        except asyncio.CancelledError as error:
            self.on_exit(call, "cancelled", error)
            raise
        except BaseException as error:
            self.on_exit(call, "raised", error)
            await self._probe(call)
            raise
        else:
            self.on_exit(call, "returned", None)
            await self._probe(call)

    async def _probe(self, call: Call) -> None:
        """Suspend once after the call, so that a cancellation that is still pending shows."""
        probe = self.loop.create_future()
        self.probes.append(probe)
        try:
            await probe
        except asyncio.CancelledError:
            call.redelivered = call.pending_at_exit or not call.requested_after_exit
            raise

    def on_entry(self, call: Call) -> None:
        """Hear that a controller has entered the call."""

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        """Hear that a controller leaves the call: returned, cancelled or raised."""


async def _ended(kind: str) -> str:
    if kind == "exception":
        raise FailureError
    if kind == "cancelled":
        raise asyncio.CancelledError
    return "result"
