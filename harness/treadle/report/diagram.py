"""A counterexample as a diagram: time runs down, one column a task, and what deviates is marked with a star.

What a task did in a callback stands in its column, and under it the last line of the target that it ran there. A
*replay* shows the same with the state of every task in between.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from treadle.check.counterexamples import violates
from treadle.schedule import Kind
from treadle.situation.names import describe
from treadle.trace import Gap
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from rich.console import Console

    from treadle.check import Counterexample
    from treadle.trace import Record, TaskState

_WIDTH = 100
_ALWAYS = ("environment", "controller", "dependency")
_ORDER = (
    "environment",
    "controller",
    "controller 1",
    "controller 2",
    "dependency",
    "third task",
    "sibling",
    "helper task",
    "loop",
)
_FROM_STEP = re.compile(r"\bcontroller(?: [12])?\.cancel\(\)")


def print_diagram(console: Console, found: Counterexample, *, stock: str, states: bool = False) -> None:
    """Print a counterexample; `stock` says what came of it on stock asyncio.

    `states` makes it the view of a replay: with the state at every gap, and without a word on whether it is minimal,
    which only a search can tell.
    """
    width = min(console.width, _WIDTH)
    token = found.token
    console.print(_header(found), width=width)
    for line in (f"situation: {describe(token.situation)}", *_source(found)):
        console.print(Padding(Text(line, style="dim"), (0, 0, 0, 2)), width=width)
    console.print(Padding(_table(found, states=states), (0, 0, 0, 1)), width=width)
    for line in _what_happened(found):
        console.print(Padding(Text(line, style="bold"), (0, 0, 0, 6)), width=width)
    if any(_deviates(record) for record in found.trace):
        console.print(Padding(Text("* not in a run that nobody disturbs", style="dim"), (0, 0, 0, 6)), width=width)
    minimality = "" if states else f"{_minimality(found)}   "
    console.print(Text(f"{minimality}stock asyncio: {stock}", style="dim"), width=width)
    console.print(
        Text(f"needed:  {', '.join(found.kinds) or 'no choice but the default ones'}", style="dim"), width=width
    )
    for what in ("script",) if states else ("replay", "script"):  # for copying, so they are not wrapped
        console.print(Text(f"{what}:".ljust(9) + f"treadle {what} {token}"), soft_wrap=True)


def _header(found: Counterexample) -> Text:
    token = found.token
    reading = "" if token.reading == "weak" else f", reading {token.reading}"
    text = Text("violated", style="bold red").append("  ", style="none")
    text.append(BY_NAME[token.property].sentence, style="bold not red")
    return text.append(f"   {token.target}, {token.situation}{reading}", style="not bold not red")


def _minimality(found: Counterexample) -> str:
    if not found.minimal:
        return "not proved minimal."
    if not found.events:
        return "minimal: it takes no event, and none without is shorter."
    return f"minimal: no counterexample with fewer events, none shorter with {found.events}."


def _source(found: Counterexample) -> list[str]:
    """Say which file the lines are of, if it is one."""
    files = {line.file for record in found.trace for line in record.lines}
    return [f"lines: of {files.pop()}"] if len(files) == 1 else []


# The table


def _table(found: Counterexample, *, states: bool) -> Table:
    names = _columns(found)
    one_file = bool(_source(found))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("gap", justify="right", no_wrap=True)
    for name in names:
        table.add_column(name, overflow="fold", min_width=len(name))
    shown: dict[str, str] = {}
    if states:
        _add_states(table, names, found.beginning, shown)
    for record in found.trace:
        star = "*" if _deviates(record) else " "
        cells = [_what(record, one_file=one_file) if name == record.who else Text("") for name in names]
        table.add_row(Text(f"{record.gap}{star}"), *cells)
        if states:
            _add_states(table, names, Gap(tasks=record.tasks, queue=record.queue), shown)
    return table


def _columns(found: Counterexample) -> list[str]:
    people = {record.who for record in found.trace}
    controllers = {"controller"} if len(found.outcome) == 1 else {"controller 1", "controller 2"}
    wanted = people | controllers | {"environment", "dependency"}
    return [name for name in _ORDER if name in wanted] + sorted(wanted - set(_ORDER))


def _deviates(record: Record) -> bool:
    """Say whether this happened because the environment acted."""
    if record.kind == Kind.TIMER:
        return len(record.queue) > 1  # else nothing was left to do but wait for it
    return record.who == "environment" or (record.who == "dependency" and bool(_FROM_STEP.search(record.text)))


def _what(record: Record, *, one_file: bool) -> Text:
    if record.who == "environment":
        return Text(record.text, style="yellow")
    text = Text(record.text)
    if record.lines:
        line = record.lines[-1]
        code = line.text.partition("  #")[0].rstrip()
        place = f"line {line.number}" if one_file else f"{line.file}:{line.number}"
        text.append(f"\n{place}: {code}", style="dim")
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


# What happened in the end


def _what_happened(found: Counterexample) -> list[str]:
    """Say what the violation consists of, for each call that has one."""
    token = found.token
    the_property, reading = BY_NAME[token.property], Reading(token.reading)
    lines = []
    for number, call in enumerate(found.outcome, 1):
        if violates((call,), the_property, reading):
            who = "the controller" if len(found.outcome) == 1 else f"controller {number}"
            lines.append(_sentence(found, number - 1, who))
    return lines


def _sentence(found: Counterexample, number: int, who: str) -> str:
    seen, _, does = found.outcome[number]
    did = _past(does)
    scope = "asyncio.timeout()" if "timeout" in found.token.situation else "task group"
    withdrawn = f"; {_times(seen.withdrawals)} of uncancel() withdrew some of it" if seen.withdrawals else ""
    left_running = f"the call {did} while the dependency is still running"
    sentences = {
        "lost": f"the call {did}; {who} goes on although it was cancelled{withdrawn}",
        "phantom": _phantom(found, number, who),
        "joined": left_running,
        "requested": f"the call {did} and has never cancelled the dependency",
        "balanced": (
            f"{who}'s cancelling() is {seen.count_exit}; it was {seen.count_entry} at entry, and the requests since, "
            f"less those withdrawn, are {seen.requests - seen.withdrawals}"
        ),
        "undisturbed": (
            f"the dependency was cancelled {_times(seen.by_call + seen.forwarded)}: {seen.by_call} by the call, "
            f"{seen.forwarded} forwarded from a cancellation of {who}"
        ),
        "ends": f"the dependency is done, and the call {_endless(found, number)}",
        "accepts-done": f"the dependency was done at entry, nobody cancelled {who}, and the call {did}",
        "no-self-hang": f"the call {_endless(found, number)}",
        "failure-kept": f"the dependency failed, the call {did}, and asyncio will no longer report the failure",
        "scope-kept": f"the {scope} around the call cancelled {who}, and did not end as it does around an await",
        "prompt": f"{who} was cancelled, and its next step did not leave the call",
        "joined-always": left_running,
    }
    return sentences[found.token.property]


def _phantom(found: Counterexample, number: int, who: str) -> str:
    seen, _, does = found.outcome[number]
    came = (
        "the call raised CancelledError" if seen.cancelled else f"the call {_past(does)}, the next await was cancelled,"
    )
    if not seen.requests and not seen.pending:
        return f"{came} and nobody had cancelled {who}"
    return f"{came} and every request to cancel {who} had been withdrawn"


def _endless(found: Counterexample, number: int) -> str:
    seen = found.outcome[number].observation
    if seen.spinning:
        return "runs a step that does not end"
    if seen.circling:
        return "goes on and on without getting anywhere"
    return "waits; no callback and no timer is left that could wake it"


_PAST = {"returns": "returned", "raises": "raised", "hangs": "hung", "waits": "waited"}


def _past(does: str) -> str:
    """Turn "raises CancelledError" into "raised CancelledError"."""
    verb, _, what = does.partition(" ")
    return f"{_PAST.get(verb, verb)} {what}".strip()


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
