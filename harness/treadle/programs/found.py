"""The result of exploring a program. Pure data; its text is a view of it (see `text`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle.explorer import Ended
    from treadle.programs.problems import ProgramProperty
    from treadle.schedule import TaskKind
    from treadle.tokens import ProgramToken
    from treadle.trace import Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A property that does not hold, with the smallest execution that shows it.

    :ivar property: which property, a `ProgramProperty`; its `sentence` says what must hold.
    :ivar text: what happened, in words.
    :ivar schedules: the number of schedules with it, of those that were covered.
    :ivar token: the token that replays the execution; None if it cannot be replayed.
    :ivar minimal: it is proved that no execution with this violation has fewer events; of those with as many events,
        none has fewer actions of the environment (completions and timers included); of those, none has fewer callbacks.
    :ivar events: the events that it takes.
    :ivar callbacks: the callbacks that it takes.
    :ivar kinds: the kinds of choice that it needs.
    :ivar beyond_stock: callbacks must run in an order that stock asyncio never has.
    :ivar trace: what happened, record by record.
    """

    property: ProgramProperty
    text: str
    schedules: int
    token: ProgramToken | None
    minimal: bool
    events: int
    callbacks: int
    kinds: tuple[str, ...]
    beyond_stock: bool
    trace: Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A program, explored: the verdict, why the search ended, its exact counts, and what is wrong.

    :ivar name: the name of the program.
    :ivar python: the version of Python, as `"3.13"`.
    :ivar task: which implementation of `asyncio.Task` ran.
    :ivar events: the bound on events.
    :ivar kinds: the kinds of choice that were open.
    :ivar search: which search ran, in words.
    :ivar ended: whether anything was left to try.
    :ivar stopped: why the search was cut off, or empty; if it was, the verdict is never *holds*.
    :ivar executions: how often the program was run.
    :ivar schedules: the exact number of schedules that were covered.
    :ivar states: the number of states; None if states were not compared.
    :ivar opaque: why states could not be compared, or empty.
    :ivar violations: what is wrong, each with its smallest execution.
    :ivar unsupported: what the program needs and a deterministic loop cannot provide, or empty. If it is not empty, the
        program was not judged.
    """

    name: str
    python: str
    task: TaskKind
    events: int
    kinds: tuple[str, ...]
    search: str
    ended: Ended
    stopped: str
    executions: int
    schedules: int
    states: int | None
    opaque: str
    violations: tuple[Violation, ...]
    unsupported: str = ""

    @property
    def verdict(self) -> Verdict:
        """*holds* if every schedule within the bounds was covered and nothing was wrong in any."""
        if self.unsupported:
            return Verdict.UNSUPPORTED
        if self.violations:
            return Verdict.VIOLATED
        return Verdict.NO_VIOLATION_FOUND if self.stopped else Verdict.HOLDS
