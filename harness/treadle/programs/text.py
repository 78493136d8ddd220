"""What people read about an explored program: plain text, so that a test runner can show it as well as a terminal.

A counterexample is a diagram as in `report.diagram`: time runs down, one column a task, and under what a task did the
last line of the program that it ran. Where the tasks are too many for columns, their names stand in one.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from treadle.recording import minimality
from treadle.telling import printable, printable_lines, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.programs.found import Found, Violation
    from treadle.trace import Record

_WIDTH = 100
_NARROWEST = 16
_MOST = 12  # violations that are shown as diagrams

NOTHING_TO_SHOW = "runs a callback"
"""What a callback did that is no step of a task: asyncio's own, mostly."""

EVERY_SCHEDULE = "every schedule"
AS_MEMORY_ALLOWS = ", as far as the memory for states went"
EACH_STATE = "each state once"
ONE_SCHEDULE = "one schedule"
EARLIER = "what failed last time"
"""Which search ran; one at random is named by its sampler."""


def replay_command(program: str, token: str, options: str = "") -> str:
    """Return the command that runs a schedule of a program again, as a shell reads it."""
    if program.startswith("-"):  # it is no option
        return f"treadle explore --token={quoted(token)}{options} -- {quoted(program)}"
    return f"treadle explore {quoted(program)} --token {quoted(token)}{options}"


_ONE = (
    "there is one schedule: at no moment was there a choice. What the environment may do is declared with "
    "env.cancellable, env.future and env.may"
)
_ONE_WITHOUT_EVENTS = "there is one schedule: no event is allowed, and at no moment was there another choice"


def describe(explored: Found, *, width: int = _WIDTH, replay: Callable[[str, str], str] = replay_command) -> str:
    """Return the verdict, the counts and a diagram for each violation.

    `replay` returns the command that runs a counterexample again, for the name of the program and the token. What no
    terminal should be sent is written as escapes.
    """
    parts = [_summary(explored, width)]
    parts += [_violation(each, explored, width, replay) for each in explored.violations[:_MOST]]
    if len(explored.violations) > _MOST:
        parts.append(f"and {len(explored.violations) - _MOST} more; the result has them all")
    return printable_lines("\n\n".join(parts))


def _summary(explored: Found, width: int) -> str:
    lines = [f"{printable(explored.name)}: {explored.verdict}", _counts(explored)]
    if explored.unsupported:
        lines.append(f"nothing is said of the program: {explored.unsupported}")
    elif explored.stopped and explored.search != ONE_SCHEDULE:
        lines.append(f"the search was cut off: {explored.stopped}")
    if explored.opaque:
        lines.append(f"states were not told apart: {explored.opaque}")
    if explored.schedules == 1 and not explored.stopped:
        lines.append(_ONE if explored.events else _ONE_WITHOUT_EVENTS)
    return "\n".join("\n  ".join(textwrap.wrap(line, width - 2)) for line in lines)


def _counts(explored: Found) -> str:
    bounds = f"Python {explored.python}, {explored.task} tasks; at most {_count(explored.events, 'event')}"
    states = "" if explored.states is None else f" of {_count(explored.states, 'state')}"
    search = f"; search: {explored.search}{states}" if explored.search else ""
    covered = f"{_count(explored.schedules, 'schedule')} in {_count(explored.executions, 'execution')}"
    return f"{bounds}; {covered}{search}"


def _violation(found: Violation, explored: Found, width: int, replay: Callable[[str, str], str]) -> str:
    lines = [f"violated  {found.property.sentence}   {printable(explored.name)}"]
    files = {line.file for record in found.trace for line in record.lines}
    if len(files) == 1:
        lines.append(f"  lines: of {printable(next(iter(files)))}")
    lines += _table(found.trace, width, one_file=len(files) == 1)
    lines += [" " * 6 + line for line in textwrap.wrap(found.text, width - 6)]
    if any(_takes_event(record) for record in found.trace):
        lines.append(" " * 6 + "* takes an event of the environment")
    if explored.search not in (ONE_SCHEDULE, EARLIER):
        any_order = "ready-order" in explored.kinds
        share = f"in {found.schedules:,} of {_count(explored.schedules, 'schedule')}"
        lines.append(f"{minimality(minimal=found.minimal, events=found.events, any_order=any_order)}   {share}")
    lines.append(f"needed:  {', '.join(found.kinds) or 'no choice but the default ones'}{_beyond(found)}")
    if found.token is not None:
        lines.append(f"replay:  {replay(explored.name, str(found.token))}")
    return "\n".join(lines)


def _beyond(found: Violation) -> str:
    return " (beyond what stock asyncio does: it runs callbacks first in, first out)" if found.beyond_stock else ""


def _takes_event(record: Record) -> bool:
    return record.kind == "event" and record.who == "environment"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


# The table


def _table(trace: Sequence[Record], width: int, *, one_file: bool) -> list[str]:
    trace = [record for record in trace if record.text != NOTHING_TO_SHOW]
    people = [name for name in dict.fromkeys(record.who for record in trace) if name not in ("environment", "loop")]
    names = ["environment", *people, *(["loop"] if any(record.who == "loop" for record in trace) else [])]
    if len(names) * _NARROWEST + 6 > width:
        names = ["who", "what"]
        cells = [[record.who, _what(record, one_file=one_file)] for record in trace]
    else:
        cells = [[_what(record, one_file=one_file) if name == record.who else "" for name in names] for record in trace]
    widths = _widths([names, *cells], width - 6)
    lines = _row(" gap  ", names, widths)
    for record, row in zip(trace, cells, strict=True):
        lines += _row(f"{record.gap:4d}{'*' if _takes_event(record) else ' '} ", row, widths)
    return lines


def _what(record: Record, *, one_file: bool) -> str:
    if not record.lines:
        return record.text
    line = record.lines[-1]
    code = line.text.partition("  #")[0].rstrip()
    place = f"line {line.number}" if one_file else f"{printable(line.file)}:{line.number}"
    return f"{record.text}\n{place}: {code}"


def _widths(rows: Sequence[Sequence[str]], most: int) -> list[int]:
    """Share out the width: a column gets what it needs, and the widest give way."""
    wanted = [max(len(line) for cell in column for line in cell.split("\n")) for column in zip(*rows, strict=True)]
    gaps = 2 * len(wanted)
    while sum(wanted) + gaps > most and max(wanted) > _NARROWEST:
        wanted[wanted.index(max(wanted))] -= 1
    return wanted


def _row(mark: str, cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [
        [piece for line in cell.split("\n") for piece in textwrap.wrap(line, width) or [""]]
        for cell, width in zip(cells, widths, strict=True)
    ]
    height = max(map(len, columns))
    lines = []
    for index in range(height):
        pieces = [
            (column[index] if index < len(column) else "").ljust(width)
            for column, width in zip(columns, widths, strict=True)
        ]
        lines.append(f"{mark if not index else '      '}{'  '.join(pieces)}".rstrip())
    return lines
