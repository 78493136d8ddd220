"""Make a program that can be explored from a name or a function."""

from __future__ import annotations

import functools
import inspect
import sysconfig
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from treadle.errors import MisuseError
from treadle.inspecting import INSTALLED
from treadle.loading import find_attribute, load_module
from treadle.programs.refusing import RefusingLoop
from treadle.programs.telling import plain as plain_name
from treadle.telling import type_told

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle.programs.env import Env
    from treadle.programs.kept import Summaries
    from treadle.schedule import TaskKind


_TREADLE = str(Path(__file__).parents[1])
_INSTALLED = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), _TREADLE)


@functools.cache
def is_own(file: str) -> bool:
    """Say whether a file is the user's own: not one of the standard library, of an installed library, or of Treadle."""
    path = Path(file)
    if not path.is_absolute() or not INSTALLED.isdisjoint(path.parts):
        return False
    return not any(path.is_relative_to(place) for place in _INSTALLED)


class _Loops(threading.local):
    """The loops of a thread, by function: two threads cannot use a loop at the same time."""

    def __init__(self) -> None:
        self.of: WeakKeyDictionary[FunctionType, dict[TaskKind, RefusingLoop]] = WeakKeyDictionary()


_loops = _Loops()


def _loops_of(function: object) -> dict[TaskKind, RefusingLoop]:
    """Return the loops of a function: the same ones each time it is explored, with any arguments."""
    return _loops.of.setdefault(function, {}) if type(function) is FunctionType else {}


@dataclass(frozen=True, slots=True)
class Shown:
    """Says whether lines of a file are shown: one of these, or any that `is_own`."""

    files: frozenset[str]

    def __call__(self, file: str) -> bool:
        """Say whether lines of this file are shown."""
        return file in self.files or is_own(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramSource:
    """A program: its name, its async function, whether that takes the environment, and the files that it is in.

    The environment is passed by position, or by `keyword`. Lines of these files are shown, and of all that `is_own`.
    `leaves` gets the exception of the program, and says whether it left, as a test does that skips itself; such an
    execution is not judged. It may also raise, which ends the exploration. `loops` holds the loop of each kind of task:
    what a program keeps between executions, such as a lock of a module, may be bound to it. `usual` holds the problems
    of the first, undisturbed execution, if those are forgiven; see `judge`. `before` holds a summary of what was kept
    before it. `at_begin` holds what is called as each execution begins, when nothing of the one before is left.
    """

    name: str
    function: Callable[..., Coroutine[Any, Any, Any]]
    takes_env: bool
    files: frozenset[str]
    keyword: str = ""
    leaves: Callable[[BaseException], bool] | None = None
    loops: dict[TaskKind, RefusingLoop] = field(default_factory=dict, compare=False, repr=False)
    usual: list[frozenset[tuple[str, str]]] = field(default_factory=list, compare=False, repr=False)
    before: list[Summaries] = field(default_factory=list, compare=False, repr=False)
    at_begin: list[Callable[[], object]] = field(default_factory=list, compare=False, repr=False)

    def loop(self, task: TaskKind) -> RefusingLoop:
        """Return the loop for all executions with these tasks."""
        if task not in self.loops:
            self.loops[task] = RefusingLoop(task, self.shows)
        return self.loops[task]

    @property
    def shows(self) -> Shown:
        """A function that says whether lines of a file are shown."""
        return Shown(self.files)

    def call(self, env: Env) -> Coroutine[Any, Any, Any]:
        """Make the coroutine of one execution."""
        if not self.takes_env:
            return self.function()
        return self.function(**{self.keyword: env}) if self.keyword else self.function(env)


def find_program(name: str) -> ProgramSource:
    """Find FILE.py:PROGRAM or package.module:program; raise `MisuseError` if it cannot be found."""
    place, colon, attribute = name.rpartition(":")
    if not colon or not place or not attribute:
        message = f"{name!r} does not name a program; write path/file.py:function or package.module:function"
        raise MisuseError(message)
    return make_source(find_attribute(load_module(place, what="program"), attribute, name), name=name)


def make_source(function: Any, *, name: str = "") -> ProgramSource:
    """Make a program from an async function; raise `MisuseError` if it cannot be called as one."""
    plain = function
    while isinstance(plain, functools.partial):
        plain = plain.func
    name = name or f"{getattr(plain, '__module__', '')}:{getattr(plain, '__qualname__', type_told(plain))}"
    awaitable = inspect.iscoroutinefunction(plain) or inspect.iscoroutinefunction(getattr(plain, "__call__", None))  # noqa: B004
    if not awaitable:
        message = (
            f"{name!r} is {_kind(plain)}, and a program is an async function. Wrap what you want to explore:\n\n"
            f"    async def program(env):\n{_wrapped(plain)}"
        )
        raise MisuseError(message)
    takes_env = _takes_env(function, name)
    try:
        file = inspect.getsourcefile(inspect.unwrap(plain))
    except TypeError:
        file = None
    files = frozenset(filter(None, (file,)))
    return ProgramSource(name=name, function=function, takes_env=takes_env, files=files, loops=_loops_of(plain))


def _is_generator(function: object) -> bool:
    return inspect.isasyncgenfunction(function) or inspect.isasyncgenfunction(getattr(function, "__call__", None))  # noqa: B004


def _wrapped(function: object) -> str:
    if not _is_generator(function):
        return "        ...\n"
    name = plain_name(getattr(function, "__name__", "")) or "it"
    return f"        async for item in {name}(...):  # or leave the `yield` out of it\n            ...\n"


def _kind(function: object) -> str:
    if _is_generator(function):
        return "an async generator function"
    return "a plain function" if callable(function) else f"an object of type {type_told(function)}"


def _takes_env(function: Any, name: str) -> bool:
    """Say whether a function is called with the environment, or without arguments."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return True
    required = [
        each
        for each in signature.parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    try:
        signature.bind(*([None] if required else []))
    except TypeError:
        names = ", ".join(each.name for each in required)
        message = (
            f"{name!r} needs the arguments {names}; a program takes the environment or nothing. "
            "Bind the others with functools.partial"
        )
        raise MisuseError(message) from None
    return bool(required)
