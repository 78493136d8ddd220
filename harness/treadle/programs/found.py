"""What came out of exploring a program. Pure data; its text is a view of it (see `text`)."""

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

    `schedules` is the number of schedules with it, of those that were covered. `minimal` says that it is proved that
    none has fewer events, of those none fewer actions of the environment (completions and timers included), of these
    none fewer callbacks. `kinds` are the kinds of choice that it needs;
    `beyond_stock`: callbacks must run in an order that stock asyncio never has.
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

    `search` says which search ran. `schedules` is the exact number of schedules covered. `states` is None where states
    were not told apart, and `opaque` says why, if it was tried. `stopped` says why the search was cut off; then the
    verdict is never *holds*. `unsupported` says what the program needs and a deterministic loop has not, or is empty;
    then nothing is said of the program.
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
