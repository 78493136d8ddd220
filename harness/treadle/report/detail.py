"""Print what the verdict table leaves out: where a property is violated, what was cut off, and what the call does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from treadle.check import Verdict
from treadle.check.summary import Expectation
from treadle.explorer import Ended
from treadle.report.layout import (
    INDENT,
    MODE_NAMES,
    STYLES,
    Marks,
    count,
    is_proved,
    print_rows,
    two,
    without_repetition,
)
from treadle.telling import printable
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from treadle.check.summary import Standing, Summary

_OUTCOMES = "what the call does, by how the dependency ends (schedules)"
_ENDINGS = ("cancelled", "result", "exception", "suppressed", "running", "never")
_SELF_EXPLAINING = ("its premise was true in no schedule", "where the controller calls on itself")


def print_detail(console: Console, summary: Summary, marks: Marks) -> None:
    """Print everything about one target that the table does not show."""
    console.print()
    console.print(Text(f"{printable(summary.target)}: {_verdict_line(summary)}", style="bold"))
    candidate = CANDIDATES.get(summary.target)
    if candidate is not None:
        console.print(Padding(Text(f"{candidate.summary}\n{candidate.source}", style="dim"), (0, 0, 0, INDENT)))
    violated = [
        (
            Text(name, style=STYLES[Verdict.VIOLATED]),
            two(_sentence(name), "\n".join(_where_violated(standing, marks))),
        )
        for name, standing in summary.standings.items()
        if standing.verdict is Verdict.VIOLATED
    ]
    print_rows(console, "violated", violated)
    stopped = [(Text(reason), Text(", ".join(each), style="dim")) for reason, each in _stopped(summary).items()]
    print_rows(console, "cut off", stopped)
    unsupported = [
        (Text(reason), Text(", ".join(each), style="dim")) for reason, each in unsupported_by_reason(summary).items()
    ]
    print_rows(console, "unsupported: the target was not judged here", unsupported)
    unexercised = [(Text(reason), Text(", ".join(each), style="dim")) for reason, each in _unexercised(summary).items()]
    print_rows(console, "not exercised", unexercised)
    notes = dict.fromkeys(note for cell in summary.cells for note in cell.notes)
    print_rows(console, "notes", [(Text(note), Text("")) for note in notes])


def _sentence(name: str) -> str:
    return f"{BY_NAME[name].sentence}{' (a mode)' if name in MODE_NAMES else ''}"


def _verdict_line(summary: Summary) -> str:
    """Say the overall verdict in a few words."""
    duties = {each.verdict for name, each in summary.standings.items() if name not in MODE_NAMES}
    if Verdict.VIOLATED in duties:
        said = "violated"
    elif Verdict.NO_VIOLATION_FOUND in duties:
        said = "no violation found"
    elif Verdict.UNSUPPORTED in duties:
        judged = {each.verdict for standing in summary.standings.values() for each in standing.findings.values()}
        everywhere = Verdict.HOLDS not in judged
        said = "unsupported" if everywhere else "holds where it can be judged, unsupported elsewhere"
    else:
        said = "holds" if Verdict.HOLDS in duties else "not exercised"
    expectation = {
        Expectation.AS_RECORDED: ", as recorded",
        Expectation.DIFFERS: ", which differs from what is recorded",
        Expectation.NOT_RECORDED: "; no expectation recorded",
    }[summary.expectation]
    return said + expectation + _mode_told(summary)


def _mode_told(summary: Summary) -> str:
    if not any(name in MODE_NAMES for name in summary.standings):
        return ""
    if summary.modes:
        return f"; in the mode {' and '.join(summary.modes)}"
    if not summary.mode_is_open:
        return "; in neither mode"
    modes = {each.verdict for name, each in summary.standings.items() if name in MODE_NAMES}
    return "; cut off before its mode could be told" if Verdict.NO_VIOLATION_FOUND in modes else ""


def _where_violated(standing: Standing, marks: Marks) -> list[str]:
    """Return lines of situations, grouped by the number of events that the violation takes there."""
    by_mark: dict[tuple[int, str], list[str]] = {}
    for situation in standing.situations(Verdict.VIOLATED):
        found = standing.findings[situation].counterexample
        if found is None:
            key = (-1, "without a counterexample that replays")
        else:
            told = count(found.events, "event")
            key = (found.events, told if is_proved(found) else f"{marks.at_most} {told}")
        by_mark.setdefault(key, []).append(situation)
    return [f"{told}: {', '.join(situations)}" for (_, told), situations in sorted(by_mark.items())]


def _unexercised(summary: Summary) -> dict[str, list[str]]:
    """Return the situations in which nothing was exercised, by the reason."""
    reasons: dict[str, list[str]] = {}
    for cell in summary.cells:
        told = {each.reason for each in cell.findings if each.verdict is Verdict.NOT_EXERCISED}
        for reason in sorted(told):
            if not reason.startswith(_SELF_EXPLAINING):
                reasons.setdefault(reason, []).append(cell.situation)
    return reasons


def print_cut_off(console: Console, summaries: Sequence[Summary]) -> None:
    """Print what was cut off, what cannot be judged, and which targets were not exercised at all."""
    titles = (
        ("excluded", _excluded),
        ("cut off", _stopped),
        ("unsupported", unsupported_by_reason),
        ("never exercised", _never_exercised),
    )
    for title, reasons_of in titles:
        rows: list[tuple[Text, ...]] = [
            (Text(printable(summary.target)), two(reason, f"in {', '.join(situations)}"))
            for summary in summaries
            for reason, situations in reasons_of(summary).items()
        ]
        print_rows(console, title, without_repetition(rows))


def _stopped(summary: Summary) -> dict[str, list[str]]:
    """Return the situations in which a search was cut off before it could decide, by the reason."""
    reasons: dict[str, list[str]] = {}
    for cell in summary.cells:
        verdicts = {each.verdict for each in cell.findings} - {Verdict.NOT_EXERCISED}
        if cell.ended is Ended.STOPPED and verdicts and Verdict.UNSUPPORTED not in verdicts:
            reasons.setdefault(cell.stopped, []).append(cell.situation)
    return reasons


def unsupported_by_reason(summary: Summary) -> dict[str, list[str]]:
    """Return the situations in which a target could not be judged, by the reason."""
    reasons: dict[str, list[str]] = {}
    for cell in summary.cells:
        for reason in sorted({each.reason for each in cell.findings if each.verdict is Verdict.UNSUPPORTED}):
            reasons.setdefault(reason, []).append(cell.situation)
    return reasons


def _excluded(summary: Summary) -> dict[str, list[str]]:
    """Return the situations that a contract excludes, by the reason; nothing for candidates, where it is recorded."""
    if summary.target in CANDIDATES:
        return {}
    return {reason: where for reason, where in _unexercised(summary).items() if reason.startswith("excluded by")}


def _never_exercised(summary: Summary) -> dict[str, list[str]]:
    """Return why a target was never exercised, and where; nothing for one that was."""
    exercised = any(each.verdict is not Verdict.NOT_EXERCISED for each in summary.standings.values())
    return {} if exercised else _unexercised(summary)


def print_outcomes(console: Console, summary: Summary) -> None:
    """Print the outcomes as a matrix, if it fits."""
    outcomes = summary.outcomes
    endings = sorted(outcomes, key=_ENDINGS.index)
    columns = sorted({does for row in outcomes.values() for does in row})
    widths = [max([7, *map(len, name.split())]) for name in columns]
    if INDENT + 20 + sum(2 + width for width in widths) > console.width:
        rows = [(Text(_ended_so(ending), style="dim"), Text(_told(outcomes[ending]))) for ending in endings]
        print_rows(console, _OUTCOMES, rows)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("the dependency", no_wrap=True)
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, justify="right", width=width)
    for ending in endings:
        row = outcomes[ending]
        table.add_row(_ended_so(ending), *(f"{row[name]:,}" if name in row else "" for name in columns))
    if endings:
        console.print()
        console.print(Text(_OUTCOMES, style="bold"))
        console.print(Padding(table, (0, 0, 0, INDENT)))


def _told(row: Mapping[str, int]) -> str:
    return "; ".join(f"{does} {count:,}" for does, count in row.items())


def _ended_so(ending: str) -> str:
    return {
        "cancelled": "ends cancelled",
        "result": "ends with a result",
        "exception": "fails",
        "suppressed": "suppresses, ends",
        "running": "is still running",
        "never": "never ends",
    }[ending]


def print_outcomes_of_all(console: Console, summaries: Sequence[Summary]) -> None:
    """Print the outcomes of several targets."""
    rows: list[tuple[Text, ...]] = []
    for summary in summaries:
        for ending in sorted(summary.outcomes, key=_ENDINGS.index):
            row = summary.outcomes[ending]
            rows.append((Text(printable(summary.target)), Text(_ended_so(ending), style="dim"), Text(_told(row))))
    print_rows(console, _OUTCOMES, without_repetition(rows))
