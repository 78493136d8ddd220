"""The built-in properties, which every program should have. Pure data."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

UNSUPPORTED = "unsupported: "
"""The prefix of the reason to stop a search because the program needs what a deterministic loop cannot provide."""
WITH = "; "
"""Separates the parts of `Problem.about`."""


class ProgramProperty(StrEnum):
    """A property that every program is checked for; the value is its name."""

    RAISES = "raises"
    ALWAYS = "always"
    DEADLOCK = "deadlock"
    LOST_WAKEUP = "lost-wakeup"
    ENDS = "ends"
    STEP_ENDS = "step-ends"
    SWALLOWED = "swallowed"
    LEFT_RUNNING = "left-running"
    UNRETRIEVED = "unretrieved"
    REPORTED = "reported"
    CANCELLED_WITH = "cancelled-with"
    TAKEN = "taken"

    @property
    def sentence(self) -> str:
        """What must hold."""
        return _SENTENCES[self]


OF_TESTS = (ProgramProperty.CANCELLED_WITH, ProgramProperty.TAKEN)
"""Checked only in tests whose tasks the environment cancels without a declaration; see `judge`."""

_SENTENCES = {
    ProgramProperty.RAISES: "no exception leaves the program",
    ProgramProperty.ALWAYS: "what the program declares with `always` holds in every gap",
    ProgramProperty.DEADLOCK: "the program does not get stuck",
    ProgramProperty.LOST_WAKEUP: "the program does not get stuck waiting for something that is available",
    ProgramProperty.ENDS: "the program ends once the environment leaves it alone",
    ProgramProperty.STEP_ENDS: "every step of a task ends",
    ProgramProperty.SWALLOWED: "a task that was cancelled does not end as if it had not been",
    ProgramProperty.LEFT_RUNNING: "no task is left running when the program has ended",
    ProgramProperty.UNRETRIEVED: "no task fails without its exception being retrieved",
    ProgramProperty.REPORTED: "nothing is reported to the loop's exception handler",
    ProgramProperty.CANCELLED_WITH: "no task is cancelled along with another one because both await the same future",
    ProgramProperty.TAKEN: "no lock or semaphore is left taken when all tasks have ended",
}


class Problem(NamedTuple):
    """One violated property in one execution.

    `about` distinguishes problems of one property (where it was raised, which task); problems with equal `property` and
    `about` are one finding. `text` says what happened.
    """

    property: ProgramProperty
    about: str
    text: str


ProgramOutcome = tuple[Problem, ...]
"""How an execution ended, in the order of the properties; empty if all is well."""

NOT_COVERED: ProgramOutcome = (Problem(ProgramProperty.ENDS, "not covered", ""),)
"""The outcome of an execution that was cut off: its schedule does not count."""
