"""The result of exploring a program, as users get it."""

from __future__ import annotations

from dataclasses import dataclass

from treadle.display import Displayed
from treadle.programs.found import Found, Violation
from treadle.programs.text import describe

__all__ = ["Explored", "Violation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored(Found, Displayed):
    """What `explore` returns: a program, explored. `str()` gives all of it as text; a notebook shows a picture.

    :ivar name: the name of the program.
    :ivar python: the version of Python, as `"3.13"`.
    :ivar task: which implementation of `asyncio.Task` ran.
    :ivar events: the bound on events.
    :ivar kinds: the kinds of choice that were open.
    :ivar search: which search ran, in words.
    :ivar ended: whether anything was left to try.
    :ivar stopped: why the search was cut off, or empty; if it was, the verdict is never *holds*.
    :ivar executions: how often the program was run.
    :ivar schedules: the exact number of schedules that were covered.
    :ivar states: the number of states; None if states were not compared.
    :ivar opaque: why states could not be compared, or empty.
    :ivar violations: what is wrong, each with its smallest execution.
    :ivar unsupported: what the program needs and a deterministic loop cannot provide, or empty. If it is not empty, the
        program was not judged.
    """

    def __str__(self) -> str:
        return describe(self)
