"""Notice what a program starts without the loop: threads and processes of its own, handlers of signals.

The loop refuses calls that it cannot serve. Other things a program starts without it: a thread, a process, a handler of
a signal. A program that starts a thread and joins it at once can be explored. If the loop goes on meanwhile, it cannot:
time is virtual, so the loop is at rest long before a thread has done anything, and a deadlock may be none, or the other
way round. So each start is noted, with its place in the program. It is reported if the thread or process went on while
the loop ran, or if the program would otherwise be called stuck; but not if the program itself has waited for its end,
and no new thread is left. A signal that a program sends to its own process would end that, or interrupt Treadle, and is
refused.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _thread
import os
import signal
import subprocess
import sys
import threading
import weakref
from concurrent import futures
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from treadle.errors import UnsupportedError
from treadle.loop import PROCESSES, SENDERS, SENDS, THREADS
from treadle.programs.places import at, find_place, tell_place
from treadle.programs.problems import UNSUPPORTED, ProgramOutcome, ProgramProperty
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable
    from types import FrameType, TracebackType

    T = TypeVar("T")
    Shows = Callable[[str], bool]
    Watch = Callable[[Any, Any], Callable[[], bool]]


_PATIENCE = 0.1  # seconds to wait for a thread that an execution has left behind

_STUCK = (
    ProgramProperty.DEADLOCK,
    ProgramProperty.LOST_WAKEUP,
    ProgramProperty.ENDS,
    ProgramProperty.LEFT_RUNNING,
    ProgramProperty.STEP_ENDS,
)

_THREAD = (
    "starts a thread of the program's own. "
    "No schedule decides when it runs, and virtual time does not wait for it. "
    "Do its work inline, or replace it by a future that the environment completes."
)
_PROCESS = (
    "starts a process of the program's own. "
    "No schedule decides when it ends, and virtual time does not wait for it. "
    "Replace it by a future that the environment completes."
)
_SIGNAL = (
    "sets a handler for a real signal, which never arrives while schedules are tried. "
    "Let the environment call the handler, env.may(handler), or cancel the task, env.cancellable(task)."
)

_SENT = f"{SENDS}Call the handler instead, or cancel the task that the signal would cancel."


@dataclass(slots=True)
class _Started:
    """Something that was started without the loop: the call, its place, what it does, and whether that still goes on.

    `waited_for`, called at the end of an execution, says whether the program has waited for its end.
    """

    call: str
    place: str
    what: str
    goes_on: Callable[[], bool]
    waited_for: Callable[[], bool]
    met: bool = False  # it went on while the loop ran
    over: bool = False  # the program has waited for its end

    def __str__(self) -> str:
        return f"{at(self.place)}{self.call} {self.what}"


class Interrupts:
    """Distinguishes a user's Ctrl-C from a `KeyboardInterrupt` that a program raises."""

    def __init__(self) -> None:
        """Before `listen`, take each `KeyboardInterrupt` for the user's."""
        self.may_be_users = True
        self._listens = False

    def listen(self) -> None:
        """Handle Ctrl-C, if it would raise `KeyboardInterrupt` in this thread, and there is no other handler."""
        in_main = threading.current_thread() is threading.main_thread()
        handler = signal.getsignal(signal.SIGINT)
        self.may_be_users = in_main and handler not in {signal.default_int_handler, signal.SIG_IGN}
        self._listens = in_main and handler is signal.default_int_handler
        if self._listens:
            signal.signal(signal.SIGINT, self._hear)

    def ignore(self) -> None:
        """Restore Python's own handler."""
        if self._listens:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._listens = False

    def _hear(self, number: int, frame: FrameType | None) -> NoReturn:
        self.may_be_users = True
        signal.default_int_handler(number, frame)


