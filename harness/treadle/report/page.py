"""The report: all results of a check as one HTML page that needs only a browser.

This module decides what the page says; the templates decide how it looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import treadle
from treadle.check import Verdict
from treadle.check.summary import fewer_events
from treadle.explorer import Ended
from treadle.report.document import NOT_STAGED
from treadle.report.layout import MODE_NAMES, is_proved
from treadle.report.picture import picture_of_counterexample, picture_of_neighbour
from treadle.report.render import render
from treadle.report.story import command
from treadle.report.table import EXPECTATIONS, heading
from treadle.situation import ALL_SITUATIONS
from treadle_models.candidates import CANDIDATES
from treadle_models.situations import describe
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.check import Finding
    from treadle.check.summary import Standing, Summary
    from treadle.report.document import Part, Staged
    from treadle.report.picture import Picture
    from treadle.report.proofs import Proven
    from treadle.report.source import SourceText

LETTERS = {
    Verdict.VIOLATED: "v",
    Verdict.HOLDS: "h",
    Verdict.NOT_EXERCISED: "n",
    Verdict.NO_VIOLATION_FOUND: "o",
    Verdict.UNSUPPORTED: "u",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlace:
    """One situation in which a property was judged."""

    situation: str
    told: str
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """The details of a cell of the table: its counterexample as pictures, and the finding in every situation."""

    anchor: str
    candidate: str
    property: str
    sentence: str
    standing: Standing
    places: tuple[PagePlace, ...]
    pictures: tuple[Picture, ...]
    source: SourceText | None
    staged: Staged
    replay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The cell for a property of a candidate: the verdict, the fewest events, and a letter for each situation."""

    property: str
    verdict: str
    letter: str
    mark: str
    told: str
    letters: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table: one candidate."""

    name: str
    summary: str
    said_in: str
    expectation: str
    modes: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The results on one interpreter: the table, and the details of its cells."""

    number: int
    heading: str
    version: str
    situations: tuple[str, ...]
    properties: tuple[str, ...]
    rows: tuple[Row, ...]
    details: tuple[Detail, ...]
    totals: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinView:
    """A pair of twins: what both can read, their pictures, and the two scripts with what each must do."""

    name: str
    sentence: str
    pictures: tuple[Picture, ...]
    readings: tuple[tuple[str, str, str], ...]
    scripts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """The proofs for one interpreter, and how they were made."""

    title: str
    proven: tuple[Proven, ...]
    how: str


def section(part: Part, *, reading: str, version: str, number: int = 0, options: str = "") -> Section:
    """Make the section of one interpreter; `options` are added to the replay commands."""
    properties = tuple(dict.fromkeys(name for summary in part.summaries for name in summary.standings))
    cells = [cell for summary in part.summaries for cell in summary.cells]
    found = {cell.situation for cell in cells}
    situations = tuple(each for each in ALL_SITUATIONS if each in found) + tuple(sorted(found - set(ALL_SITUATIONS)))
    rows = tuple(_row(summary, properties, situations, number) for summary in part.summaries)
    details = tuple(
        _detail(summary, name, part, number, options)
        for summary in part.summaries
        for name in properties
        if name in summary.standings
    )
    return Section(
        number=number,
        heading=heading(cells[0], reading),
        version=version,
        situations=situations,
        properties=properties,
        rows=rows,
        details=details,
        totals={
            "candidates": len(rows),
            "searches": sum(cell.executions > 0 for cell in cells),
            "schedules": sum(cell.schedules for cell in cells),
            "executions": sum(cell.executions for cell in cells),
            "searches cut off": sum(cell.ended is Ended.STOPPED for cell in cells),
        },
    )


def write_page(
    sections: Sequence[Section],
    *,
    measured: dict[str, object],
    proofs: Sequence[Proofs] = (),
    twins: Sequence[TwinView] = (),
) -> str:
    """Return the page."""
    return render(
        "report.html",
        sections=sections,
        proofs=proofs,
        twins=twins,
        measured=measured,
        treadle=treadle.__version__,
        sentences={name: each.sentence for name, each in BY_NAME.items()},
        modes=MODE_NAMES,
        verdicts={letter: str(verdict) for verdict, letter in LETTERS.items()},
    )


def _row(summary: Summary, properties: tuple[str, ...], situations: tuple[str, ...], number: int) -> Row:
    candidate = CANDIDATES.get(summary.target)
    expectation, _ = EXPECTATIONS[summary.expectation]
    return Row(
        name=summary.target,
        summary="" if candidate is None else candidate.summary,
        said_in="" if candidate is None else candidate.source,
        expectation=expectation,
        modes=summary.modes,
        cells=tuple(
            cell_of(summary.standings[name], situations, _anchor(summary.target, name, number))
            for name in properties
            if name in summary.standings
        ),
    )


def cell_of(standing: Standing, situations: Sequence[str], anchor: str) -> Cell:
    """Make the cell of one property of one candidate."""
    found = standing.smallest
    letter = LETTERS[standing.verdict]
    events = "" if found is None else f"{'' if is_proved(found) else '≤'}{found.events}"
    told = str(standing.verdict) + (f", {events} {'event' if events == '1' else 'events'}" if events else "")
    findings = standing.findings
    letters = "".join(LETTERS[findings[each].verdict] if each in findings else "-" for each in situations)
    return Cell(
        property=standing.property,
        verdict=str(standing.verdict),
        letter=letter,
        mark={"v": f"✗{events}", "h": "✓", "n": "\N{EN DASH}", "o": "?", "u": "⊘"}[letter],
        told=told,
        letters=letters,
        anchor=anchor,
    )


def _anchor(target: str, name: str, number: int) -> str:
    """Return the anchor of a cell in the URL; it has the number of the interpreter, except for the first."""
    return f"{target}/{name}{f'/{number + 1}' if number else ''}"


def _detail(summary: Summary, name: str, part: Part, number: int, options: str) -> Detail:
    standing = summary.standings[name]
    found = standing.plainest
    staged = NOT_STAGED if found is None else part.staged.get(str(found.token), NOT_STAGED)
    pictures: list[Picture] = []
    if found is not None:
        pictures.append(
            picture_of_counterexample(found, staged.contrast, stock=staged.status, fewer=fewer_events(standing))
        )
        other = None if staged.contrast is None else picture_of_neighbour(found, staged.contrast)
        pictures += [] if other is None else [other]
    return Detail(
        anchor=_anchor(summary.target, name, number),
        candidate=summary.target,
        property=name,
        sentence=BY_NAME[name].sentence,
        standing=standing,
        places=tuple(
            PagePlace(situation=situation, told=describe(situation), finding=finding)
            for situation, finding in standing.findings.items()
        ),
        pictures=tuple(pictures),
        source=staged.source,
        staged=staged,
        replay="" if found is None else command("replay", found, options),
    )
