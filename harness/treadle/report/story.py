"""A counterexample in words: its tasks, what was out of the ordinary, what went wrong, and whether it is minimal.

Diagrams and pictures use the same words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from treadle.check.counterexamples import violates
from treadle.recording import minimality
from treadle.report.words import WORDS, Violating
from treadle.schedule import Kind
from treadle.situation import parse_situation
from treadle.telling import printable, quoted
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from treadle.check import Counterexample
    from treadle.trace import Record, SourceLine, TaskState

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


def command(what: str, found: Counterexample, options: str = "") -> str:
    """Return the command that replays a counterexample, or prints its script, quoted for a shell."""
    token = str(found.token)
    if token.startswith("-"):  # it must not be read as an option
        return f"treadle {what}{options} -- {quoted(token)}"
    return f"treadle {what} {quoted(token)}{options}"


def lanes(found: Counterexample) -> list[str]:
    """Return the names of the tasks and the environment, in the order of their columns."""
    people = {record.who for record in found.trace}
    controllers = {"controller"} if len(found.outcome) == 1 else {"controller 1", "controller 2"}
    wanted = people | controllers | {"environment", "dependency"}
    return [name for name in _ORDER if name in wanted] + sorted(wanted - set(_ORDER))


def deviates(record: Record) -> bool:
    """Say whether a record would not be there if the environment had not acted."""
    if record.kind == Kind.TIMER:
        return len(record.queue) > 1  # otherwise the loop could only wait for it
    return record.who == "environment" or (record.who == "dependency" and bool(_FROM_STEP.search(record.text)))


def line_told(line: SourceLine, *, one_file: bool, word: str = "line ") -> str:
    """Return a line of the target with its file or number, without the comment at its end."""
    code = line.text.partition("  #")[0].rstrip()
    place = f"{word}{line.number}" if one_file else f"{printable(line.file)}:{line.number}"
    return f"{place}: {code}"


def how_sure(found: Counterexample) -> str:
    """Say whether there may be a smaller counterexample."""
    any_order = found.token.bounds.any_order
    return minimality(minimal=found.minimal, events=found.events, any_order=any_order)


def source_of(found: Counterexample) -> list[str]:
    """Name the file of the lines, if they are all of one file."""
    files = {line.file for record in found.trace for line in record.lines}
    return [f"lines: of {printable(files.pop())}"] if len(files) == 1 else []


def what_happened(found: Counterexample) -> list[str]:
    """Return a sentence about each call that violates the property."""
    token = found.token
    the_property, reading, situation = BY_NAME[token.property], Reading(token.reading), parse_situation(token.situation)
    lines = []
    for number, call in enumerate(found.outcome, 1):
        if violates((call,), the_property, reading):
            who = "the controller" if len(found.outcome) == 1 else f"controller {number}"
            lines.append(WORDS[token.property].happened(Violating(call.observation, call.does, who, situation)))
    return lines


def callbacks_told(task: TaskState) -> str:
    """Say how many done callbacks a task has."""
    return f"{task.callbacks} done callback{'' if task.callbacks == 1 else 's'}"
