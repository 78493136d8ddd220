"""Tasks that sets iterate in a fixed order, and the choice between C and pure-Python tasks.

A set of tasks iterates in the order of their hashes, which by default come from memory addresses. So `TaskGroup` aborts
its children, and `asyncio.wait` returns its sets, in an order that differs from run to run. The tasks made here hash to
a sequence number, so that every run has the same order. They are subclasses of the real task and override nothing else.

A set of coroutines has no such order, and `as_completed` makes its tasks in the order of one; while a program is
explored, it makes them in the order in which the coroutines were passed.

Not every task comes from `create_task`. While a program is explored, `asyncio.Task` is the class of such tasks. So a
task created by calling it, or a class derived from it then, has a number too, and its loop is notified. A class that
was derived from the real task before gets the hash for that time.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import events, isfuture
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from treadle.loop.swap import swapped
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

F = TypeVar("F", bound="Callable[..., Any]")
T = TypeVar("T")

_STOCK_TASK = asyncio.Task  # its value outside of `task_kind`

# The modules of the standard library that have the class by name.
_PLACES = tuple((place, "Task") for place in (asyncio.tasks, asyncio))


def base_task(kind: TaskKind) -> type[asyncio.Task[object]]:
    """Return CPython's task class: the accelerated one, or its pure-Python equivalent."""
    return _STOCK_TASK if kind is TaskKind.C else asyncio.tasks._PyTask  # type: ignore[attr-defined]


@contextlib.contextmanager
def task_kind(kind: TaskKind) -> Iterator[None]:
    """Make `asyncio` use this kind of task in the block.

    From 3.12 on the pure-Python task keeps its own record of the current task, which the accelerated `current_task`
    does not read; so the functions that use it are replaced together.
    """
    if kind is TaskKind.C:
        yield
        return
    tasks = asyncio.tasks
    before: dict[tuple[Any, str], object] = {}
    names = ("current_task", "_enter_task", "_leave_task", "_swap_current_task", "_register_task", "_unregister_task")
    replacements = {name: getattr(tasks, f"_py_{name.lstrip('_')}", None) for name in names}
    replacements["Task"] = base_task(kind)
    if replacements["current_task"] is None:  # 3.11: one record, shared by both kinds
        replacements = {"Task": base_task(kind)}
    places = (tasks, asyncio, asyncio.timeouts, asyncio.taskgroups)
    for place in places:
        for name, replacement in replacements.items():
            if replacement is not None and hasattr(place, name):
                before[place, name] = getattr(place, name)
                setattr(place, name, replacement)
    try:
        yield
    finally:
        for (place, name), original in before.items():
            setattr(place, name, original)


ROLES: dict[type, str] = {}
"""What each class with the names of another one is for, so that they can be told apart."""


def shown_as(stock: type, kind: type[T], role: str) -> type[T]:
    """Give a class of Treadle the names of the asyncio class that it replaces, so that programs see those."""
    ROLES[kind] = role
    kind.__name__, kind.__qualname__, kind.__module__ = stock.__name__, stock.__qualname__, stock.__module__
    return kind


def takes_options(factory: F) -> F:
    """Mark a task factory of Treadle's own, which gets all arguments of `create_task`, on every version."""
    factory.takes_options = True  # type: ignore[attr-defined]
    return factory


class _TaskClass(type):
    """The metaclass of `OrderedTask`: a task created by calling the class has a number, and its loop is notified.

    Every task counts as an instance of it, since the program knows the real class by that name.
    """

    stands_for: tuple[type, ...]

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        loop: Any = options.get("loop") or events._get_running_loop()
        if not hasattr(loop, "number_task"):
            return super().__call__(*arguments, **options)
        task: Any = cls.__new__(cls, *arguments, **options)  # type: ignore[arg-type]
        task.number = loop.number_task()
        if "stands_for" in vars(cls) and options.get("name") is None:
            options["name"] = f"Task-{task.number}"
        with loop.making(task, arguments[0] if arguments else options.get("coro")):
            task.__init__(*arguments, **options)
        return task

    def __instancecheck__(cls, item: object) -> bool:
        return isinstance(item, cls.stands_for) if "stands_for" in vars(cls) else super().__instancecheck__(item)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, cls.stands_for) if "stands_for" in vars(cls) else super().__subclasscheck__(kind)


@cache
def ordered_task_class(kind: TaskKind) -> Any:
    """Return the class of tasks that hash to a given number."""
    base = base_task(kind)

    class OrderedTask(base, metaclass=_TaskClass):  # type: ignore[misc, valid-type]
        stands_for = _STOCK_TASK, asyncio.tasks._PyTask  # type: ignore[attr-defined]

        @classmethod
        def make(cls, number: int, coroutine: Coroutine[object, None, object], **options: Any) -> OrderedTask:
            """Make a task; it needs its number before the constructor puts it into the set of all tasks."""
            task = cls.__new__(cls)
            task.number = number
            if options.get("name") is None:  # asyncio's own numbers go on counting across executions
                options["name"] = f"Task-{number}"
            task.__init__(coroutine, **options)  # type: ignore[misc]
            return task

        def __hash__(self) -> int:
            try:
                return self.number  # type: ignore[no-any-return]
            except AttributeError:  # it belongs to another loop
                return object.__hash__(self)

    return shown_as(base, OrderedTask, "any task")


@contextlib.contextmanager
def every_task_known(kind: TaskKind) -> Iterator[None]:
    """Give numbers to tasks that a program creates itself, and tell their loop of them, in the block.

    Enter it inside of `task_kind`.
    """
    base, ordered = base_task(kind), ordered_task_class(kind)
    bases = {base_task(each) for each in TaskKind}
    plain: Any = object.__hash__
    derived = [each for one in bases for each in _derived(one) if each.__hash__ is plain]
    for each in derived:
        each.__hash__ = _number_of  # type: ignore[method-assign, assignment]
    stock = (_STOCK_TASK, ordered)
    try:
        with swapped({id(_STOCK_TASK): stock, id(base): (base, ordered)}, _PLACES):
            yield
    finally:
        for each in derived:
            del each.__hash__


@contextlib.contextmanager
def coroutines_in_order() -> Iterator[None]:
    """Let `asyncio.as_completed` make tasks of coroutines in the order in which they were passed, in the block."""
    names: dict[str, object] = vars(asyncio.tasks)
    inner = "set" in names
    names["set"] = _in_order
    try:
        yield
    finally:
        if not inner:
            del names["set"]


def _in_order(given: Iterable[object] = ()) -> set[object] | dict[object, None]:
    """Stand for `set` in `asyncio.tasks`, which only iterates over what it gets if not all of that are futures."""
    items = list(given)
    return set(items) if all(map(isfuture, items)) else dict.fromkeys(items)


def _derived(base: type) -> Iterator[type]:
    """Yield the classes derived from a task class that are not Treadle's."""
    each: type
    for each in type.__subclasses__(base):
        if not each.__module__.startswith("treadle.") and not isinstance(each, _TaskClass):
            yield each
            yield from _derived(each)


def _number_of(task: Any) -> int:
    """Hash a task of a class of the program: to its number, which it gets at the first call."""
    number: int | None = getattr(task, "number", None)
    if type(number) is not int:
        loop: Any = events._get_running_loop()
        if not hasattr(loop, "number_task"):
            return object.__hash__(task)
        try:
            number = task.number = loop.number_task()
        except AttributeError:  # its class has no such attribute
            return object.__hash__(task)
    return number
