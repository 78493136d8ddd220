"""The verdicts on a property after an exploration. Pure data."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The verdict on a property after an exploration."""

    HOLDS = "holds"  # every schedule within the bounds was covered, and the property's situation occurred
    VIOLATED = "violated"  # there is a counterexample
    NO_VIOLATION_FOUND = "no violation found"  # the search was cut off
    NOT_EXERCISED = "not exercised"  # the property's situation never occurred: nothing passes vacuously
    UNSUPPORTED = "unsupported"  # it needs what a deterministic loop cannot provide, and was not judged
