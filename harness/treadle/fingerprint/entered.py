"""Record which code has run since a search began: only that code can have read anything.

From 3.12 on the interpreter reports when a code object is entered for the first time, and costs nothing afterwards
(`sys.monitoring`, PEP 669). Before, a profiler in C does it (`_lsprof`, the base of `cProfile`). A profiling function
in Python would not work: each call to it fills a dictionary of the local variables, which keeps objects alive that the
program releases.

There is one account at a time, because an interpreter has only one of each of these. It is on while the program runs,
and off while Treadle itself works: the program need not be able to reach what Treadle runs. An account that costs time
is also off while an execution repeats the one before.
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
    """Records which code is entered.

    `why_not` says why it cannot, or is empty. `dear`: it costs time while it is on. It is off at first.
    """

    why_not: str
    dear: bool

    @property
    def is_switching(self) -> bool:
        """Say whether it is about to start or to stop, so that what a signal handler runs now may be recorded."""

    @property
    def is_on(self) -> bool:
        """Say whether it is recording."""

    def on(self) -> None:
        """Start recording."""

    def off(self) -> None:
        """Stop recording."""

    def elsewhere(self) -> AbstractContextManager[None]:
        """Record another thread, which enters this while the recorded thread waits for it."""

    def fresh(self) -> list[Entered]:
        """Return the code that was entered for the first time since the last call, with its globals if known.

        Call this while it is off.
        """

    def has_fresh(self) -> bool:
        """Say whether `fresh` would return anything."""


class _Nobody:
    """Replaces an account if there is none."""

    dear = is_on = is_switching = False

    def __init__(self, why_not: str) -> None:
        self.why_not = why_not

    def on(self) -> None:
        pass

    off = on

    def elsewhere(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def fresh(self) -> list[Entered]:
        return []

    def has_fresh(self) -> bool:
        return False


class _Monitor:
    """An account that uses `sys.monitoring`."""

    dear = is_switching = False

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
            if not state[0]:  # Treadle is running; when the program runs this code, it counts
                return disable if origin(code.co_filename) is Origin.TOOL else None
            names = frame(1).f_globals
            key = token_of(code), code.co_filename, id(names)  # code from different files may be equal
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
        return contextlib.nullcontext()  # it records all threads

    def fresh(self) -> list[Entered]:
        found = self._fresh[:]
        del self._fresh[:]
        return found

    def has_fresh(self) -> bool:
        return bool(self._fresh)

    def close(self) -> None:
        if not self.why_not:
            monitoring = sys.monitoring  # type: ignore[attr-defined]
            monitoring.set_events(self._tool, 0)
            monitoring.register_callback(self._tool, monitoring.events.PY_START, None)
            monitoring.free_tool_id(self._tool)


class _Profiler:
    """An account that uses a profiler in C."""

    dear = True

    def __init__(self) -> None:
        self.why_not = ""
        self._known: dict[int, CodeType | str] = {}  # by `id`; each object is kept, so that its `id` is not reused
        self.is_on = False
        # It is being switched. An audit hook in Python runs meanwhile, and so may a signal handler, which then must not
        # switch it as well: Python refuses that.
        self.is_switching = False
        self._others: list[Profiler] = []  # for other threads
        if sys.getprofile() is not None:
            self.why_not = "a profiler watches this program, so it is not known which code has run"
            return
        import _lsprof  # noqa: PLC0415 - missing elsewhere, and needed only here

        self._profiler = _lsprof.Profiler(subcalls=False, builtins=False)

    def on(self) -> None:
        if not self.is_on and not self.why_not and not self.is_switching:
            self.is_on = self.is_switching = True
            try:
                self._profiler.enable(subcalls=False, builtins=False)
            finally:
                self.is_switching = False

    def off(self) -> None:
        if self.is_on and not self.is_switching:
            self.is_on, self.is_switching = False, True
            try:
                self._profiler.disable()
            finally:
                self.is_switching = False

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
            for code in self._entered():
                if id(code) not in self._known:
                    self._known[id(code)] = code
                    found.append((code, None))
            self._profiler.clear()
            self._others.clear()
        return found

    def has_fresh(self) -> bool:
        return not self.why_not and any(id(code) not in self._known for code in self._entered())

    def _entered(self) -> Iterator[CodeType]:
        for profiler in (self._profiler, *self._others):
            for entry in profiler.getstats():
                if not isinstance(entry.code, str):
                    yield entry.code

    close = off


_current: list[Account] = [_Nobody("it was not recorded which code has run")]


def account() -> Account:
    """Return the account of the current search."""
    return _current[-1]


@contextlib.contextmanager
def watching_code() -> Iterator[Account]:
    """Record the code that is entered in the block."""
    made: _Monitor | _Profiler = _Monitor() if sys.version_info >= (3, 12) else _Profiler()
    _current.append(made)
    try:
        yield made
    finally:
        _current.remove(made)
        made.close()
