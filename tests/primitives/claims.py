"""What is claimed of a primitive: by which property, and by which sentence of Python's documentation, if by any.

A program of this folder is an async function that `treadle explore` runs under every schedule, decorated with the
properties that it judges:

    @judges(promised("exclusion", "...", at="asyncio-sync.html#asyncio.Lock"), primitive="Lock", ...)
    async def users(env): ...

What the program asserts begins with the property: `assert inside == 1, "exclusion: ..."`. What Treadle finds in any
program counts for the property of `_FOUND`. A property holds only if what it speaks of did occur: the program says so
by `happened("exclusion")`, which reaches whoever has installed an audit hook, and does nothing else.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T", bound="Callable[..., object]")

HAPPENED = "treadle.primitives.happened."
DOCUMENTATION = "https://docs.python.org/3/library/"

PROPERTIES = {
    "exclusion": "no more tasks are inside than there is room for",
    "wakes": "no task waits for ever for what is there",
    "items": "no item is lost, and none is had twice",
    "permits": "nothing is left taken, and nothing is given back twice",
    "order": "tasks and items come in the order that is promised",
    "result": "who gets something gets what is promised",
    "no-trace": "who was cancelled while it waited leaves nothing behind",
    "lost": "a cancellation is never lost",
    "phantom": "a cancellation is never invented",
    "balanced": "the cancellation count is left as it was found",
    "failure-kept": "a failure is not dropped in silence, nor told to those who have nothing to do with it",
    "scope-kept": "a time-out ends its own block, and no other",
    "joined": "whoever waits for tasks does not go on before they have ended",
    "ends": "when all that is waited for has ended, the call ends",
}
"""The properties, in the order of the table."""

_FOUND = {
    "deadlock": ("wakes", "ends"),
    "lost-wakeup": ("wakes",),
    "ends": ("ends",),
    "step-ends": ("ends",),
    "swallowed": ("lost",),
    "left-running": ("joined",),
    "unretrieved": ("failure-kept",),
    "reported": ("failure-kept",),
}
"""What Treadle finds in any program, and for which property that counts: the first that the program judges."""

_ASSERTED = re.compile(r"(?:AssertionError:|it does not hold that) ([a-z-]+): ")


@dataclass(frozen=True, slots=True)
class Claim:
    """One property, and the sentence that promises it; where there is none, `unpromised` says why it is judged."""

    property: str
    sentence: str = ""
    at: str = ""
    unpromised: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A program with what it judges, within which bounds, and from which version on its primitive exists.

    `cancels` are those of each task, `events` all that the environment does out of turn; `fast` ones are run by CI.
    """

    primitive: str
    file: str
    name: str
    about: str
    claims: tuple[Claim, ...]
    tasks: int
    cancels: int
    events: int
    since: tuple[int, int]
    fast: bool


def promised(name: str, sentence: str, *, at: str) -> Claim:
    """Return a claim that the documentation makes, in its own words, at a page and anchor below `DOCUMENTATION`."""
    return Claim(_known(name), sentence, at)


def unpromised(name: str, why: str) -> Claim:
    """Return a claim that nobody makes, and `why` not. Where it does not hold, that is no violation."""
    return Claim(_known(name), unpromised=why)


def judges(  # noqa: PLR0913 - it says all that there is to say of a program
    *claims: Claim,
    primitive: str,
    tasks: int,
    cancels: int,
    events: int,
    since: tuple[int, int] = (3, 11),
    fast: bool = False,
) -> Callable[[T], T]:
    """Decorate a program with what it judges. The program itself is left as it is."""

    def note(program: T) -> T:
        about = (program.__doc__ or "").partition("\n")[0]
        where = (primitive, program.__module__, program.__name__, about)
        PROGRAMS.append(Judged(*where, claims, tasks, cancels, events, since, fast))
        return program

    return note


PROGRAMS: list[Judged] = []
"""The programs of the files that were loaded, in their order."""


def happened(name: str) -> None:
    """Say that what a property speaks of has occurred."""
    sys.audit(HAPPENED + name)


def property_of(found: str, text: str, claims: tuple[Claim, ...]) -> str:
    """Return the property that a finding of the checker violates, or the kind of finding if the program claims none."""
    claimed = [each.property for each in claims]
    asserted = _ASSERTED.search(text)
    named = [asserted[1]] if asserted is not None else _FOUND.get(found, ())
    return next((each for each in named if each in claimed), found)


def _known(name: str) -> str:
    if name not in PROPERTIES:
        message = f"{name!r} is no property; there are: {', '.join(PROPERTIES)}"
        raise ValueError(message)
    return name


LOST = promised(
    "lost",
    "The method arranges for a CancelledError exception to be thrown into the wrapped coroutine on the next cycle of "
    "the event loop.",
    at="asyncio-task.html#asyncio.Task.cancel",
)
PHANTOM = promised(
    "phantom",
    "The Task is cancelled when the cancellation was requested with cancel() and the wrapped coroutine propagated the "
    "CancelledError exception thrown into it.",
    at="asyncio-task.html#asyncio.Task.cancelled",
)
