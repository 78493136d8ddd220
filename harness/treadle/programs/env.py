"""`Env`, by which a program declares its environment: which tasks may be cancelled, and what may complete or fail.

A program is an async function. It gets the environment as its argument and declares, while it runs, what the
*environment* may do in the gaps between callbacks. What it does not declare does not happen. It asserts what must hold.

    async def program(env):
        worker = env.cancellable(asyncio.create_task(work(env.future("reply"))))
        await asyncio.wait([worker])
        assert pool.free == pool.size
"""

from __future__ import annotations

import inspect
import re
import signal as signals
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from treadle.errors import MisuseError
from treadle.fingerprint import Origin, account, origin
from treadle.outside import Allowed
from treadle.programs.actions import CANCEL, ProgramAction
from treadle.programs.declarations import Declarations, Declared, Invariant
from treadle.programs.primitives import note_primitives
from treadle.programs.telling import FUTURES, ask, coroutine_of, is_future, named, plain, repr_of
from treadle.telling import type_told

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from treadle.programs.refusing import RefusingLoop


T = TypeVar("T")

_CALLED_WRONGLY = re.compile(r"TypeError: Env\.(\w+\(\) (?:takes|missing|got) .*)")

_ROOM = 64  # so many declarations after which those that are over are dropped


class Env:
    """The environment of a program. A program calls its methods to declare what others may do to it.

    Treadle makes one for each exploration and gives it to the program as its first argument. Every method raises
    `MisuseError` for an argument that makes no sense; that ends the exploration.
    """

    __slots__ = ("_choose", "_closed", "_declared", "_late", "_loop")

    def __init__(self, loop: RefusingLoop) -> None:
        """Make the environment for the executions on one loop; see `begin_execution`."""
        self._loop = loop
        self._closed = True
        self._choose: Callable[[int], int] = lambda _: 0
        self._declared = Declarations()
        self._late: set[asyncio.Task[object]] = set()  # the program need not keep them alive

    def cancellable(
        self,
        task: T,
        *,
        times: int = 1,
        may_swallow: bool = False,
        message: str | None = None,
        when: Callable[[], object] | None = None,
    ) -> T:
        """Let the environment cancel a task in any gap; return the task.

        Each cancellation takes an event. If the task then ends with a result, and the cancellation was neither passed
        on nor taken back by `uncancel()`, the task has swallowed it, which is a finding.

        :param task: what `asyncio.create_task()` returned, or a future.
        :param times: how often it may be cancelled, at least 1.
        :param may_swallow: the task may end with a result although it was cancelled.
        :param message: what is passed to `cancel()`.
        :param when: a function without arguments; the task is cancelled only in gaps in which it returns true.
        :returns: the task that was passed.
        """
        if when is not None and not callable(when):
            self._refuse(f"env.cancellable(..., when={repr_of(when)}): pass a function, which is called in every gap")
        if not issubclass(type(task), FUTURES):
            what = f"env.cancellable({repr_of(task)})"
            self._refuse(f"{what}: only a task can be cancelled; pass what create_task() returned")
        self._require_number("env.cancellable(..., times=", times)
        future: Any = task
        declared = Declared(future, bool(may_swallow) or not hasattr(future, "cancelling"), message)
        asks = None if when is None else partial(self._holds, when)
        self._add(declared, ProgramAction(CANCEL, declared.cancel, future, times, when=asks))
        return task

    def _add(self, declared: Declared, action: ProgramAction) -> None:
        kept = self._declared.cancellable
        kept.append(declared)
        self._declared.watched.append(declared)
        if not len(kept) % _ROOM:
            self._declared.tidy()
        self._declared.paid.add(action)
        self._declared.look_soon()

    def every_task(
        self,
        *,
        may_swallow: Callable[[str], bool] = lambda _: False,
        when: Callable[[Any], bool] | None = None,
        forgives: bool = False,
    ) -> None:
        """Let the environment cancel each task that is made from now on, once, in any gap.

        Tasks that asyncio makes for itself are left alone. Each cancellation takes an event.

        :param may_swallow: a function that gets the file name of a task's code, and says whether such tasks may end
            with a result although they were cancelled.
        :param when: a function that gets the task; it is cancelled only in gaps in which that returns true.
        :param forgives: what the program raises counts only in executions without an event. A task that was cancelled
            need not reach its goal then, but must end, leave nothing behind and swallow nothing; `cancelled-with` and
            `taken` are looked for, too.
        """
        if forgives:
            forgive(self)
            self._declared.primitives = note_primitives()

        def hear(task: Any) -> None:
            coroutine = coroutine_of(task)
            file = coroutine.cr_code.co_filename if type(coroutine) is CoroutineType else ""
            if file and not task.done() and origin(file) is Origin.OWN:
                asks = None if when is None else partial(when, task)
                declared = Declared(task, may_swallow(file))
                do = partial(self._declared.cancel, declared, may_swallow) if forgives else declared.cancel
                self._add(declared, ProgramAction(CANCEL, do, task, when=asks))

        self._loop.on_task = hear

    def _holds(self, condition: Callable[[], object]) -> bool:
        """Call a condition of the program, and note that its code has run."""
        noting = account()
        was_on = noting.is_on
        if not was_on:
            noting.on()
        try:
            return bool(condition())
        except Exception as error:  # noqa: BLE001 - any exception is a mistake of the program
            self._declared.blame(MisuseError(f"env.cancellable(..., when=...) raised {type_told(error)}"))
            return False
        finally:
            if not was_on:
                noting.off()

    def future(
        self,
        name: str = "",
        *,
        result: object = None,
        error: BaseException | type[BaseException] | None = None,
        cancels: bool = False,
        never: bool = False,
    ) -> asyncio.Future[Any]:
        """Return a future that the environment completes.

        Each way in which it may end is tried in every gap, which costs an event, and when nothing else can run, which
        is free.

        :param name: its name in diagrams; numbered if empty.
        :param result: its result.
        :param error: an exception, or a class of exceptions, with which it may fail instead.
        :param cancels: it may be cancelled instead.
        :param never: it may stay incomplete for ever.
        :returns: an `asyncio.Future` of the loop that runs.
        """
        self._require_name("env.future(", name)
        if error is not None and not _can_be_raised(error):
            self._refuse(f"env.future(..., error={repr_of(error)}): name an exception, or a class of exceptions")
        future = self._loop.create_future()
        declared = self._declared
        declared.futures += 1
        if not declared.futures % _ROOM:
            declared.tidy()
        label = named(name) or f"future {declared.futures}"
        declared.names.append((future, label))
        free = declared.free
        free.add(ProgramAction(f"{label} completes", partial(future.set_result, result), future))
        if error is not None:
            free.add(ProgramAction(f"{label} fails", partial(_fail, future, error), future))
        if cancels:
            free.add(ProgramAction(f"{label} is cancelled", future.cancel, future))
        if never:
            free.add(ProgramAction(f"{label} will never complete", partial(self._forsake, future), future))
        declared.look_soon()
        return future

    def may(self, do: Callable[[], object], *, name: str = "", times: int = 1) -> None:
        """Let the environment call a function in any gap; each call takes an event.

        :param do: a plain function without arguments; not an async one.
        :param name: the name of the call in diagrams; the function's own name if empty.
        :param times: how often it may be called, at least 1.
        """
        self._require_function("env.may(", do)
        self._require_number("env.may(..., times=", times)
        self._require_name("env.may(..., name=", name)
        text = named(name) or ask(lambda: getattr(do, "__name__", "")) or "a call"
        self._declared.paid.add(ProgramAction(text, do, None, times))

    def complete(self, name: str, do: Callable[[], object]) -> None:
        """Let the environment complete something that is not a future: it calls a function, once.

        In a gap, this costs an event. When nothing else can run, it is free, and happens at the latest.

        :param name: its name in diagrams.
        :param do: a plain function without arguments; not an async one.
        """
        self._require_name("env.complete(", name)
        self._require_function("env.complete(..., ", do)
        self._declared.free.add(ProgramAction(named(name), do, None))

    def arrives(self, name: str, come: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Let the environment start a task at some later moment, once, for example a client that connects.

        In a gap, this costs an event. When nothing else can run, it is free, and happens at the latest.

        :param name: the name of the task.
        :param come: an async function without arguments.
        """
        self._require_name("env.arrives(", name)
        if not inspect.iscoroutinefunction(come):
            self._refuse(f"env.arrives(..., {repr_of(come)}): pass an async function, of which a task is made")
        label = named(name)
        self._declared.free.add(ProgramAction(f"{label} arrives", partial(self._arrive, come, label), None))

    def _arrive(self, come: Callable[[], Coroutine[Any, Any, object]], name: str) -> None:
        self._late.add(self._loop.create_task(come(), name=name))

    def network(
        self, *, resets: int = 0, refuses: int = 0, drops: int = 0, splits: bool = False, slow: bool = False
    ) -> None:
        """Say what may go wrong on the simulated network; each takes an event.

        Data may always arrive late; that needs no declaration.

        :param resets: how many connections may be reset, at least 0.
        :param refuses: how many connections may be refused although there is a listener, at least 0.
        :param drops: how many datagrams may be lost, at least 0.
        :param splits: the first byte of a chunk may arrive alone.
        :param slow: time does not wait for what is under way, so time-outs may fire first.
        """
        for name, value in (("resets", resets), ("refuses", refuses), ("drops", drops)):
            self._require_number(f"env.network({name}=", value, least=0)
        allowed = self._allowed()
        allowed.resets, allowed.refuses, allowed.drops = resets, refuses, drops
        allowed.splits, allowed.slow = bool(splits), bool(slow)

    def executor(self, *, fails: BaseException | type[BaseException], times: int = 1) -> None:
        """Let executor threads fail before they have done anything; each failure takes an event.

        :param fails: the exception, or a class of exceptions.
        :param times: how many threads may fail, at least 1.
        """
        if not _can_be_raised(fails):
            self._refuse(f"env.executor(fails={repr_of(fails)}): name an exception, or a class of exceptions")
        self._require_number("env.executor(..., times=", times)
        allowed = self._allowed()
        allowed.fails, allowed.times = fails, times

    def signal(self, number: int, *, times: int = 1) -> None:
        """Let the environment send a signal while the loop has a handler for it; each takes an event.

        :param number: the signal, as `signal.SIGTERM`.
        :param times: how often it may be sent, at least 1.
        """
        try:
            name = signals.Signals(number).name
        except (ValueError, TypeError):
            self._refuse(f"env.signal({repr_of(number)}): name a signal, such as signal.SIGTERM")
        self._require_number("env.signal(..., times=", times)
        sends = self._loop.signals
        heard = partial(sends.hears, int(number))
        self._declared.paid.add(
            ProgramAction(f"{name} comes", partial(sends.send, int(number)), None, times, when=heard)
        )

    def _allowed(self) -> Allowed:
        faults = self._loop.faults
        faults.allowed = faults.allowed or Allowed()
        return faults.allowed

    def choose(self, options: Sequence[T]) -> T:
        """Return one of the options; each of them is tried.

        :param options: at least one; the first is the default.
        :returns: one of them.
        """
        options = tuple(options)
        if not options:
            self._refuse("env.choose(()): there is nothing to choose from; pass at least one option")
        if len(options) == 1 or self._closed:
            return options[0]
        return options[self._choose(len(options))]

    def branch(self) -> bool:
        """Return False or True; both are tried, and False is the default."""
        return self.choose((False, True))

    def always(self, predicate: Callable[[], object], sentence: str) -> None:
        """Declare what must hold in every gap.

        :param predicate: a function without arguments that returns whether it holds.
        :param sentence: what must hold, in words; a counterexample shows it.
        """
        if not callable(predicate):
            self._refuse(f"env.always({repr_of(predicate)}, ...): pass a function, which is called in every gap")
        self._require_name("env.always(..., ", sentence)
        self._declared.invariants.append(Invariant(predicate, plain(sentence)))
        self._declared.look_soon()

    def background(self, task: T) -> T:
        """Say that a task may still be running when the program has ended.

        :param task: what `asyncio.create_task()` returned.
        :returns: the task that was passed.
        """
        if not is_future(task):
            self._refuse(f"env.background({repr_of(task)}): pass what create_task() returned")
        kept = self._declared.background
        kept.append(task)
        if not len(kept) % _ROOM:
            self._declared.tidy()
        return task  # type: ignore[return-value]

    def _forsake(self, future: asyncio.Future[Any]) -> None:
        for action in self._declared.free.open():
            if action.owner is future:
                action.left = 0

    def _require_function(self, call: str, do: object) -> None:
        if not callable(do) or inspect.iscoroutinefunction(do):
            self._refuse(f"{call}{repr_of(do)}): pass a plain function, which the environment can call in a gap")

    def _require_name(self, call: str, name: object) -> None:
        if not issubclass(type(name), str):
            self._refuse(f"{call}{repr_of(name)}): the name is what a diagram shows; pass a string")

    def _require_number(self, call: str, value: object, least: int = 1) -> None:
        if type(value) is not int or value < least:
            self._refuse(f"{call}{repr_of(value)}): pass a whole number, at least {least}")

    def _refuse(self, message: str) -> NoReturn:
        error = MisuseError(message)
        self._declared.blame(error)
        raise error


def begin_execution(env: Env, choose: Callable[[int], int]) -> Declarations:
    """Begin an execution; return its declarations, still empty. `choose` picks one of so many options."""
    env._choose = choose
    env._closed = False
    env._declared = Declarations()
    env._late = set()
    return env._declared


def end_execution(env: Env) -> None:
    """From now on, return default choices only: the execution is over, and its remains are being closed."""
    env._closed = True


def forgive(env: Env) -> None:
    """Let exceptions of the program count only in executions without an event; see `Env.every_task`."""
    env._declared.forgives = True


def log_reports(env: Env) -> None:
    """Also log what is reported to the loop, as asyncio does."""
    env._loop.logs = True


def misuse_in(texts: Iterable[str]) -> MisuseError | None:
    """Return an error if these texts tell of a wrong call of a method of `Env`; else None."""
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
    """Let a future fail; a class gives each execution an exception of its own."""
    future.set_exception(error() if isinstance(error, type) else error)
