"""Write the result of an exploration as plain text, which a test runner can show as well as a terminal.

A counterexample is a diagram as in `report.diagram`: time runs down, each task has a column, and under each step is the
last line of the program that it ran. If there are too many tasks for columns, one column has their names. Repetitions
are shown once, with their number.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from treadle.recording import folded, minimality, repeated
from treadle.telling import printable, printable_lines, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.programs.found import Found, Violation
    from treadle.trace import CancelRequest, Record, SourceLine

_WIDTH = 100
_NARROWEST = 22
_ROOM = 44  # the least width of the last column, so that code is not broken into pieces
_MOST = 12  # violations that are shown as diagrams

NOTHING_TO_SHOW = "runs a callback"
"""The text of a callback that is no step of a task; most of these are asyncio's own."""

EVERY_SCHEDULE = "every schedule"
AS_MEMORY_ALLOWS = ", as far as the memory for states went"
EACH_STATE = "each state once"
ONE_SCHEDULE = "one schedule"
EARLIER = "what failed last time"
"""The names of the searches; a random one is named by its sampler."""


def replay_command(program: str, token: str, options: str = "") -> str:
    """Return the command that replays a schedule of a program, quoted for a shell."""
    if program.startswith("-"):  # it must not be read as an option
        return f"treadle explore --token={quoted(token)}{options} -- {quoted(program)}"
    return f"treadle explore {quoted(program)} --token {quoted(token)}{options}"


_ONE = (
    "there is one schedule: at no moment was there a choice. What the environment may do is declared with "
    "env.cancellable, env.future and env.may"
)
_ONE_WITHOUT_EVENTS = "there is one schedule: no event is allowed, and at no moment was there another choice"


def describe(explored: Found, *, width: int = _WIDTH, replay: Callable[[str, str], str] = replay_command) -> str:
    """Return the verdict, the counts and a diagram for each violation.

    `replay` returns the command that replays a counterexample, given the name of the program and the token. Control
    characters are written as escapes.
    """
    parts = [_summary(explored, width)]
    parts += [_violation(each, explored, width, replay) for each in explored.violations[:_MOST]]
    if len(explored.violations) > _MOST:
        parts.append(f"and {len(explored.violations) - _MOST} more; the result has them all")
    return printable_lines("\n\n".join(parts))


def _summary(explored: Found, width: int) -> str:
    lines = [f"{printable(explored.name)}: {explored.verdict}", _counts(explored)]
    if explored.unsupported:
        lines.append(f"the program was not judged: {explored.unsupported}")
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
    trace = [record for record in trace if record.text != NOTHING_TO_SHOW or record.requests]
    people = [name for name in dict.fromkeys(record.who for record in trace) if name not in ("environment", "loop")]
    names = ["environment", *people, *(["loop"] if any(record.who == "loop" for record in trace) else [])]
    rows = [(record, _what(record, one_file=one_file)) for record in trace]
    starts = _starts(names, [(record.who, what) for record, what in rows], width)
    if not starts:
        names, starts = ["who", "what"], [0, 2 + max(len("who"), *(len(record.who) for record in trace))]
    lines = ["".join([" gap  ", *_placed(names, starts)]).rstrip()]
    keys = [(record.who, record.kind, what) for record, what in rows]
    for part, times in folded(rows, keys):
        for record, what in part:
            mark = f"{record.gap:4d}{'*' if _takes_event(record) else ' '} "
            column = names.index(record.who) if record.who in names else 1
            if names[0] == "who":
                mark += record.who.ljust(starts[1])
                lines += _cell(mark, what, len(mark), width)
            else:
                lines += _cell(mark, what, len(mark) + starts[column], width)
        if times > 1:
            lines.append(f"      {repeated(len(part), times)}")
    return lines


def _what(record: Record, *, one_file: bool) -> str:
    """Return what happened, what it cancelled, the line where it stopped, and the line that raised."""
    lines = [record.text, *(_asked(each) for each in record.requests if each.by != "environment" or each.forwarded)]
    if record.lines:
        lines.append(_line(record.lines[-1], one_file=one_file))
    if record.raised_elsewhere is not None:
        lines.append(f"raised at {_line(record.raised_elsewhere, one_file=one_file)}")
    return "\n".join(lines)


def _asked(request: CancelRequest) -> str:
    """Say which task or scope cancelled which task."""
    how = "forwards the cancellation to" if request.forwarded else "cancels"
    return f"{request.scope or request.by} {how} {'itself' if request.by == request.of else request.of}"


def _line(line: SourceLine, *, one_file: bool) -> str:
    code = line.text.partition("  #")[0].rstrip()
    place = f"line {line.number}" if one_file else f"{printable(line.file)}:{line.number}"
    return f"{place}: {code}"


def _starts(names: Sequence[str], rows: Sequence[tuple[str, str]], width: int) -> list[int]:
    """Return where each column begins; an empty list if there are too many.

    Only one cell of a row has text, so it may extend below the columns to its right. Columns are narrowed, down to the
    width of their names, until the last one has enough room.
    """
    wanted = [max([len(name), *_lengths(rows, name)]) for name in names]
    pitches = [min(each, _NARROWEST) if number + 1 < len(names) else 0 for number, each in enumerate(wanted)]
    pitches = [max(pitch, len(name) if pitch else 0) + 2 for pitch, name in zip(pitches, names, strict=True)]
    starts = [sum(pitches[:number]) for number in range(len(names))]
    room = width - 6 - _ROOM
    while starts[-1] > room and any(pitch > len(name) + 2 for pitch, name in zip(pitches[:-1], names, strict=False)):
        widest = max(range(len(names) - 1), key=lambda each: pitches[each] - len(names[each]))
        pitches[widest] -= 1
        starts = [sum(pitches[:number]) for number in range(len(names))]
    return starts if starts[-1] <= room else []


def _lengths(rows: Sequence[tuple[str, str]], name: str) -> list[int]:
    return [len(line) for who, what in rows if who == name for line in what.split("\n")]


def _placed(names: Sequence[str], starts: Sequence[int]) -> list[str]:
    """Return the names, each filled up to where the next begins."""
    ends = [*starts[1:], starts[-1] + len(names[-1])]
    return [name.ljust(end - start) for name, start, end in zip(names, starts, ends, strict=True)]


def _cell(mark: str, what: str, start: int, width: int) -> list[str]:
    """Return the lines of a cell that begins at `start`; the first begins with the mark."""
    pieces = [piece for line in what.split("\n") for piece in textwrap.wrap(line, width - start) or [""]]
    return [f"{mark if not number else '':<{start}}{piece}".rstrip() for number, piece in enumerate(pieces)]
