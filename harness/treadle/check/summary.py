"""Sum up one target over all its situations: the row of the verdict table, and whether the target passes.

A property is violated if it is violated in some situation; it holds if it holds wherever it is exercised, and nothing
was cut off. A target is in a mode if the mode holds in this sense. The target passes if everything recorded of it is
found again, or, if nothing is recorded, if every property holds or is not exercised, and it is in at least one mode.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from treadle.situation import ALL_SITUATIONS
from treadle.verdict import Verdict
from treadle_models.spec import BY_NAME, MODES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from treadle.check.catalogue import Catalogue
    from treadle.check.counterexamples import Counterexample
    from treadle.check.verdict import CellResult, Finding

_MODES = frozenset(each.name for each in MODES)
_NO_DUTIES = frozenset(name for name, each in BY_NAME.items() if each.is_mode)
_STRONGEST_FIRST = (
    *(Verdict.VIOLATED, Verdict.NO_VIOLATION_FOUND, Verdict.UNSUPPORTED),
    *(Verdict.HOLDS, Verdict.NOT_EXERCISED),
)


class Expectation(StrEnum):
    """How results compare with the catalogue."""

    AS_RECORDED = "as recorded"
    DIFFERS = "differs"
    NOT_RECORDED = "no expectation recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One property over all situations.

    `smallest` is the counterexample with the fewest events, then callbacks. Users see the `plainest` one, which is
    easier to follow: that in `plain`, if there is one, and one in a combination only if there is no other.
    """

    property: str
    verdict: Verdict
    smallest: Counterexample | None
    plainest: Counterexample | None
    findings: Mapping[str, Finding]  # by situation

    def situations(self, verdict: Verdict) -> tuple[str, ...]:
        """Return the situations in which the verdict is this one."""
        return tuple(situation for situation, finding in self.findings.items() if finding.verdict is verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One target on one interpreter, in all requested situations, under one reading."""

    target: str
    cells: tuple[CellResult, ...]
    standings: Mapping[str, Standing]
    expectation: Expectation
    differences: tuple[str, ...]
    passes: bool

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes that the target is in."""
        return tuple(name for name, each in self.standings.items() if name in _MODES and each.verdict is Verdict.HOLDS)

    @property
    def mode_is_open(self) -> bool:
        """Whether it is open if the target is in a mode, because a search was cut off, or was not possible."""
        modes = {each.verdict for name, each in self.standings.items() if name in _MODES}
        return Verdict.HOLDS not in modes and bool(modes & {Verdict.NO_VIOLATION_FOUND, Verdict.UNSUPPORTED})

    @property
    def unsupported(self) -> bool:
        """Whether the target cannot be judged in some situation, and there is nothing worse in another."""
        verdicts = {each.verdict for name, each in self.standings.items() if name not in _NO_DUTIES}
        worse = {Verdict.VIOLATED, Verdict.NO_VIOLATION_FOUND}
        return Verdict.UNSUPPORTED in verdicts and not (verdicts & worse)

    @property
    def outcomes(self) -> dict[str, dict[str, int]]:
        """The numbers of schedules by how the dependency ended and what the call did, over all situations."""
        total: dict[str, Counter[str]] = {}
        for cell in self.cells:
            for ending, does in cell.outcomes.items():
                total.setdefault(ending, Counter()).update(does)
        return {ending: dict(sorted(does.items())) for ending, does in sorted(total.items())}


def fewer_events(standing: Standing) -> str:
    """Say in which situation fewer events suffice than in the plainest one, or nothing."""
    shown, smallest = standing.plainest, standing.smallest
    if shown is None or smallest is None or smallest.events >= shown.events:
        return ""
    events = f"{smallest.events or 'no'} event{' is' if smallest.events == 1 else 's are'}"
    return f"{events} enough in the situation {smallest.token.situation}"


def _plainness(situation: str) -> tuple[int, int, str]:
    """Return a sort key for situations: one aspect before two, then the order of the list."""
    place = ALL_SITUATIONS.index(situation) if situation in ALL_SITUATIONS else len(ALL_SITUATIONS)
    return situation.count("+"), place, situation


def summarize(cells: Sequence[CellResult], catalogue: Catalogue) -> Summary:
    """Sum up the cells of one target: one for each situation, each with one reading of every property."""
    target = cells[0].target
    by_property: dict[str, dict[str, Finding]] = {name: {} for name in BY_NAME}
    for cell in cells:
        for finding in cell.findings:
            by_property[finding.property][cell.situation] = finding
    standings = {name: _standing(name, findings) for name, findings in by_property.items() if findings}
    differences = tuple(line for cell in cells for line in catalogue.differences(cell))
    unrecorded = {
        (cell.situation, finding.property)
        for cell in cells
        for finding in cell.findings
        if catalogue.expected(target, cell.situation, finding.property, finding.reading) is None
    }
    expectation = Expectation.NOT_RECORDED if unrecorded else Expectation.AS_RECORDED
    if differences:
        expectation = Expectation.DIFFERS
    return Summary(
        target=target,
        cells=tuple(cells),
        standings=standings,
        expectation=expectation,
        differences=differences,
        passes=not differences and _acceptable(standings, unrecorded),
    )


def _standing(name: str, findings: dict[str, Finding]) -> Standing:
    verdicts = {each.verdict for each in findings.values()}
    found = [each.counterexample for each in findings.values() if each.counterexample is not None]
    return Standing(
        property=name,
        verdict=next(each for each in _STRONGEST_FIRST if each in verdicts),
        smallest=min(found, key=lambda each: (each.events, each.callbacks), default=None),
        plainest=min(found, key=lambda each: _plainness(each.token.situation), default=None),
        findings=findings,
    )


def _acceptable(standings: Mapping[str, Standing], unrecorded: set[tuple[str, str]]) -> bool:
    """Say whether everything without a record is as it should be."""
    bad = (Verdict.VIOLATED, Verdict.NO_VIOLATION_FOUND, Verdict.UNSUPPORTED)
    for name, standing in standings.items():
        for situation, finding in standing.findings.items():
            if name not in _NO_DUTIES and (situation, name) in unrecorded and finding.verdict in bad:
                return False
    modes = [each for name, each in standings.items() if name in _MODES]
    # A mode counts where it can show: not in the situation `self`, and not where it was not requested.
    looked_at = {(situation, each.property) for each in modes for situation in each.findings if situation != "self"}
    return not looked_at & unrecorded or any(each.verdict is Verdict.HOLDS for each in modes)