class Outside:
    """Notes what a program starts without the loop; see the module.

    `begin` and `end` enclose an execution. `look` is called in each gap after something was started.
    """

    def __init__(self) -> None:
        """Note nothing before `__enter__`."""
        self.started: list[_Started] = []
        self._notify: Callable[[], object] = bool
        self._inside = False
        self._shows: Shows | None = None
        self._thread = 0
        self._threads = 0  # the number of threads before
        self._joined: list[threading.Thread] = []  # threads that this execution has waited for
        self._abandoned: weakref.WeakSet[threading.Thread] = weakref.WeakSet()  # threads that executions have started
        self._kept: list[tuple[Any, str, Any]] = []
        self.interrupts = Interrupts()

    def __enter__(self) -> Self:
        """Replace the functions that start something."""
        self._threads = _thread._count()
        self._listen_to_joins()
        for starters, told in ((THREADS, _THREAD), (PROCESSES, _PROCESS)):
            for each in starters:
                self._put(each.owner, each.name, each.told, told, _WATCHES.get(each.owner, _lives_of))
        for owner, name in SENDERS:
            if hasattr(owner, name):
                self._put(owner, name, f"{owner.__name__}.{name}()", _SENT, lambda *_: _always, refused=_is_to_itself)
        self.interrupts.listen()
        self._put(signal, "signal", "signal.signal()", _SIGNAL, lambda *_: _never)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the functions back."""
        for owner, name, function in reversed(self._kept):
            setattr(owner, name, function)
        self._kept.clear()
        self.interrupts.ignore()
        awaited: Any = futures.thread._threads_queues  # which are joined at the end of the process
        for each in self._abandoned:
            awaited.pop(each, None)

    def begin(self, shows: Shows, notify: Callable[[], None]) -> None:
        """Begin an execution; `shows` knows the program's files, `notify` is called when something was started."""
        self._shows = shows
        self._notify = notify
        self._thread = threading.get_ident()
        self._joined.clear()

    def end(self) -> None:
        """End the execution."""
        self._shows = None
        for each in self.started:
            each.over = each.over or each.waited_for()
            each.waited_for = _never

    def look(self) -> None:
        """Note what goes on while the loop runs."""
        for each in self.started:
            if not each.met and each.goes_on():
                each.met = True

    @property
    def met(self) -> str:
        """Say what went on outside while the loop ran; empty if nothing did."""
        return next((f"{UNSUPPORTED}{each}" for each in self.started if each.met), "")

    def explain(self, outcome: ProgramOutcome, shows: Shows, files: Container[str]) -> str:
        """Say what went on outside of the loop, or was started there if that may cause the outcome; or nothing.

        `files` are the program's own: a signal handler in another file need not be meant for it.
        """
        if not (self.started or outcome):
            return ""
        self.look()
        stuck = any(problem.property in _STUCK for problem in outcome)
        alone = _thread._count() <= self._threads  # no thread is left that one of them may have started
        found = next((str(each) for each in self.started if each.met or (stuck and not (each.over and alone))), "")
        if not found and stuck:
            found = _started_before(shows, files)
        return f"{UNSUPPORTED}{found}" if found else ""

    def _put(  # noqa: PLR0913, PLR0917 - what is replaced, and how to describe it
        self, owner: Any, name: str, call: str, what: str, watch: Watch, refused: Callable[..., bool] = lambda *_: False
    ) -> None:
        """Replace a function by one that calls it, and notes each call of a program."""
        function = getattr(owner, name)

        def noted(*arguments: Any, **options: Any) -> Any:
            shows = self._shows
            if shows is None or self._inside or threading.get_ident() != self._thread:
                return function(*arguments, **options)
            place = find_place(sys._getframe(1), shows)
            if refused(name, *arguments):  # the loop may call it without a line of the program
                self._note(_Started(call, place, what, _always, _never))
                message = f"{call} {what}"
                raise UnsupportedError(message)
            self._inside = True
            try:
                result = function(*arguments, **options)
            finally:
                self._inside = False
            made_by = arguments[0] if arguments else None
            place = place or tell_place(sys._getframe(1), shows)
            self._note(_Started(call, place, what, watch(made_by, result), self._when_waited_for(made_by)))
            return result

        noted.__name__ = noted.__qualname__ = name
        self._kept.append((owner, name, function))
        setattr(owner, name, noted)

    def _listen_to_joins(self) -> None:
        """Note the threads that the program joins; one that never ends must not block what comes later."""
        join, start = threading.Thread.join, threading.Thread.start

        def joined(thread: threading.Thread, *arguments: Any, **options: Any) -> None:
            if self._shows is None and thread in self._abandoned:
                join(thread, _PATIENCE)  # in `with ThreadPoolExecutor()`, when remains are closed
                return
            join(thread, *arguments, **options)
            if self._shows is not None and not thread.is_alive():
                self._joined.append(thread)

        def begun(thread: threading.Thread) -> None:
            if self._shows is not None:
                thread.daemon = True
                self._abandoned.add(thread)
            start(thread)

        for name, function, put in (("join", join, joined), ("start", start, begun)):
            put.__name__ = put.__qualname__ = name
            self._kept.append((threading.Thread, name, function))
            setattr(threading.Thread, name, put)

    def _when_waited_for(self, made_by: object) -> Callable[[], bool]:
        """Return a function that says whether the program has waited for the end of what `made_by` has started."""

        def have_ended(threads: Iterable[threading.Thread]) -> bool:
            return all(any(each is joined for joined in self._joined) for each in threads)

        if isinstance(made_by, threading.Thread):
            return lambda: have_ended([made_by])
        if isinstance(made_by, futures.ThreadPoolExecutor):
            return lambda: have_ended(made_by._threads)
        if isinstance(made_by, subprocess.Popen):
            return lambda: made_by.returncode is not None
        return _never

    def _note(self, started: _Started) -> None:
        """Note a start; of two from the same place, keep the one that went on while the loop ran, or else the last."""
        for index, each in enumerate(self.started):
            if (each.call, each.place) == (started.call, started.place):
                if not each.met:
                    if not each.over:
                        started.waited_for = _both(each.waited_for, started.waited_for)
                    self.started[index] = started
                    self._notify()
                return
        self.started.append(started)
        self._notify()


