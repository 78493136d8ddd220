"""The seam between what is explored and how: a program asks, a scheduler answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from treadle.schedule import Kind

O = TypeVar("O")  # noqa: E741 - an outcome
O_co = TypeVar("O_co", covariant=True)


class Scheduler(Protocol):
    """Answers the choice points of one execution.

    `choose` is called with two or more options, in the order of the execution, and returns the index of one of them;
    0 is the default option. It never raises: it may be called from within a task of the program, which would take the
    exception for its own.
    """

    def choose(self, kind: Kind, options: int) -> int:
        """Return a number from 0 to `options` - 1."""


class Execution(NamedTuple, Generic[O]):
    """How one run of a program ended.

    The outcome is hashable; equal outcomes are tallied together. The size orders executions: the smallest one with a
    given outcome is kept as its example. `cut` says that a bound was used up, so that larger bounds might show more.
    `fatal` is a reason to stop the whole exploration, or empty.
    """

    outcome: O
    size: tuple[int, ...]
    cut: bool
    fatal: str = ""


class Program(Protocol[O_co]):
    """What is explored: closed code that behaves the same whenever it is run under the same answers."""

    def run(self, scheduler: Scheduler) -> Execution[O_co]:
        """Run once, from the beginning."""
