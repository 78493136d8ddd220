"""The loop of a program: it knows every task, however it was made, and makes eager tasks like all others."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from contextvars import copy_context
from functools import cache
from types import MethodType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from weakref import ref

from treadle.inspecting import Kinds
from treadle.loop import FUTURES, Handle, Loop, abandon, base_task, loop_of
from treadle.programs.telling import only_tasks
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from contextvars import Context


T = TypeVar("T")

_EAGER_FACTORY = getattr(asyncio, "eager_task_factory", None)  # from 3.12 on
_MAKES_NONE = frozenset(
    each.__file__ for each in (asyncio.base_events, asyncio.events, asyncio.selector_events, asyncio.streams)
)
"""Files of asyncio that make futures only through the loop."""
_GATHERS = asyncio.tasks._GatheringFuture.__init__.__code__  # type: ignore[attr-defined]  # it calls the class itself
_new_handle = object.__new__
_MANY = 1_000  # futures, before those that no longer exist are dropped


@cache
def _types_of_steps(kind: TaskKind) -> Kinds:
    """Return the types of callbacks for first steps: of tasks in C, and if tasks are in Python, of both kinds."""
    put: list[Any] = []

    class Noting(Loop):
        def call_soon(self, callback: Any, *_arguments: Any, **_options: Any) -> Any:  # type: ignore[override]
            put.append(callback)

    async def nothing() -> None:
        pass

    coroutine = nothing()
    task: Any = base_task(TaskKind.C)(coroutine, loop=Noting())
    task._log_destroy_pending = False
    abandon([task], task.get_loop())
    return Kinds(type(put[0]), MethodType) if kind is TaskKind.PY else Kinds(type(put[0]))


class Made(NamedTuple):
    """A task that was made: the task, or None if it no longer exists, its function, and the name that it was given."""

    task: Any
    function: str
    name: str


class ProgramLoop(Loop):
    """A loop that knows the tasks of the execution under way, in the order in which they were made.

    It does not keep them alive: a task without references is freed, as on the stock loop, and a program may notice that
    by a weak reference. It keeps the names of their functions, because a task that ended at its first step, as an eager
    one may, has dropped its coroutine, and CPython 3.12.1 crashes when it is asked for that.

    A task that was made neither by `create_task` nor by calling `asyncio.Task` is noticed when it schedules its first
    step. A task in C has called `get_debug` before, so that `_strange` is above 0; for other tasks, and in debug mode,
    that is not certain.
    """

    __slots__ = (
        *("_factory_of_program", "_in_python", "_is_wary", "_many", "_others", "_strange", "_types_of_steps"),
        *("functions", "futures", "on_task", "_names", "_tasks"),
    )

    def __init__(self, task: TaskKind = TaskKind.C) -> None:
        """Make an empty loop whose tasks are of this kind."""
        self._types_of_steps = _types_of_steps(task).identities
        self._in_python = self._is_wary = task is TaskKind.PY
        super().__init__(task)

    def reset(self) -> None:
        """Return to the state of a new loop."""
        super().reset()
        self._tasks: list[Callable[[], Any]] = []  # weak references; to tasks of a class of the program, strong ones
        self.functions: list[str] = []
        self._names: list[str] = []
        self.futures: list[ref[asyncio.Future[Any]]] = []  # those that are no tasks, as long as they live
        self._many = _MANY
        self._is_wary = self._in_python
        self._strange = 0  # futures and tasks that were made without the loop
        self._others: set[int] = set()  # the `id`s of tasks that are not of the loop's own class
        self._factory_of_program: Callable[..., Any] | None = None
        self.on_task: Callable[[Any], object] | None = None  # called with each task that is made

    def create_future(self) -> asyncio.Future[Any]:
        """Make a future, and remember it as long as it lives."""
        future = super().create_future()
        self._strange -= not self._debug  # debug mode, in which `get_debug` is not called
        self.futures.append(ref(future))
        if len(self.futures) > self._many:
            self.futures = [each for each in self.futures if each() is not None]
            self._many = max(_MANY, 2 * len(self.futures))
        return future

    def get_debug(self) -> bool:  # type: ignore[override]
        """Return False, and count the call: every new future or task makes it, however it is made."""
        asks = sys._getframe(1)
        if asks.f_code is _GATHERS:
            self.futures.append(ref(asks.f_locals["self"]))
        elif asks.f_code.co_filename not in _MAKES_NONE:
            self._strange += 1
        return False

    def set_debug(self, enabled: bool) -> None:  # noqa: FBT001 - stock signature
        """Turn debug mode on or off."""
        super().set_debug(enabled)
        self._is_wary = enabled or self._in_python

    def all_futures(self) -> list[ref[asyncio.Future[Any]]]:
        """Return weak references to the futures of the execution that is over, without its tasks.

        Futures that were made by calling their class are found by the garbage collector. If it is off, as in a search,
        it is asked only for objects that were made since the last time.
        """
        if self._strange > 0 or self._debug:
            young = None if gc.isenabled() else 0
            found = [each for each in gc.get_objects(young) if issubclass(type(each), FUTURES)]
            self.futures += [ref(each) for each in found if loop_of(each) is self]
            gc.collect(0)
        return self.futures

    def create_task(self, coro: Coroutine[Any, Any, T], **options: Any) -> asyncio.Task[T]:  # type: ignore[override]
        """Make a task and register it."""
        place = len(self._tasks)
        if self._task_factory is None and not (self._closed or self._debug):  # the same, in fewer calls
            self._tasks_made = number = self._tasks_made + 1
            task: asyncio.Task[T] = self._task_class.make(number, coro, loop=self, **options)
        else:
            task = super().create_task(coro, **options)
        if self._task_factory is None or not self._is_known(task, place):
            self._know(task, place, getattr(coro, "__name__", "task"), options.get("name"))
        return task

    def tasks(self) -> list[Any]:
        """Return the tasks that still exist, in the order in which they were made."""
        return [task for each in self._tasks if (task := each()) is not None]

    def true_tasks(self) -> list[asyncio.Task[object]]:
        """Return those of `tasks()` that are tasks: a task factory of the program may make something else."""
        tasks = self.tasks()
        return only_tasks(tasks) if self._others else tasks

    def made(self, since: int = 0) -> Iterator[Made]:
        """Yield all tasks that were made, or those after the first `since`."""
        for each in range(since, len(self._tasks)):
            yield Made(self._tasks[each](), self.functions[each], self._names[each])

    def forget_tasks(self) -> None:
        """Forget all tasks."""
        for each in (self._tasks, self.functions, self._names):
            each.clear()

    def _know(self, task: Any, place: int, function: str, name: str | None = None) -> None:
        """Register a task at its place: before the tasks that its first step has made, if that has run."""
        self._strange -= not self._debug
        self.functions.insert(place, function)
        self._names.insert(place, name or "")
        if type(task) is self._task_class:
            self._tasks.insert(place, ref(task))
        else:
            self._tasks.insert(place, lambda: task)
            self._others.add(id(task))
        if self.on_task is not None:
            self.on_task(task)

    def _is_known(self, task: Any, place: int) -> bool:
        """Say whether an object that a factory has made is registered already, or is no task at all."""
        if not (isinstance(task, FUTURES) and hasattr(task, "get_coro")):
            return True
        if type(task) is not self._task_class:
            return id(task) in self._others
        return any(each() is task for each in self._tasks[place:])

    @contextlib.contextmanager
    def making(self, task: Any, coroutine: Any) -> Iterator[None]:
        """Register a task that is made by calling its class; the block calls its constructor."""
        place = len(self._tasks)
        self._others.add(id(task))  # so that its first step does not register it
        yield
        if type(task) is self._task_class:
            self._others.discard(id(task))
        self._know(task, place, getattr(coroutine, "__name__", "task"))

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> Handle:
        """Append a callback to the ready queue; if it is the first step of an unknown task, register the task."""
        if (self._strange > 0 or self._is_wary) and id(type(callback)) in self._types_of_steps:
            task: Any = getattr(callback, "__self__", None)
            if type(task) is not self._task_class:
                self._meet(task)
        if self._debug:
            return super().call_soon(callback, *args, context=context)
        handle: Handle = _new_handle(Handle)
        handle._callback = callback
        handle._args = args
        handle._context = copy_context() if context is None else context
        handle._loop = self
        self.ready.append(handle)
        return handle

    def _meet(self, task: Any) -> None:
        """Register a task that was made without the loop, unless it is known."""
        if id(task) not in self._others and isinstance(task, FUTURES) and hasattr(task, "get_coro"):
            self._know(task, len(self._tasks), getattr(task.get_coro(), "__name__", "task"))

    def set_task_factory(self, factory: Callable[..., Any] | None) -> None:
        """Use this factory for tasks; not asyncio's own for eager tasks, whose tasks hash to their addresses."""
        eager = factory is not None and factory is _EAGER_FACTORY
        super().set_task_factory(self._make_eagerly if eager else factory)
        self._own_factory = eager
        self._factory_of_program = factory

    def get_task_factory(self) -> Callable[..., Any] | None:
        """Return the factory that was set."""
        return self._factory_of_program

    def _make_eagerly(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        return self.make_task(loop, coroutine, **{"eager_start": True, **options})
