"""A schedule of a program in one line of text.

    pool.py:program:v1:C.2.0001.3fa9c1

that is NAME:VERSION:TASK.EVENTS.CHOICES.DIGEST, with an `o` after the number of events where the order of the ready
queue was open, too. A choice is one digit in base 36, or `_n_` if it is larger; `-n-` stands for n defaults in a row.
The digest is that of the trace, so a replay can tell that the program has changed since.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from treadle.errors import MisuseError
from treadle.schedule import Schedule, TaskKind

VERSION = "v1"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CHOICE = r"[0-9a-z]|_\d{1,9}_|-\d{1,9}-"
_TOKEN = re.compile(
    r"(?P<name>.+):(?P<version>v\d+):(?P<task>[A-Za-z]+)\.(?P<events>\d{1,3})(?P<any>o?)"
    rf"\.(?P<choices>(?:{_CHOICE})*)\.(?P<digest>[0-9a-f]{{6}})"
)
_RUN = 4  # so many defaults in a row are written as a number


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramToken:
    """A schedule, and the program and bounds that it is one of; `str(token)` is the text, `parse` reads it back."""

    name: str
    task: TaskKind
    events: int
    any_order: bool
    choices: Schedule
    digest: str = "000000"

    def __str__(self) -> str:
        order = "o" if self.any_order else ""
        return f"{self.name}:{VERSION}:{self.task}.{self.events}{order}.{_written(self.choices)}.{self.digest}"

    @staticmethod
    def is_one(text: str) -> bool:
        """Say whether a text is written as such a token is, and not as that of a counterexample of `check`."""
        return _TOKEN.fullmatch(text.strip()) is not None

    @classmethod
    def parse(cls, text: str) -> ProgramToken:
        """Read a token; raise `MisuseError` that shows what is wrong with it."""
        found = _TOKEN.fullmatch(text.strip())
        if found is None:
            message = (
                f"{text!r} is not a token of a program. It reads NAME:v1:TASK.EVENTS.CHOICES.DIGEST; "
                "copy it whole from the line `replay:` of a counterexample"
            )
            raise MisuseError(message)
        if found["version"] != VERSION or found["task"] not in tuple(TaskKind):
            message = (
                f"the token {text!r} is of version {found['version']} and task kind {found['task']}; this Treadle "
                f"reads {VERSION} and {', '.join(TaskKind)}. Explore the program again to get a new one"
            )
            raise MisuseError(message)
        return cls(
            name=found["name"],
            task=TaskKind(found["task"]),
            events=int(found["events"]),
            any_order=bool(found["any"]),
            choices=_read(found["choices"]),
            digest=found["digest"],
        )


def _written(choices: Schedule) -> str:
    parts = []
    for choice, group in itertools.groupby(choices):
        times = len(list(group))
        if not choice and times >= _RUN:
            parts.append(f"-{times}-")
        else:
            parts.append((_DIGITS[choice] if choice < len(_DIGITS) else f"_{choice}_") * times)
    return "".join(parts)


def _read(text: str) -> Schedule:
    choices: list[int] = []
    for part in re.findall(_CHOICE, text):
        if part[0] == "-":
            choices += [0] * int(part[1:-1])
        else:
            choices.append(int(part[1:-1]) if part[0] == "_" else _DIGITS.index(part))
    return tuple(choices)