def _is_to_itself(name: str, *arguments: Any) -> bool:
    """Say whether a call sends a signal to this process, or waits for one."""
    return name != "kill" or not arguments or arguments[0] in {0, os.getpid()}


# `signal.signal` converts numbers and handlers to members of enumerations, which takes as long as an execution.
_SIGNALS = sorted(map(int, signal.valid_signals()))


def _started_before(shows: Shows, files: Container[str]) -> str:
    """Name a thread or signal handler of the program that existed before it ran."""
    for thread in threading.enumerate():
        place = _place_of(getattr(thread, "_target", None) or type(thread).run, shows)
        if place:
            return f"{place} runs in {_THREAD.removeprefix('starts ')}"
    for number in _SIGNALS if threading.current_thread() is threading.main_thread() else ():
        place = _place_of(_signal.getsignal(number), files.__contains__)
        if place:
            return f"{place} is {_SIGNAL.removeprefix('sets ')}"
    return ""


def _place_of(function: object, shows: Shows) -> str:
    """Say where a function of the program is; empty for others."""
    code = getattr(function, "__code__", None)
    if type(code) is not CodeType or not shows(code.co_filename):
        return ""
    return f"{name_file(code.co_filename)} line {code.co_firstlineno}: {code.co_name}()"


def _always() -> bool:
    return True


def _never() -> bool:
    return False


def _both(one: Callable[[], bool], other: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: one() and other()


def _until_done(_pool: object, work: futures.Future[Any]) -> Callable[[], bool]:
    return lambda: not work.done()


def _lives_of(_: object, made: Any) -> Callable[[], bool]:
    """Return the same for what a function of `os` has returned: a process id, or a tuple that begins with one."""
    return _lives(made[0] if type(made) is tuple else made)


def _lives(number: int) -> Callable[[], bool]:
    """Return a function that says whether a process still runs, without reaping it."""

    def goes_on() -> bool:
        if not hasattr(os, "waitid"):
            return True
        try:
            return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except OSError:  # it has ended and was waited for
            return False

    return goes_on


_WATCHES: dict[object, Watch] = {
    threading.Thread: lambda thread, _: thread.is_alive,
    futures.ThreadPoolExecutor: _until_done,
    _thread: lambda *_: _always,
    subprocess.Popen: lambda process, _: _lives(process.pid),
}
"""How to see whether something still goes on, by the owner of the function that has started it; else `_lives_of`."""
