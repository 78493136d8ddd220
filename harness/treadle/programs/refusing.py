"""The loop of an explored program: it notes which line asks for something that it does not provide."""

from __future__ import annotations

import asyncio
import sys
from types import CoroutineType
from typing import TYPE_CHECKING, NoReturn, TypeVar

from treadle.errors import UnsupportedError
from treadle.outside import SimulatedOutside, WithoutSelector
from treadle.programs.loop import ProgramLoop
from treadle.programs.places import at, find_place, tell_place
from treadle.programs.problems import UNSUPPORTED, ProgramOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle.schedule import TaskKind

    T = TypeVar("T")
    Shows = Callable[[str], bool]

_PRIVATE = (
    "loop.{} is a private part of asyncio's own loops, which Treadle's loop does not have. "
    "Use a public method of the loop, or leave it out."
)
_STOP = "loop.stop() ends a stock event loop before the program has ended. Let the program return instead."


_BEGINS = 4_096.0
"""The loop's time at which a program starts, in seconds. In many libraries 0 means never, and no clock shows it."""


class RefusingLoop(SimulatedOutside, ProgramLoop, WithoutSelector):  # type: ignore[misc]  # asyncio's stubs differ
    """The loop of an explored program: it notes which line asks for something that it does not provide."""

    def __init__(self, task: TaskKind, shows: Shows) -> None:
        """Make a loop for a program whose files `shows` knows; `hear` takes what would be logged."""
        self._shows = shows
        self.hear: Callable[[dict[str, object]], object] = bool
        self.logs = False
        super().__init__(task)

    def reset(self) -> None:
        """Return to the state of a new loop."""
        super().reset()
        self._time = _BEGINS
        self.refused_at = ""
        self.logs = False
        self.missed = ""  # the message about a private attribute that was asked for
        self._makers: dict[int, str] = {}  # by `id`: where tasks were made that run only code of libraries

    def create_task(self, coro: Coroutine[object, object, T], **options: object) -> asyncio.Task[T]:  # type: ignore[override]
        """Make a task; if it runs code of a library, remember the line of the program that has made it."""
        task = super().create_task(coro, **options)
        if type(coro) is CoroutineType and not self._shows(coro.cr_code.co_filename):
            self._makers[id(task)] = find_place(sys._getframe(1), self._shows) or self.made_at()
        return task

    def made_at(self) -> str:
        """Return where the current task was made; empty if that is not known."""
        return self._makers.get(id(asyncio.current_task(self)), "")

    def default_exception_handler(self, context: dict[str, object]) -> None:
        """Pass on what would be logged; log it only if `logs` is set."""
        self.hear(context)
        if self.logs:
            super().default_exception_handler(context)

    def may_turn_away(self, error: UnsupportedError) -> Callable[[], None]:
        """Also note the place of the call."""
        place = tell_place(sys._getframe(1), self._shows)
        remember = super().may_turn_away(error)

        def remember_place() -> None:
            if self.unsupported is None:
                self.refused_at = place
            remember()

        return remember_place

    def stop(self) -> None:
        """Stop; while a program is explored, call that unsupported: what a stock loop leaves undone is not explored."""
        if self._driven and self.unsupported is None:
            self.refused_at = tell_place(sys._getframe(1), self._shows)
            self.unsupported = UnsupportedError(_STOP)
        super().stop()

    def explain(self, outcome: ProgramOutcome) -> str:
        """Say what was refused, or if something is wrong, which private attribute was missing; else nothing."""
        if self.unsupported is not None:
            return f"{UNSUPPORTED}{at(self.refused_at)}{self.unsupported}"
        return f"{UNSUPPORTED}{self.missed}" if outcome and self.missed else ""


class _Private:
    """A private attribute of asyncio's own loop. Code may do without it; if not, it may be why the program fails."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, loop: RefusingLoop | None, _: type) -> NoReturn:
        if loop is not None and not loop.missed:
            loop.missed = f"{at(tell_place(sys._getframe(1), loop._shows))}{_PRIVATE.format(self._name)}"
        message = f"Treadle's loop has no attribute {self._name!r}"
        raise AttributeError(message, name=self._name, obj=loop)


_OF_INSTANCES = ("_csock", "_internal_fds", "_selector", "_signal_handlers", "_ssock", "_transports")
for _name in {*dir(asyncio.SelectorEventLoop), *_OF_INSTANCES} - set(dir(RefusingLoop)):
    setattr(RefusingLoop, _name, _Private(_name))
