"""What a program says about the world around it: who may be cancelled, what will come, what is left open.

A program is an async function. It gets the environment as its argument and declares, while it runs, what the
*environment* may do in the gaps between callbacks. What it does not declare does not happen; what must hold it asserts.

    async def program(env):
        worker = env.cancellable(asyncio.create_task(work(env.future("reply"))))
        await asyncio.wait([worker])
        assert pool.free == pool.size
"""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from treadle.errors import MisuseError
from treadle.schedule import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.explorer import Scheduler

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Act:
    """Something that the environment may do so many times; `owner` is what it is done to."""

    text: str
    do: Callable[[], object]
    owner: asyncio.Future[Any] | None
    left: int = 1

    @property
    def open(self) -> bool:
        """Say whether it is still possible."""
        return self.left > 0 and (self.owner is None or not self.owner.done())


@dataclass(slots=True, eq=False)
class Declared:
    """A task that the environment may cancel: how often it did, and whether the task may end as if it had not."""

    task: asyncio.Future[Any]
    may_swallow: bool
    requests: int = 0

    def cancel(self) -> None:
        """Cancel the task, and count it if that had an effect."""
        if self.task.cancel():
            self.requests += 1


@dataclass(slots=True, eq=False)
class Invariant:
    """What must hold in every gap."""

    predicate: Callable[[], object]
    sentence: str


@dataclass(slots=True)
class Declarations:
    """All that a program has declared in one execution; each in the order in which it was declared."""

    paid: list[Act] = field(default_factory=list)  # what takes an event at any time
    free: list[Act] = field(default_factory=list)  # what takes an event only while callbacks are left
    cancellable: list[Declared] = field(default_factory=list)
    background: list[asyncio.Future[Any]] = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)
    names: list[tuple[asyncio.Future[Any], str]] = field(default_factory=list)  # of futures
    misuse: MisuseError | None = None

    def state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what belongs to a state: plain values, and objects."""
        acts = (*self.paid, *self.free)
        plain = (
            tuple((act.text, act.left) for act in acts),
            tuple((each.may_swallow, each.requests) for each in self.cancellable),
            tuple(each.sentence for each in self.invariants),
            tuple(name for _, name in self.names),
            len(self.background),
        )
        objects = (
            *(each for act in acts if act.left for each in (act.owner, act.do)),
            *(each.task for each in self.cancellable),
            *(each.predicate for each in self.invariants),
            *(future for future, _ in self.names),
            *self.background,
        )
        return plain, objects


class Env:
    """The environment, as a program sees it. What is wrong with a call is raised, and ends the exploration."""

    __slots__ = ("_closed", "_declared", "_loop", "_scheduler")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve the executions on one loop."""
        self._loop = loop
        self._closed = True

    def open(self, scheduler: Scheduler) -> Declarations:
        """Begin an execution, with nothing declared; return what will have been."""
        self._scheduler = scheduler
        self._closed = False
        self._declared = Declarations()
        return self._declared

    def cancellable(self, task: T, *, times: int = 1, may_swallow: bool = False) -> T:
        """Let the environment cancel a task, in any gap, so many times; return the task.

        A task that was cancelled so and ends with a result, its cancellation neither passed on nor taken back by
        `uncancel()`, has swallowed it; `may_swallow` says that this is as it should be.
        """
        if not isinstance(task, asyncio.Future):
            self._refuse(f"env.cancellable({task!r}): only a task can be cancelled; pass what create_task() returned")
        if times < 1:
            self._refuse(f"env.cancellable(..., times={times!r}): name a whole number from 1 on")
        declared = Declared(task, may_swallow or not hasattr(task, "cancelling"))
        self._declared.cancellable.append(declared)
        self._declared.paid.append(Act("cancel", declared.cancel, task, times))
        return task

    def future(
        self,
        name: str = "",
        *,
        result: object = None,
        error: BaseException | type[BaseException] | None = None,
        cancels: bool = False,
        never: bool = False,
    ) -> asyncio.Future[Any]:
        """Return a future that the environment completes: with `result`; or, where given, with `error`, or cancelled.

        Each way is tried in each gap, where it takes an event; and at the latest when nothing else can run, free of
        charge. `never` says that it may also stay as it is for ever.
        """
        future = self._loop.create_future()
        names = self._declared.names
        label = name or f"future {len(names) + 1}"
        names.append((future, label))
        free = self._declared.free
        free.append(Act(f"{label} completes", partial(future.set_result, result), future))
        if error is not None:
            free.append(Act(f"{label} fails", partial(_fail, future, error), future))
        if cancels:
            free.append(Act(f"{label} is cancelled", future.cancel, future))
        if never:
            free.append(Act(f"{label} will never complete", partial(self._forsake, future), future))
        return future

    def may(self, do: Callable[[], object], *, name: str = "", times: int = 1) -> None:
        """Let the environment call a function in any gap, so many times; each call takes an event."""
        if inspect.iscoroutinefunction(do):
            self._refuse(f"env.may({do!r}): name a plain function, which the environment can call in a gap")
        self._declared.paid.append(Act(name or getattr(do, "__name__", "a call"), do, None, times))

    def choose(self, options: Sequence[T]) -> T:
        """Return one of the options; every one of them is tried. The first is the default."""
        options = tuple(options)
        if not options:
            self._refuse("env.choose(()): there is nothing to choose from; pass at least one option")
        if len(options) == 1 or self._closed:
            return options[0]
        return options[self._scheduler.choose(Kind.CHOICE, len(options))]

    def branch(self) -> bool:
        """Return False or True; both are tried. False is the default."""
        return self.choose((False, True))

    def always(self, predicate: Callable[[], object], sentence: str) -> None:
        """Look in every gap whether a condition holds; the sentence says what it means."""
        self._declared.invariants.append(Invariant(predicate, sentence))

    def background(self, task: T) -> T:
        """Say that a task may still be running when the program has ended; return the task."""
        if not isinstance(task, asyncio.Future):
            self._refuse(f"env.background({task!r}): pass what create_task() returned")
        self._declared.background.append(task)
        return task

    def close(self) -> None:
        """Choose nothing from now on: the execution is over, and what is left of it is being closed."""
        self._closed = True

    def _forsake(self, future: asyncio.Future[Any]) -> None:
        for act in self._declared.free:
            if act.owner is future:
                act.left = 0

    def _refuse(self, message: str) -> NoReturn:
        error = MisuseError(message)
        self._declared.misuse = self._declared.misuse or error
        raise error


def _fail(future: asyncio.Future[Any], error: BaseException | type[BaseException]) -> None:
    """Let a future fail; of a class each execution gets an exception of its own."""
    future.set_exception(error() if isinstance(error, type) else error)
