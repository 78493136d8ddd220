"""Describe objects of a program safely, whatever their own methods do.

A `__str__` may raise, return no text, or a text with methods of its own; `__class__` may lie. Such faults are the
program's, and must not end the exploration. So only this module calls such methods, and it returns plain values. A step
that does not end is interrupted here as anywhere else, and Ctrl-C ends Treadle.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeGuard

from treadle.explorer import StepTimeoutError
from treadle.loop import base_task
from treadle.schedule import TaskKind
from treadle.telling import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = type.__dict__["__name__"]

FUTURES = (asyncio.Future, asyncio.futures._PyFuture)  # type: ignore[attr-defined]
_TASKS = tuple(base_task(kind) for kind in TaskKind)


def is_future(found: object) -> TypeGuard[asyncio.Future[object]]:
    """Say whether an object is a future or a task, in C or Python, by its type alone."""
    return issubclass(type(found), FUTURES)


def is_task(found: object) -> TypeGuard[asyncio.Task[object]]:
    """Say whether an object is a task, in C or Python, by its type alone."""
    return issubclass(type(found), _TASKS)


def _are_tasks(found: list[object]) -> TypeGuard[list[asyncio.Task[object]]]:
    """Say whether all are tasks, of one class."""
    return len({*map(id, map(type, found))}) == 1 and is_task(found[0])


def only_tasks(found: list[object]) -> list[asyncio.Task[object]]:
    """Return those that are tasks: all, unless a task factory of the program makes something else."""
    if _are_tasks(found):
        return found
    return [each for each in found if is_task(each)]


def coroutine_of(task: asyncio.Task[object]) -> object:
    """Return the coroutine of a task, by asyncio's own method, because a subclass may have another one."""
    return _kind_of(task).get_coro(task)


def cancelling_of(task: asyncio.Task[object]) -> int:
    """Return how many pending requests for cancellation a task has, by asyncio's own method."""
    return _kind_of(task).cancelling(task)


def _kind_of(task: asyncio.Task[object]) -> type[asyncio.Task[object]]:
    return next(each for each in _TASKS if issubclass(type(task), each))


def owner_of(callback: object) -> object:
    """Return the object that a callback is a method of, or None."""
    try:
        return getattr(callback, "__self__", None)
    except (KeyboardInterrupt, StepTimeoutError):
        raise
    except BaseException:  # noqa: BLE001 - a program may raise anything
        return None


def plain(text: object) -> str:
    """Return a text as an exact `str`; empty if it is no text.

    A lone surrogate is written as an escape, because it can be neither printed nor sent.
    """
    if not issubclass(type(text), str):
        return ""
    said = str.__str__(text)
    return said if said.isascii() else said.encode("utf-8", "backslashreplace").decode()


def named(text: object) -> str:
    r"""Return a name that a program has given, on one line: it may contain an escape sequence or a `\n`."""
    return printable(plain(text))


def ask(question: Callable[[], object]) -> str:
    """Return the text that `question` returns, or a text about the exception that it raised."""
    try:
        return plain(question())
    except (KeyboardInterrupt, StepTimeoutError):
        raise
    except BaseException as error:  # noqa: BLE001 - a program may raise anything
        return f"<asking it raised {type_name(error)}>"


def text_of(found: object) -> str:
    """Return `str(found)`, or a text about the exception that it raised."""
    return ask(lambda: str(found))


def repr_of(found: object) -> str:
    """Return `repr(found)`, or a text about the exception that it raised."""
    return ask(lambda: repr(found))


def type_name(found: object) -> str:
    """Return the name of the type of an object, as in its class statement."""
    return type_name_of(type(found))


def type_name_of(kind: type) -> str:
    """Return the name of a type, whatever its metaclass says."""
    return plain(_NAME.__get__(kind))


def describe_error(error: object) -> str:
    """Return the name of an exception's type, and its text."""
    said = text_of(error)
    return f"{type_name(error)}{f': {said}' if said else ''}"
