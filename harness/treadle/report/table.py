"""Print verdicts as a table: a row for each candidate, a column for each property, and a legend below.

The names of the properties are above their columns like a flight of stairs, so that they need no abbreviations, and the
table fits into 80 columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from treadle.check import Verdict
from treadle.check.summary import Expectation
from treadle.explorer import Ended
from treadle.report.detail import print_cut_off, print_detail, print_outcomes, print_outcomes_of_all
from treadle.report.layout import INDENT, MODE_NAMES, STYLES, Marks, count, is_proved
from treadle.telling import printable
from treadle_models.spec import CIRCLE_ENDS, MODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from treadle.check import CellResult
    from treadle.check.summary import Standing, Summary

EXPECTATIONS = {
    Expectation.AS_RECORDED: ("as recorded", "green"),
    Expectation.DIFFERS: ("differs", "bold red"),
    Expectation.NOT_RECORDED: ("none recorded", "dim"),
}


def heading(cell: CellResult, reading: str) -> str:
    """Return a line with the interpreter, the bounds and the reading of a result."""
    return (
        f"Python {cell.python}, {cell.task} tasks; at most {count(cell.bounds.events, 'event')} and "
        f"{count(cell.bounds.steps, 'step')}; {'callbacks in any order; ' if cell.bounds.any_order else ''}"
        f"reading {reading}"
    )


def print_verdicts(console: Console, summaries: Sequence[Summary], *, reading: str) -> None:
    """Print the table for one interpreter, the legend, what differs, and the outcomes."""
    marks = Marks.for_encoding(console.encoding)
    console.print(Text(heading(summaries[0].cells[0], reading), style="bold"))
    console.print()
    console.print(_stairs(summaries, marks, console.width))
    _print_legend(console, summaries, marks)
    for summary in summaries:
        _print_differences(console, summary)
    if len(summaries) == 1:
        print_detail(console, summaries[0], marks)
        print_outcomes(console, summaries[0])
    else:
        print_cut_off(console, summaries)
        print_outcomes_of_all(console, summaries)
    _print_totals(console, [cell for summary in summaries for cell in summary.cells])


def print_not_reproduced(console: Console, found: Sequence[tuple[str, str]]) -> None:
    """Print the targets and properties whose counterexamples did not show on stock asyncio, and so may be wrong."""
    for target, name in found:
        console.print(Text(f"{printable(target)}, {name}: not reproduced on stock asyncio", style="bold"))


# The table


def _stairs(summaries: Sequence[Summary], marks: Marks, width: int) -> Text:
    columns = list(dict.fromkeys(name for summary in summaries for name in summary.standings))
    cells = [[_cell(summary.standings.get(name), marks) for name in columns] for summary in summaries]
    pitch = 1 + max(2, *(len(cell) for row in cells for cell in row)) if columns else 3
    body = pitch * len(columns) + 1
    room = max(24, width - body - 16)
    longest = max(len("candidate"), *(len(printable(summary.target)) for summary in summaries))
    indent = min(longest, room) + 2
    text = Text(no_wrap=True, overflow="ignore")
    offsets = [indent + pitch * number + (name in MODE_NAMES) for number, name in enumerate(columns)]
    for number, name in enumerate(columns):
        line = "candidate" if number == len(columns) - 1 else ""
        for offset in offsets[:number]:
            line = line.ljust(offset) + marks.bar
        text.append(line.ljust(offsets[number]), style="dim").append(f"{name}\n")
    for summary, row in zip(summaries, cells, strict=True):
        name = printable(summary.target)
        if len(name) > indent - 2:
            text.append(f"{name}\n")
            name = ""
        text.append(name.ljust(indent))
        at = indent
        for offset, cell in zip(offsets, row, strict=True):
            text.append(" " * (offset - at)).append_text(cell)
            at = offset + len(cell)
        told, style = EXPECTATIONS[summary.expectation]
        text.append(" " * (indent + body + 1 - at)).append(told, style=style).append("\n")
    return text


def _cell(standing: Standing | None, marks: Marks) -> Text:
    if standing is None:
        return Text("")
    mark = {
        Verdict.VIOLATED: marks.violated,
        Verdict.HOLDS: marks.holds,
        Verdict.NOT_EXERCISED: marks.not_exercised,
        Verdict.NO_VIOLATION_FOUND: marks.no_violation_found,
        Verdict.UNSUPPORTED: marks.unsupported,
    }[standing.verdict]
    found = standing.smallest
    if found is not None:
        mark += f"{'' if is_proved(found) else marks.at_most}{found.events}"
    return Text(mark, style=STYLES[standing.verdict])


def _print_legend(console: Console, summaries: Sequence[Summary], marks: Marks) -> None:
    for line in (*_verdict_legend(summaries, marks), *_mode_legend(summaries)):
        console.print(Text(line, style="dim"))
    if any(summary.expectation is Expectation.NOT_RECORDED for summary in summaries):
        told = "none recorded: no expectation recorded for this interpreter, these tasks and these bounds"
        console.print(Text(told, style="dim"))


def _verdict_legend(summaries: Sequence[Summary], marks: Marks) -> list[str]:
    """Explain the marks that occur in the table."""
    standings = [each for summary in summaries for each in summary.standings.values()]
    found = [each.smallest for each in standings if each.smallest is not None]
    verdicts = {each.verdict for each in standings}
    unshown = any(each.verdict is Verdict.VIOLATED and each.smallest is None for each in standings)
    entries = {
        f"{marks.violated}1 violated; it takes 1 event of the environment, and no fewer will do": any(
            map(is_proved, found)
        ),
        f"{marks.violated}{marks.at_most}1 violated; perhaps fewer would do": not all(map(is_proved, found)),
        f"{marks.violated} violated; no counterexample that replays": unshown,
        f"{marks.holds} holds in every schedule within the bounds": Verdict.HOLDS in verdicts,
        f"{marks.not_exercised} not exercised in any situation": Verdict.NOT_EXERCISED in verdicts,
        f"{marks.no_violation_found} no violation found, but the search was cut off": (
            Verdict.NO_VIOLATION_FOUND in verdicts
        ),
        f"{marks.unsupported} unsupported: it cannot be judged in some situation": (Verdict.UNSUPPORTED in verdicts),
    }
    return [text for text, wanted in entries.items() if wanted]


def _mode_legend(summaries: Sequence[Summary]) -> list[str]:
    names = {name for summary in summaries for name in summary.standings}
    apart = [f"{CIRCLE_ENDS.name} is a mode of its own: nothing more can be asked of two calls on each other"]
    if not names & MODE_NAMES:
        return apart if CIRCLE_ENDS.name in names else []
    lines = [f"{' and '.join(each.name for each in MODES)} are modes: a design chooses one of them"]
    lines += apart if CIRCLE_ENDS.name in names else []
    neither = [printable(summary.target) for summary in summaries if not summary.modes and not summary.mode_is_open]
    if neither and len(summaries) > 1:
        lines.append(f"in neither mode: {', '.join(neither)}")
    return lines


def _print_differences(console: Console, summary: Summary) -> None:
    if not summary.differences:
        return
    console.print()
    console.print(Text(f"{printable(summary.target)} differs from what is recorded", style="bold red"))
    for line in summary.differences:
        console.print(Padding(Text(line), (0, 0, 0, INDENT)))


def _print_totals(console: Console, cells: Sequence[CellResult]) -> None:
    searched = [cell for cell in cells if cell.executions or cell.ended is Ended.STOPPED]
    ended = [(sum(cell.ended is how for cell in searched), str(how)) for how in Ended]
    ended.append((len(cells) - len(searched), "excluded"))
    console.print()
    console.print(
        Text(
            f"{count(sum(cell.schedules for cell in cells), 'schedule')} in "
            f"{count(sum(cell.executions for cell in cells), 'execution')}; "
            f"{count(len(cells), 'search', 'searches')}: "
            f"{', '.join(f'{count:,} {how}' for count, how in ended if count)}"
        )
    )
