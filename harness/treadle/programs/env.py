"""What a program says about the world around it: who may be cancelled, what will come, what is left open.

A program is an async function. It gets the environment as its argument and declares, while it runs, what the
*environment* may do in the gaps between callbacks. What it does not declare does not happen; what must hold it asserts.

    async def program(env):
        worker = env.cancellable(asyncio.create_task(work(env.future("reply"))))
        await asyncio.wait([worker])
        assert pool.free == pool.size
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from treadle.errors import MisuseError
from treadle.programs.actions import CANCEL, FREE, PAID, Actions, ProgramAction
from treadle.programs.telling import FUTURES, ask, is_future, plain, repr_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Sequence


T = TypeVar("T")

_CALLED_WRONGLY = re.compile(r"TypeError: Env\.(\w+\(\) (?:takes|missing|got) .*)")

_ROOM = 64  # after so many that were declared somebody looks which are over


@dataclass(slots=True, eq=False)
class Declared:
    """A task that the environment may cancel: how often it did, and whether the task may end as if it had not."""

    task: asyncio.Future[Any]
    may_swallow: bool
    requests: int = 0

    def may_be_told(self) -> bool:
        """Say whether the task has not ended, or may have swallowed a cancellation."""
        task: Any = self.task
        if not task.done():
            return True
        return self.requests > 0 and not task.cancelled() and task._exception is None

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

    paid: Actions = field(default_factory=lambda: Actions(PAID))  # what takes an event at any time
    free: Actions = field(default_factory=lambda: Actions(FREE))  # what takes an event only while callbacks are left
    cancellable: list[Declared] = field(default_factory=list)
    watched: list[Declared] = field(default_factory=list)  # those of them that have not ended
    background: list[asyncio.Future[Any]] = field(default_factory=list)
    invariants: list[Invariant] = field(default_factory=list)
    names: list[tuple[asyncio.Future[Any], str]] = field(default_factory=list)  # of futures that are not done
    futures: int = 0  # the number of those that were declared, done or not
    misuse: MisuseError | None = None

    @property
    def nothing(self) -> bool:
        """Say whether nothing was declared that the environment may do."""
        return not self.paid.ever and not self.free.ever

    def let_go(self, main: object) -> None:
        """Let go of tasks that have ended and of which nothing will be said; `main` is that of the program."""
        self.watched = [each for each in self.watched if not each.task.done()]
        self.cancellable = [each for each in self.cancellable if each.task is main or each.may_be_told()]
        self.paid.open()  # lets go of what can be done no more

    def tidy(self) -> None:
        """Let go of what is over and was not touched: nothing will be said of it."""
        for future, _ in self.names:
            if future.done():
                future._log_traceback = False  # as long as it was kept, nobody could miss its exception
        self.names = [each for each in self.names if not each[0].done()]
        self.cancellable = [each for each in self.cancellable if each.requests or not each.task.done()]
        self.background = [each for each in self.background if not each.done()]

    def state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what belongs to a state: plain values, and objects."""
        self.tidy()
        actions = (*self.paid.open(), *self.free.open())
        plain = (
            tuple((action.name, action.left) for action in actions),
            tuple((each.may_swallow, each.requests) for each in self.cancellable),
            tuple(each.sentence for each in self.invariants),
            self.futures,
            tuple(name for _, name in self.names),
            len(self.background),
        )
        objects = (
            *(each for action in actions for each in (action.owner, action.do)),
            *(each.task for each in self.cancellable),
            *(each.predicate for each in self.invariants),
            *(future for future, _ in self.names),
            *self.background,
        )
        return plain, objects


