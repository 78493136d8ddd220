"""The result for one property in one situation, and for all properties in it. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle.display import Displayed

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.explorer import Ended
    from treadle.schedule import Bounds, TaskKind
    from treadle.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict on one property in one situation, with its witness.

    :ivar property: the name of the property or mode.
    :ivar reading: what a cancellation counts for after `uncancel()` has withdrawn it.
    :ivar verdict: the verdict.
    :ivar reason: why, if the verdict alone does not say; or empty.
    :ivar exercised: the number of schedules in which the property applied.
    :ivar violating: the number of those in which it did not hold.
    :ivar counterexample: the smallest of these; None if there is none.
    """

    property: str
    reading: str
    verdict: Verdict
    reason: str
    exercised: int
    violating: int
    counterexample: Counterexample | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult(Displayed):
    """What `judge` returns: one target in one situation, with a finding for each property.

    :ivar target: the name of the target.
    :ivar situation: the name of the situation.
    :ivar python: the version of Python, as `"3.13"`.
    :ivar task: which implementation of `asyncio.Task` ran.
    :ivar bounds: how far the search went.
    :ivar ended: whether anything was left to try.
    :ivar stopped: why the search was cut off, or empty.
    :ivar kinds: the kinds of choice that were open.
    :ivar executions: how often the call was run.
    :ivar schedules: the exact number of schedules that were covered.
    :ivar states: the number of states; None if states were not compared.
    :ivar findings: one for each property and mode.
    :ivar outcomes: schedules, counted by how the dependency ended and by what the call did.
    :ivar notes: remarks about the target.
    :ivar opaque: why states could not be compared, or empty.
    """

    target: str
    situation: str
    python: str
    task: TaskKind
    bounds: Bounds
    ended: Ended
    stopped: str
    kinds: tuple[str, ...]
    executions: int
    schedules: int
    states: int | None
    findings: tuple[Finding, ...]
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    opaque: str = field(default="", compare=False)  # how it was found, not what
