"""A counterexample as a diagram: time runs down, one column a task, and what deviates is marked with a star.

What a task did in a callback stands in its column, and under it the last line of the target that it ran there. A
*replay* shows the same with the state of every task in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from treadle.report.story import command, deviates, how_sure, lanes, line_told, source_of, what_happened
from treadle.telling import printable
from treadle.trace import Gap
from treadle_models.situations import describe
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from rich.console import Console

    from treadle.check import Counterexample
    from treadle.trace import Record, TaskState

_WIDTH = 100


def print_diagram(
    console: Console, found: Counterexample, *, stock: str, states: bool = False, options: str = ""
) -> None:
    """Print a counterexample; `stock` says what came of it on stock asyncio, `options` what else a replay must be told.

    `states` makes it the view of a replay: with the state at every gap, and without a word on whether it is minimal,
    which only a search can tell.
    """
    width = min(console.width, _WIDTH)
    token = found.token
    console.print(_header(found), width=width)
    for line in (f"situation: {describe(token.situation)}", *source_of(found)):
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)), width=width)
    console.print(Padding(_table(found, states=states), (0, 0, 0, 1)), width=width)
    for line in what_happened(found):
        console.print(Padding(Text(line, style="bold"), (0, 0, 0, 6)), width=width)
    if any(deviates(record) for record in found.trace):
        console.print(Padding(Text("* not in a run that nobody disturbs", style="dim"), (0, 0, 0, 6)), width=width)
    sure = "" if states else f"{how_sure(found)}   "
    console.print(Text(f"{sure}stock asyncio: {stock}", style="dim"), width=width)
    needed = f"needed:  {', '.join(found.kinds) or 'no choice but the default ones'}{_beyond(found)}"
    console.print(Text(needed, style="dim"), width=width)
    for what in ("script",) if states else ("replay", "script"):  # for copying, so they are not wrapped
        console.print(Text(f"{what}:".ljust(9) + command(what, found, options)), soft_wrap=True)


def _header(found: Counterexample) -> Text:
    token = found.token
    reading = "" if token.reading == "weak" else f", reading {token.reading}"
    text = Text("violated", style="bold red").append("  ", style="none")
    text.append(BY_NAME[token.property].sentence, style="bold not red")
    return text.append(f"   {printable(token.target)}, {token.situation}{reading}", style="not bold not red")


def _beyond(found: Counterexample) -> str:
    return " (beyond what stock asyncio does: it runs callbacks first in, first out)" if found.beyond_stock else ""


# The table


def _table(found: Counterexample, *, states: bool) -> Table:
    names = lanes(found)
    one_file = bool(source_of(found))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("gap", justify="right", no_wrap=True)
    for name in names:
        table.add_column(name, overflow="fold", min_width=len(name))
    shown: dict[str, str] = {}
    if states:
        _add_states(table, names, found.beginning, shown)
    for record in found.trace:
        star = "*" if deviates(record) else " "
        cells = [_what(record, one_file=one_file) if name == record.who else Text("") for name in names]
        table.add_row(Text(f"{record.gap}{star}"), *cells)
        if states:
            _add_states(table, names, Gap(tasks=record.tasks, queue=record.queue), shown)
    return table


def _what(record: Record, *, one_file: bool) -> Text:
    if record.who == "environment":
        return Text(record.text, style="yellow")
    text = Text(record.text)
    if record.lines:
        text.append(f"\n{line_told(record.lines[-1], one_file=one_file)}", style="dim")
    return text


def _add_states(table: Table, names: list[str], gap: Gap, shown: dict[str, str]) -> None:
    """Add a row with what has changed of the state since it was shown last."""
    told = {task.name: _state(task) for task in gap.tasks}
    told["environment"] = f"queue: {', '.join(gap.queue) or 'empty'}"
    cells = [told.get(name, "") if told.get(name) != shown.get(name) else "" for name in names]
    shown.update(told)
    if any(cells):
        table.add_row("", *(Text(cell, style="cyan") for cell in cells))


def _state(task: TaskState) -> str:
    if task.ended:
        return f"[done: {task.ended}; cancelling {task.cancelling}]"
    parts = [f"cancelling {task.cancelling}"]
    if task.must_cancel:
        parts.append("must cancel")
    parts.append(f"waits for {task.waits_for}" if task.waits_for else "waits for nothing")
    return f"[{'; '.join(parts)}]"
