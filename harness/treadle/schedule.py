"""Schedules, the kinds of choice, and bounds. Pure data.

A *schedule* is the sequence of choices of one execution. It is all that is needed to run the execution again, because
between two choice points nothing is left to chance. For its text form see `tokens`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Schedule = tuple[int, ...]


class Kind(StrEnum):
    """The kind of a choice point. An exploration says which kinds were open, a counterexample which ones it needed."""

    EVENT = "event"  # the environment acts in a gap, or cancels the controller from the dependency's own step
    COMPLETION = "completion"  # at quiescence: what the dependency waits for completes, free of charge
    TIMER = "timer"  # a timer fires
    DEPENDENCY = "dependency"  # what the dependency does next
    CHOICE = "choice"  # a program asks for a choice: `env.choose`
    READY_ORDER = "ready-order"  # a callback runs before others that were ready earlier; stock asyncio does not do that


class TaskKind(StrEnum):
    """Which implementation of `asyncio.Task` runs."""

    C = "C"
    PY = "Py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far an exploration of a target goes.

    :param events: most actions of the environment in one execution, at least 0.
    :param steps: most steps (runs) of the dependency, at least 1.
    :param any_order: also run ready callbacks in other orders than first in, first out, which asyncio promises.
    """

    events: int
    steps: int
    any_order: bool = False


def without_defaults(choices: Schedule) -> Schedule:
    """Return the choices without the defaults at the end: a replay answers 0 beyond its schedule."""
    end = len(choices)
    while end and not choices[end - 1]:
        end -= 1
    return choices[:end]
