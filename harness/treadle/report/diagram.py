"""Print a counterexample as a diagram: time runs down, each task has a column, and a star marks deviations.

The column of a task says what it did in each callback, and below that the last line of the target that it ran. If
asked for, the diagram also shows the state of every task in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from treadle.recording import folded, repeated
from treadle.report.columns import BELOW, set_in_columns
from treadle.report.story import callbacks_told, command, deviates, how_sure, lanes, line_told, source_of, what_happened
from treadle.telling import printable
from treadle.trace import Gap
from treadle_models.situations import describe
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from treadle.check import Counterexample
    from treadle.report.columns import Part, Row
    from treadle.trace import Record, TaskState

_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a diagram is asked to show.

    `states` puts the state of a task into words, which is then shown at every gap. The diagram of a replay, `replayed`,
    does not say whether the counterexample is minimal, which only a search knows. `options` are added to the commands.
    """

    states: Callable[[TaskState], str] | None = None
    replayed: bool = False
    options: str = ""


_STEPS_ALONE = Asked()


def print_diagram(console: Console, found: Counterexample, *, stock: str, asked: Asked = _STEPS_ALONE) -> None:
    """Print a counterexample; `stock` says whether it showed on stock asyncio."""
    width = min(console.width, _WIDTH)
    token = found.token
    console.print(_header(found), width=width)
    for line in (f"situation: {describe(token.situation)}", *source_of(found)):
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)), width=width)
    for text in set_in_columns(" gap", lanes(found), _folded(_rows(found, asked.states)), width):
        console.print(text, soft_wrap=True)
    for line in what_happened(found):
        console.print(Padding(Text(line, style="bold"), (0, 0, 0, 6)), width=width)
    if any(deviates(record) for record in found.trace):
        console.print(Padding(Text("* not in an undisturbed run", style="dim"), (0, 0, 0, 6)), width=width)
    sure = "" if asked.replayed else f"{how_sure(found)}   "
    console.print(Text(f"{sure}stock asyncio: {stock}", style="dim"), width=width)
    needed = f"needed:  {', '.join(found.kinds) or 'no choice but the default ones'}{_beyond(found)}"
    console.print(Text(needed, style="dim"), width=width)
    commands = ("script",) if asked.replayed else ("replay", "script")
    for what in commands:  # they are to be copied, so they are not wrapped
        console.print(Text(f"{what}:".ljust(9) + command(what, found, asked.options)), soft_wrap=True)


def _header(found: Counterexample) -> Text:
    token = found.token
    reading = "" if token.reading == "weak" else f", reading {token.reading}"
    text = Text("violated", style="bold red").append("  ", style="none")
    text.append(BY_NAME[token.property].sentence, style="bold not red")
    return text.append(f"   {printable(token.target)}, {token.situation}{reading}", style="not bold not red")


def _beyond(found: Counterexample) -> str:
    return " (beyond what stock asyncio does: it runs callbacks first in, first out)" if found.beyond_stock else ""


# The table


def _rows(found: Counterexample, states: Callable[[TaskState], str] | None) -> list[Row]:
    one_file = bool(source_of(found))
    rows: list[Row] = []
    shown: dict[str, str] = {}
    if states is not None:
        rows += _states(found.beginning, states, shown)
    for record in found.trace:
        star = "*" if deviates(record) else " "
        rows.append((f"{record.gap}{star}", {record.who: _what(record, one_file=one_file)}))
        if states is not None:
            rows += _states(Gap(tasks=record.tasks, queue=record.queue), states, shown)
    return rows


def _folded(rows: list[Row]) -> list[Row]:
    """Shorten repetitions, of steps together with the states after them."""
    keys = [(mark.endswith("*"), bool(mark), cells) for mark, cells in rows]
    short: list[Row] = []
    for part, times in folded(rows, keys):
        short += part
        if times > 1:
            short.append(("", {BELOW: [(repeated(sum(bool(mark) for mark, _ in part), times), "dim")]}))
    return short


def _what(record: Record, *, one_file: bool) -> list[Part]:
    if record.who == "environment":
        return [(record.text, "yellow")]
    parts = [(record.text, "")]
    scopes = dict.fromkeys(f"{each.scope} cancels {each.of}" for each in record.requests if each.scope)
    parts += [(scope, "") for scope in scopes]
    if record.lines:
        parts.append((line_told(record.lines[-1], one_file=one_file), "dim"))
    if record.raised_elsewhere is not None:
        parts.append((f"raised at {line_told(record.raised_elsewhere, one_file=one_file)}", "dim"))
    return parts


def _states(gap: Gap, states: Callable[[TaskState], str], shown: dict[str, str]) -> list[Row]:
    """Return a row with the parts of the state that have changed since they were last shown, if there are any."""
    told = {"environment": f"queue: {', '.join(gap.queue) or 'empty'}"}
    told |= {task.name: states(task) for task in gap.tasks}
    cells = {name: [(text, "cyan")] for name, text in told.items() if text != shown.get(name)}
    shown.update(told)
    return [("", cells)] if cells else []


def state_told(task: TaskState) -> str:
    """Return the state of a task in words."""
    return f"[{'; '.join(_parts(task))}]"


def state_told_with_callbacks(task: TaskState) -> str:
    """Return the state of a task in words, with the number of its done callbacks."""
    return f"[{'; '.join([*_parts(task), *([] if task.ended else [callbacks_told(task)])])}]"


def _parts(task: TaskState) -> list[str]:
    if task.ended:
        return [f"done: {task.ended}", f"cancelling {task.cancelling}"]
    waits = f"waits for {task.waits_for}" if task.waits_for else "waits for nothing"
    return [f"cancelling {task.cancelling}", *(["must cancel"] if task.must_cancel else []), waits]
