"""What came out of exploring a program, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from treadle.display import Displayed
from treadle.programs.found import Found, Violation
from treadle.programs.text import describe

__all__ = ["Explored", "Violation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored(Found, Displayed):
    """A program, explored. Its text, and its display in a notebook, tell all of it."""

    def __str__(self) -> str:
        return describe(self)
