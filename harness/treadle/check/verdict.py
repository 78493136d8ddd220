"""What is said about one property in one situation, and how it was reached. Pure data."""

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
    """A verdict on one property under one reading, with its witness.

    `exercised` is the number of schedules in which the property's premise came true, `violating` that of those in
    which its claim did not. `reason` says why, where the verdict alone does not.
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
    """One target in one situation: how the exploration ended, its exact counts, and a finding for each property.

    `kinds` are the kinds of choice that were open. `outcomes` counts schedules by how the dependency ended and what the
    call did. `stopped` says why the search was cut off, or is empty. `notes` are remarks about the target.
    `opaque` says why states were not told apart, if that was tried.
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
