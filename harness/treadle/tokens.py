"""Tokens: a schedule in one line of text, with the name of its target or program.

    osipenko-proposal/plain/lost:v1:C.3.3.00201.5d0a91
    pool.py:program:v1:C.2.0001.3fa9c1

The first belongs to a target in a situation, and violates a property: TARGET/SITUATION/PROPERTY, with @READING if that
is not the weak one. The second belongs to a program: NAME. Then comes VERSION:TASK.EVENTS.STEPS.CHOICES.DIGEST; a
program has no steps. An `o` after these numbers says that the order of the ready queue was open too. A choice is one
digit in base 36, or `_n_` if it is larger; `-n-` stands for n defaults in a row. The digest is that of the trace, so
that a replay notices if the program has changed.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from treadle.errors import MisuseError
from treadle.schedule import Bounds, Schedule, TaskKind

VERSION = "v1"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_CHOICE = r"[0-9a-z]|_\d{1,9}_|-\d{1,9}-"
_TOKEN = re.compile(
    r"(?P<of>.+):(?P<version>v\d+):(?P<task>[A-Za-z]+)\.(?P<events>\d{1,3})(?:\.(?P<steps>\d{1,3}))?(?P<any>o?)"
    rf"\.(?P<choices>(?:{_CHOICE})*)\.(?P<digest>[0-9a-f]{{6}})",
    re.DOTALL | re.ASCII,  # the name of a file may contain anything
)
_ANOTHER = re.compile(r":v\d+:[A-Za-z]+\.[^\n]*\s")  # within the name: two tokens were copied
_ASPECT = r"[a-z][a-z-]*(?:/[a-z0-9]+)?"
_OF_A_TARGET = re.compile(
    rf"(?P<target>.+?)/(?P<situation>{_ASPECT}(?:\+{_ASPECT})*)/(?P<property>[a-z-]+)(?:@(?P<reading>[a-z]+))?",
    re.DOTALL,
)
_RUN = 4  # from so many on, defaults in a row are written as a number, in the token of a program

# A longer token was made by hand, to attack the memory of its reader.
_LONGEST = 1 << 20
_MOST_CHOICES = 1_000_000
_SHOWN = 400  # letters of a wrong token in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A schedule of a target in one line of text: `str(token)` writes it, `Token.parse` reads it.

    :param target: the name of the target.
    :param situation: the name of the situation.
    :param property: the property that the schedule violates.
    :param reading: the reading of that property.
    :param task: which implementation of `asyncio.Task` ran.
    :param bounds: the bounds of the search, which decide what each choice means.
    :param choices: the number of the option that was taken at each choice point.
    :param digest: six hexadecimal digits of the trace, by which a replay notices that the target has changed.
    """

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
        choices = "".join(map(_written, self.choices))
        return (
            f"{_name_told(self.target)}/{self.situation}/{self.property}{reading}:{VERSION}:"
            f"{self.task}.{self.bounds.events}.{self.bounds.steps}{order}.{choices}.{self.digest}"
        )

    @classmethod
    def parse(cls, text: str) -> Token:
        """Read a token.

        :param text: the whole token, as a line `replay:` shows it.
        :returns: the token.
        :raises MisuseError: for what is not a token, or one of another version.
        """
        found = _taken_apart(text)
        of = None if found is None or not found["steps"] else _OF_A_TARGET.fullmatch(found["of"])
        if found is None or of is None:
            message = (
                f"{_shown(text)} is not a token. A token reads "
                "TARGET/SITUATION/PROPERTY:v1:TASK.EVENTS.STEPS.CHOICES.DIGEST; "
                "copy it whole from the line `replay:` of a counterexample, or from the JSON document"
            )
            raise MisuseError(message)
        _require_readable(text, found, "check the target again")
        return cls(
            target=of["target"],
            situation=of["situation"],
            property=of["property"],
            reading=of["reading"] or "weak",
            task=TaskKind(found["task"]),
            bounds=Bounds(events=int(found["events"]), steps=int(found["steps"]), any_order=bool(found["any"])),
            choices=_read(found["choices"]),
            digest=found["digest"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramToken:
    """A schedule of a program in one line of text: `str(token)` writes it, `ProgramToken.parse` reads it.

    :param name: the name of the program.
    :param task: which implementation of `asyncio.Task` ran.
    :param events: the bound of the search, which decides what each choice means.
    :param any_order: callbacks ran in every order.
    :param choices: the number of the option that was taken at each choice point.
    :param digest: six hexadecimal digits of the trace, by which a replay notices that the program has changed.
    """

    name: str
    task: TaskKind
    events: int
    any_order: bool
    choices: Schedule
    digest: str = "000000"

    def __str__(self) -> str:
        order = "o" if self.any_order else ""
        choices = _shortened(self.choices)
        return f"{_name_told(self.name)}:{VERSION}:{self.task}.{self.events}{order}.{choices}.{self.digest}"

    @staticmethod
    def is_one(text: str) -> bool:
        """Say whether a text is the token of a program, and not that of a counterexample of `check`.

        :param text: any text.
        """
        found = _taken_apart(text)
        return found is not None and not found["steps"]

    @classmethod
    def parse(cls, text: str) -> ProgramToken:
        """Read a token.

        :param text: the whole token, as a line `replay:` shows it.
        :returns: the token.
        :raises MisuseError: for what is not a token, or one of another version.
        """
        found = _taken_apart(text)
        if found is None or found["steps"]:
            message = (
                f"{_shown(text)} is not a token of a program. It reads NAME:v1:TASK.EVENTS.CHOICES.DIGEST; "
                "copy it whole from the line `replay:` of a counterexample"
            )
            raise MisuseError(message)
        _require_readable(text, found, "explore the program again")
        return cls(
            name=found["of"],
            task=TaskKind(found["task"]),
            events=int(found["events"]),
            any_order=bool(found["any"]),
            choices=_read(found["choices"]),
            digest=found["digest"],
        )


def _taken_apart(text: str) -> re.Match[str] | None:
    """Match a token, ignoring space around it."""
    found = _TOKEN.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    return None if found is None or _ANOTHER.search(found["of"]) else found


def _name_told(name: str) -> str:
    """Return a name for the beginning of a token; a file name that begins with a space gets `./` in front."""
    return f"./{name}" if name[:1].isspace() else name


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}... of {len(text):,} letters"


def _require_readable(text: str, found: re.Match[str], again: str) -> None:
    if found["version"] != VERSION:
        message = (
            f"the token {_shown(text)} is of version {found['version']}, and this Treadle reads {VERSION}: "
            f"{again} to get a new one"
        )
        raise MisuseError(message)
    if found["task"] not in tuple(TaskKind):
        message = f"the token {_shown(text)} names the task kind {found['task']!r}; there are {', '.join(TaskKind)}"
        raise MisuseError(message)
    choices = sum(int(part[1:-1]) if part[0] == "-" else 1 for part in re.findall(_CHOICE, found["choices"]))
    if choices > _MOST_CHOICES:
        message = (
            f"the token {_shown(text)} has {choices:,} choices, and no execution that Treadle finds has more than "
            f"{_MOST_CHOICES:,}: it was made by hand, or damaged. Copy it whole from the line `replay:`"
        )
        raise MisuseError(message)


def _written(choice: int) -> str:
    return _DIGITS[choice] if choice < len(_DIGITS) else f"_{choice}_"


def _shortened(choices: Schedule) -> str:
    parts = []
    for choice, group in itertools.groupby(choices):
        times = len(list(group))
        parts.append(f"-{times}-" if not choice and times >= _RUN else _written(choice) * times)
    return "".join(parts)


def _read(text: str) -> Schedule:
    choices: list[int] = []
    for part in re.findall(_CHOICE, text):
        if part[0] == "-":
            choices += [0] * int(part[1:-1])
        else:
            choices.append(int(part[1:-1]) if part[0] == "_" else _DIGITS.index(part))
    return tuple(choices)
