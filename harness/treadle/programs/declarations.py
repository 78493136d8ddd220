"""The declarations of a program in one execution: what its environment may do, and what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle.programs.actions import FREE, PAID, Actions
from treadle.programs.telling import is_future, is_task, owner_of
from treadle.programs.waits import frames_of_task

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from treadle.errors import MisuseError
    from treadle.programs.primitives import Primitive


@dataclass(slots=True, eq=False)
class Declared:
    """A task that the environment may cancel: how often it did, and whether the task may swallow that."""

    task: asyncio.Future[object]
    may_swallow: bool
    message: str | None = None
    requests: int = 0
    shares: asyncio.Future[object] | None = None
    """The future that it awaited, if that was cancelled through another task that awaits it too."""
    passed_on: asyncio.Task[object] | None = None  # the awaited task that got the cancellation

    def may_be_told(self) -> bool:
        """Say whether a finding may still be about it: it has not ended, or may have swallowed a cancellation."""
        task = self.task
        if not task.done():
            return True
        if task.cancelled():
            return self.shares is not None
        return self.requests > 0 and task._exception is None

    def cancel(self) -> None:
        """Cancel the task, and count it if that had an effect."""
        waited_for = getattr(self.task, "_fut_waiter", None)
        while is_task(waited_for):
            self.passed_on, waited_for = waited_for, getattr(waited_for, "_fut_waiter", None)
        if self.task.cancel() if self.message is None else self.task.cancel(self.message):
            self.requests += 1


@dataclass(slots=True, eq=False)
class Invariant:
    """A condition that must hold in every gap."""

    predicate: Callable[[], object]
    sentence: str


@dataclass(slots=True)
class Declarations:
    """All declarations of a program in one execution, each list in the order of declaration."""

    paid: Actions = field(default_factory=lambda: Actions(PAID))  # these always take an event
    free: Actions = field(default_factory=lambda: Actions(FREE))  # these take an event only while callbacks are left
    cancellable: list[Declared] = field(default_factory=list)
    watched: list[Declared] = field(default_factory=list)  # those of `cancellable` that have not ended
    background: list[asyncio.Future[object]] = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)
    names: list[tuple[asyncio.Future[object], str]] = field(default_factory=list)  # of futures that are not done
    primitives: list[Primitive] = field(default_factory=list)  # that the program has made, if they are noted
    futures: int = 0  # how many were declared, done or not
    ours: bool = False  # a task that may swallow a cancellation was cancelled
    forgives: bool = False  # exceptions of the program count only in executions without an event
    misuse: MisuseError | None = None
    look_soon: Callable[[], object] = bool
    """Called after a declaration that must be checked in gaps."""

    @property
    def need_looks(self) -> bool:
        """Say whether something must be checked in every gap."""
        return bool(self.watched or self.paid.owned or self.free.owned or self.invariants)

    def blame(self, error: MisuseError) -> None:
        """Note a mistake of the program; the first one counts."""
        self.misuse = self.misuse or error
        self.look_soon()

    @property
    def nothing(self) -> bool:
        """Say whether no action of the environment was ever declared."""
        return not self.paid.ever and not self.free.ever

    def cancel(self, declared: Declared, ours: Callable[[str], bool]) -> None:
        """Cancel a task; note other tasks that await the same, if neither does so in a file that is `ours`."""
        by_task = {id(each.task): each for each in self.cancellable}
        awaited = declared.task
        while is_task(awaited) and not ours(_awaits_in(awaited)):
            waiting, awaited = awaited, awaited._fut_waiter  # type: ignore[attr-defined]
            for callback, _ in (awaited._callbacks if is_future(awaited) else None) or ():
                other = by_task.get(id(owner_of(callback)))
                if other is not None and other.task is not waiting and not ours(_awaits_in(other.task)):
                    other.shares = awaited
        self.ours = self.ours or declared.may_swallow
        declared.cancel()

    def let_go(self, main: object) -> None:
        """Drop ended tasks that no finding can be about; `main` is the task of the program."""
        self.watched = [each for each in self.watched if not each.task.done()]
        self.cancellable = [each for each in self.cancellable if each.task is main or each.may_be_told()]
        self.paid.open()  # drops actions that are over

    def settle(self) -> None:
        """Drop actions that are over: they keep objects alive that a program expects to be freed."""
        over = [each.settle() for each in (self.paid, self.free) if each.actions]
        if True in over:
            self.tidy()

    def tidy(self) -> None:
        """Drop what is over and needs no judgement."""
        for future, _ in self.names:
            if future.done():
                future._log_traceback = False  # we kept it alive, so it must not complain now
        self.names = [each for each in self.names if not each[0].done()]
        self.cancellable = [each for each in self.cancellable if each.may_be_told()]
        self.background = [each for each in self.background if not each.done()]

    def state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return the plain values and the objects that belong to a state."""
        self.tidy()
        actions = (*self.paid.all(), *self.free.all())
        plain = (
            tuple((action.name, action.left) for action in actions),
            tuple((each.may_swallow, each.requests, each.shares is not None) for each in self.cancellable),
            tuple(each.sentence for each in self.invariants),
            self.futures,
            (self.ours, *((each.file, each.line, each.taken) for each in self.primitives)),
            tuple(name for _, name in self.names),
            len(self.background),
        )
        objects = (
            *(each for action in actions for each in (action.owner, action.do, action.when)),
            *(each.task for each in self.cancellable),
            *(each.shares for each in self.cancellable if each.shares is not None),
            *(each.passed_on for each in self.cancellable if each.passed_on is not None),
            *(each.predicate for each in self.invariants),
            *(future for future, _ in self.names),
            *self.background,
        )
        return plain, objects


def _awaits_in(task: asyncio.Future[object]) -> str:
    """Return the file of the innermost frame in which a task waits."""
    frames = frames_of_task(task)  # type: ignore[arg-type]  # of tasks alone
    return frames[-1].f_code.co_filename if frames else ""
