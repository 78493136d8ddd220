"""The interface between the explored program, which asks, and the scheduler, which answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Kind

O_co = TypeVar("O_co", covariant=True)  # an outcome


class Scheduler(Protocol):
    """Answers the choice points of one execution.

    `choose` is called with two or more options, in the order of the execution, and returns the index of one of them; 0
    is the default option. Each of the last `priced` options takes an event. It never raises: it may be called inside a
    task of the program, which would take the exception for its own.

    `passes` saves a program the work of computing its options. A program may call it where it could reach a choice
    point of kind `event`, with a number above 0 that increases with each call. True means that the answer is known to
    be the default, or that there is no choice point: the program must then go on as if nothing had been chosen. After
    False it computes its options and calls `choose` if there are two or more. Always returning False is correct, too.

    `seen` saves whole executions. A program may call it between two callbacks, before it calls `choose` there, with two
    functions, which return the size of the execution so far and the fingerprint of its state. True means that what
    follows from this state is known: the program must then end the execution at once. Its outcome is ignored. A program
    may leave the number of events left out of the fingerprint, and pass it as `left`. It thereby promises that with
    fewer events it would do the same, except for priced options: when none is left, it offers none. It may also leave
    out a value that no code has read so far in any of its executions, and pass it as `unread`. Once some code has read
    it, the value becomes part of the fingerprint, and such a fingerprint equals none without it. A scheduler that does
    not know states need not be asked.

    `repeats` saves the part of an execution that repeats the one before; see `Repeated`.
    """

    @property
    def knows_states(self) -> bool:
        """Say whether `seen` can ever return True."""

    def choose(self, kind: Kind, options: int, priced: int = 0, /) -> int:
        """Return a number from 0 to `options` - 1."""

    def passes(self, moment: int) -> bool:
        """Say whether the program may go on without asking."""

    def seen(
        self,
        size: Callable[[], tuple[int, ...]],
        fingerprint: Callable[[], Fingerprint],
        left: int | None = None,
        unread: object = None,
        /,
    ) -> bool:
        """Say whether the execution need not go on."""

    def repeats(self) -> Repeated | None:
        """Return the object that knows what this execution repeats of the one before; None if that is never known."""


class Repeated(Protocol):
    """Knows that an execution begins like the one before, under the same scheduler.

    The first `repeated` choices are the same. A program that remembers what it did there can do it again without
    asking, if it reports with `skip` how many choices that were. `position` is the number of choices of the execution
    so far.
    """

    repeated: int
    position: int

    def skip(self, position: int, /) -> None:
        """Go on after this many choices of the execution."""


class Answers:
    """A scheduler that only answers: it is asked at every choice point, knows no states, and repeats nothing."""

    __slots__ = ()

    knows_states = False

    def passes(self, _moment: int) -> bool:
        """Ask for the options to be computed."""
        return False

    def seen(self, *_: object) -> bool:
        """Know no states."""
        return False

    def repeats(self) -> None:
        """Return None: no earlier execution is known."""


class Execution(NamedTuple, Generic[O_co]):
    """How one run of a program ended.

    The outcome is hashable; equal outcomes are tallied together. The size orders executions: the smallest one with a
    given outcome is kept as its example. Its numbers never decrease during an execution, and their growth after a state
    depends on that state alone. `cut` says that a bound was used up, so that larger bounds might show more. `fatal` is
    a reason to stop the whole exploration, or empty.
    """

    outcome: O_co
    size: tuple[int, ...]
    cut: bool
    fatal: str = ""


class Program(Protocol[O_co]):
    """The code that is explored: closed, with the same behaviour in each run under the same answers."""

    def run(self, scheduler: Scheduler) -> Execution[O_co]:
        """Run once, from the beginning."""