class Env:
    """The environment, as a program sees it. What is wrong with a call is raised, and ends the exploration."""

    __slots__ = ("_choose", "_closed", "_declared", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve the executions on one loop."""
        self._loop = loop
        self._closed = True

    def open(self, choose: Callable[[int], int]) -> Declarations:
        """Begin an execution, with nothing declared; return what will have been. `choose` one of so many options."""
        self._choose = choose
        self._closed = False
        self._declared = Declarations()
        return self._declared

    def cancellable(self, task: T, *, times: int = 1, may_swallow: bool = False) -> T:
        """Let the environment cancel a task, in any gap, so many times; return the task.

        A task that was cancelled so and ends with a result, its cancellation neither passed on nor taken back by
        `uncancel()`, has swallowed it; `may_swallow` says that this is as it should be.
        """
        if not issubclass(type(task), FUTURES):
            what = f"env.cancellable({repr_of(task)})"
            self._refuse(f"{what}: only a task can be cancelled; pass what create_task() returned")
        if type(times) is not int or times < 1:
            self._refuse(f"env.cancellable(..., times={repr_of(times)}): name a whole number from 1 on")
        future: Any = task
        declared = Declared(future, bool(may_swallow) or not hasattr(future, "cancelling"))
        kept = self._declared.cancellable
        kept.append(declared)
        self._declared.watched.append(declared)
        if not len(kept) % _ROOM:
            self._declared.tidy()
        self._declared.paid.add(ProgramAction(CANCEL, declared.cancel, future, times))
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
        self._see_a_name("env.future(", name)
        if error is not None and not _can_be_raised(error):
            self._refuse(f"env.future(..., error={repr_of(error)}): name an exception, or a class of exceptions")
        future = self._loop.create_future()
        declared = self._declared
        declared.futures += 1
        if not declared.futures % _ROOM:
            declared.tidy()
        label = plain(name) or f"future {declared.futures}"
        declared.names.append((future, label))
        free = declared.free
        free.add(ProgramAction(f"{label} completes", partial(future.set_result, result), future))
        if error is not None:
            free.add(ProgramAction(f"{label} fails", partial(_fail, future, error), future))
        if cancels:
            free.add(ProgramAction(f"{label} is cancelled", future.cancel, future))
        if never:
            free.add(ProgramAction(f"{label} will never complete", partial(self._forsake, future), future))
        return future

    def may(self, do: Callable[[], object], *, name: str = "", times: int = 1) -> None:
        """Let the environment call a function in any gap, so many times; each call takes an event."""
        given: object = do
        if not callable(given) or inspect.iscoroutinefunction(do):
            self._refuse(f"env.may({repr_of(do)}): name a plain function, which the environment can call in a gap")
        if type(times) is not int or times < 1:
            self._refuse(f"env.may(..., times={repr_of(times)}): name a whole number from 1 on")
        self._see_a_name("env.may(..., name=", name)
        text = plain(name) or ask(lambda: getattr(do, "__name__", "")) or "a call"
        self._declared.paid.add(ProgramAction(text, do, None, times))

    def choose(self, options: Sequence[T]) -> T:
        """Return one of the options; every one of them is tried. The first is the default."""
        options = tuple(options)
        if not options:
            self._refuse("env.choose(()): there is nothing to choose from; pass at least one option")
        if len(options) == 1 or self._closed:
            return options[0]
        return options[self._choose(len(options))]

    def branch(self) -> bool:
        """Return False or True; both are tried. False is the default."""
        return self.choose((False, True))

    def always(self, predicate: Callable[[], object], sentence: str) -> None:
        """Look in every gap whether a condition holds; the sentence says what it means."""
        if not callable(predicate):
            self._refuse(f"env.always({repr_of(predicate)}, ...): pass a function, which is called in every gap")
        self._see_a_name("env.always(..., ", sentence)
        self._declared.invariants.append(Invariant(predicate, plain(sentence)))

    def background(self, task: T) -> T:
        """Say that a task may still be running when the program has ended; return the task."""
        if not is_future(task):
            self._refuse(f"env.background({repr_of(task)}): pass what create_task() returned")
        kept = self._declared.background
        kept.append(task)
        if not len(kept) % _ROOM:
            self._declared.tidy()
        return task  # type: ignore[return-value]

    def close(self) -> None:
        """Choose nothing from now on: the execution is over, and what is left of it is being closed."""
        self._closed = True

    def _forsake(self, future: asyncio.Future[Any]) -> None:
        for action in self._declared.free.open():
            if action.owner is future:
                action.left = 0

    def _see_a_name(self, call: str, name: object) -> None:
        if not issubclass(type(name), str):
            self._refuse(f"{call}{repr_of(name)}): it is told by these words; write a string in quotes")

    def _refuse(self, message: str) -> NoReturn:
        error = MisuseError(message)
        self._declared.misuse = self._declared.misuse or error
        raise error


def misuse_in(texts: Iterable[str]) -> MisuseError | None:
    """Return what a program did wrong that called a method of its environment as that cannot be called, if it did."""
    for text in texts:
        called = _CALLED_WRONGLY.search(text)
        if called is not None:
            message = f"env.{called[1]}; `treadle explore --help` and the documentation of `Env` show how it is called"
            return MisuseError(message)
    return None


def _can_be_raised(error: object) -> bool:
    kind: Any = error if issubclass(type(error), type) else type(error)
    return issubclass(kind, BaseException)


def _fail(future: asyncio.Future[Any], error: BaseException | type[BaseException]) -> None:
    """Let a future fail; of a class each execution gets an exception of its own."""
    future.set_exception(error() if isinstance(error, type) else error)
