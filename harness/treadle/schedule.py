"""What was chosen: schedules, the kinds of choice, and tokens that carry a schedule from hand to hand. Pure data.

A *schedule* is the sequence of choices of one execution. It is all that is needed to run the execution again, because
between two choice points nothing is left to chance. A *token* is a schedule in one line of text, together with what it
is a schedule of:

    osipenko-proposal/plain/lost:v1:C.3.3.00201.5d0a91

that is TARGET/SITUATION/PROPERTY:VERSION:TASK.EVENTS.STEPS.CHOICES.DIGEST, with an `o` after the number of steps where
the order of the ready queue was open, too. A choice is one digit in base 36. The digest is that of the trace, so a
replay can tell that the program has changed since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from treadle.errors import MisuseError

Schedule = tuple[int, ...]

TOKEN_VERSION = "v1"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ASPECT = r"[a-z][a-z-]*(?:/[a-z0-9]+)?"
_TOKEN = re.compile(
    rf"(?P<target>.+?)/(?P<situation>{_ASPECT}(?:\+{_ASPECT})*)/(?P<property>[a-z-]+)(?:@(?P<reading>[a-z]+))?"
    r":(?P<version>v\d+):(?P<task>[A-Za-z]+)\.(?P<events>\d{1,3})\.(?P<steps>\d{1,3})(?P<any>o?)"
    r"\.(?P<choices>[0-9a-z]*)\.(?P<digest>[0-9a-f]{6})"
)


class Kind(StrEnum):
    """What a choice point is about. An exploration says which kinds were open, a counterexample which it needed."""

    EVENT = "event"  # the environment acts in a gap, or cancels the controller from the dependency's own step
    COMPLETION = "completion"  # at quiescence: what the dependency waits for completes, free of charge
    TIMER = "timer"  # a timer fires
    DEPENDENCY = "dependency"  # what the dependency does next
    CHOICE = "choice"  # a program has left something open: `env.choose`
    READY_ORDER = "ready-order"  # a callback runs before others that were ready earlier; stock asyncio does not do that


class TaskKind(StrEnum):
    """Which implementation of `asyncio.Task` runs."""

    C = "C"
    PY = "Py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far an exploration goes: `events` of the environment and `steps` (runs) of the dependency.

    `any_order` also opens the order of the ready queue, which asyncio promises to be first in, first out.
    """

    events: int
    steps: int
    any_order: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A schedule, and what it is a schedule of; `str(token)` is the line of text, `Token.parse` reads it back."""

    target: str
    situation: str
    property: str
    reading: str
    task: TaskKind
    bounds: Bounds
    choices: Schedule
    digest: str = "000000"

    def __str__(self) -> str:
        reading = "" if self.reading == "weak" else f"@{self.reading}"
        order = "o" if self.bounds.any_order else ""
        choices = "".join(_DIGITS[choice] for choice in self.choices)
        return (
            f"{self.target}/{self.situation}/{self.property}{reading}:{TOKEN_VERSION}:"
            f"{self.task}.{self.bounds.events}.{self.bounds.steps}{order}.{choices}.{self.digest}"
        )

    @classmethod
    def parse(cls, text: str) -> Token:
        """Read a token; raise `MisuseError` that shows what is wrong with it."""
        found = _TOKEN.fullmatch(text.strip())
        if found is None:
            message = (
                f"{text!r} is not a token. A token reads "
                "TARGET/SITUATION/PROPERTY:v1:TASK.EVENTS.STEPS.CHOICES.DIGEST; "
                "copy it whole from the line `replay:` of a counterexample, or from the JSON document"
            )
            raise MisuseError(message)
        if found["version"] != TOKEN_VERSION:
            message = (
                f"the token {text!r} is of version {found['version']}, and this Treadle reads {TOKEN_VERSION}: "
                "check the target again to get a new one"
            )
            raise MisuseError(message)
        if found["task"] not in tuple(TaskKind):
            message = f"the token {text!r} names the task kind {found['task']!r}; there are {', '.join(TaskKind)}"
            raise MisuseError(message)
        return cls(
            target=found["target"],
            situation=found["situation"],
            property=found["property"],
            reading=found["reading"] or "weak",
            task=TaskKind(found["task"]),
            bounds=Bounds(events=int(found["events"]), steps=int(found["steps"]), any_order=bool(found["any"])),
            choices=tuple(_DIGITS.index(digit) for digit in found["choices"]),
            digest=found["digest"],
        )
