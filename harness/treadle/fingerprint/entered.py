"""Which code has run since a search began: whatever else there is, nobody can have read it.

From 3.12 on the interpreter says when a code object is entered for the first time, and costs nothing afterwards
(`sys.monitoring`, PEP 669). Before, a profiler in C keeps the account (`_lsprof`, which `cProfile` is made of). A
profiling function in Python would not do: for each call it fills a dictionary of the local names, which keeps alive
what the program lets go.

There is one account at a time, as there is one of each of these in an interpreter. It is on while the program runs, and
off where Treadle itself works: what that runs, the program need not be able to reach. One that costs time is off, too,
where an execution repeats what the one before did.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Protocol

from treadle.fingerprint.encoder import token_of
from treadle.fingerprint.origin import Origin, origin

if TYPE_CHECKING:
    from _lsprof import Profiler
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import CodeType

    Entered = tuple[CodeType, dict[str, object] | None]


class Account(Protocol):
    """Keeps account of the code that is entered.

    `why_not` says why it cannot, or nothing. One that is `dear` costs time while it is on. It is off at first.
    """

    why_not: str
    dear: bool

    @property
    def is_on(self) -> bool:
        """Say whether it watches."""

    def on(self) -> None:
        """Watch from now on."""

    def off(self) -> None:
        """Stop watching."""

    def elsewhere(self) -> AbstractContextManager[None]:
        """Watch another thread, which enters this while the one that is watched waits for it."""

    def fresh(self) -> list[Entered]:
        """Return what was entered for the first time since this was called last, with its globals where known.

        To be called while it is off.
        """


class _Nobody:
    """Stands for an account where there is none."""

    dear = is_on = False

    def __init__(self, why_not: str) -> None:
        self.why_not = why_not

    def on(self) -> None:
        pass

    off = on

    def elsewhere(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def fresh(self) -> list[Entered]:
        return []


class _Monitor:
    """The account of `sys.monitoring`."""

    dear = False

    def __init__(self) -> None:
        self.why_not = ""
        self._state = state = [False]
        self._fresh: list[Entered] = []
        self._known: set[object] = set()
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        tool = next((each for each in (4, 3, 5, 2, 1) if monitoring.get_tool(each) is None), None)
        if tool is None:
            self.why_not = "other tools watch this program (sys.monitoring), so it is not known which code has run"
            return
        self._tool = tool
        monitoring.use_tool_id(tool, "treadle")
        event = monitoring.events.PY_START
        disable = monitoring.DISABLE
        known, fresh, frame = self._known, self._fresh, sys._getframe

        def entered(code: CodeType, _offset: int) -> object:
            if not state[0]:  # Treadle is at work; when the program runs this code, it counts
                return disable if origin(code.co_filename) is Origin.TOOL else None
            names = frame(1).f_globals
            key = token_of(code), code.co_filename, id(names)  # code compares equal whatever file it is from
            if key not in known:
                known.add(key)
                fresh.append((code, names))
            return disable

        monitoring.register_callback(tool, event, entered)
        monitoring.restart_events()
        monitoring.set_events(tool, event)

    @property
    def is_on(self) -> bool:
        return self._state[0]

    def on(self) -> None:
        self._state[0] = True

    def off(self) -> None:
        self._state[0] = False

    def elsewhere(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()  # it hears of all threads

    def fresh(self) -> list[Entered]:
        found = self._fresh[:]
        del self._fresh[:]
        return found

    def close(self) -> None:
        if not self.why_not:
            monitoring = sys.monitoring  # type: ignore[attr-defined]
            monitoring.set_events(self._tool, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_START, None)
            monitoring.free_tool_id(self._tool)


class _Profiler:
    """The account of a profiler in C."""

    dear = True

    def __init__(self) -> None:
        self.why_not = ""
        self._known: dict[int, CodeType | str] = {}  # by `id`: each is kept, so that no other has its place
        self.is_on = False
        self._others: list[Profiler] = []  # of other threads
        if sys.getprofile() is not None:
            self.why_not = "a profiler watches this program, so it is not known which code has run"
            return
        import _lsprof  # noqa: PLC0415 - only there, and only here

        self._profiler = _lsprof.Profiler(subcalls=False, builtins=False)

    def on(self) -> None:
        if not self.is_on and not self.why_not:
            self.is_on = True
            self._profiler.enable(subcalls=False, builtins=False)

    def off(self) -> None:
        if self.is_on:
            self.is_on = False
            self._profiler.disable()

    @contextlib.contextmanager
    def elsewhere(self) -> Iterator[None]:
        if self.why_not or not self.is_on or sys.getprofile() is not None:
            yield
            return
        there = type(self._profiler)(subcalls=False, builtins=False)
        there.enable(subcalls=False, builtins=False)
        try:
            yield
        finally:
            there.disable()
            self._others.append(there)

    def fresh(self) -> list[Entered]:
        found: list[Entered] = []
        if not self.why_not:
            known = self._known
            for entry in (each for profiler in (self._profiler, *self._others) for each in profiler.getstats()):
                code = entry.code
                if not isinstance(code, str) and id(code) not in known:
                    known[id(code)] = code
                    found.append((code, None))
            self._profiler.clear()
            self._others.clear()
        return found

    close = off


_current: list[Account] = [_Nobody("it was not recorded which code has run")]


def account() -> Account:
    """Return the account of the search that is under way."""
    return _current[-1]


@contextlib.contextmanager
def watching_code() -> Iterator[Account]:
    """Keep account of the code that is entered while the block runs."""
    made: _Monitor | _Profiler = _Monitor() if sys.version_info >= (3, 12) else _Profiler()
    _current.append(made)
    try:
        yield made
    finally:
        _current.remove(made)
        made.close()
