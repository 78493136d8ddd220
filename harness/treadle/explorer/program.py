"""The seam between what is explored and how: a program asks, a scheduler answers."""

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
    is the default option. The last `priced` of them take an event from the environment each. It never raises: it may be
    called from within a task of the program, which would take the exception for its own.

    `passes` saves a program the work of finding out its options. A program may call it where it could come to a choice
    point of kind `event`, with a number above 0 that is larger each time. True means that the answer is known to be
    the default, or that there is no choice point: the program must then go on as if nothing had been chosen. After
    False it works out its options and calls `choose` if there are two or more. To say False always is right, too.

    `seen` saves whole executions. A program may call it between two callbacks, before it calls `choose` there, with two
    functions, which return the size of the execution so far and the fingerprint of its state. True means that what
    follows from this state is known: the program must then end the execution at once. Its outcome is not looked at.
    A program may leave out of the fingerprint how many events are left, and name that number as `left`. It says so that
    with fewer of them it would do the same, but for priced options: where none is left, it offers none. It may also
    leave out what nobody has read so far in any of its executions, and hand that in as `unread`. Once somebody has, it
    is written down, and a fingerprint with it equals none without. One that does not know states need not be asked.

    `repeats` saves the part of an execution that is the one before over again; see `Repeated`.
    """

    @property
    def knows_states(self) -> bool:
        """Say whether `seen` may say True."""

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
        """Return who knows what the execution that begins has in common with the one before; None: nobody ever does."""


class Repeated(Protocol):
    """Knows that an execution begins as the one before did, under the same scheduler.

    `repeated` choices are the same. A program that remembers what it did there can do that again without asking, if it
    says with `skip` how many choices that were. `position` is the number of choices of the execution so far.
    """

    repeated: int
    position: int

    def skip(self, position: int, /) -> None:
        """Go on behind so many choices of this execution."""


class Answers:
    """A scheduler that only answers: it has every choice point worked out, knows no states, and repeats nothing."""

    __slots__ = ()

    knows_states = False

    def passes(self, _moment: int) -> bool:
        """Have the options worked out."""
        return False

    def seen(self, *_: object) -> bool:
        """Know no states."""
        return False

    def repeats(self) -> None:
        """Know nothing of any execution before."""


class Execution(NamedTuple, Generic[O_co]):
    """How one run of a program ended.

    The outcome is hashable; equal outcomes are tallied together. The size orders executions: the smallest one with a
    given outcome is kept as its example. Its numbers only grow while an execution runs, and by how much after a state
    was reached depends on that state alone. `cut` says that a bound was used up, so that larger bounds might show more.
    `fatal` is a reason to stop the whole exploration, or empty.
    """

    outcome: O_co
    size: tuple[int, ...]
    cut: bool
    fatal: str = ""


class Program(Protocol[O_co]):
    """What is explored: closed code that behaves the same whenever it is run under the same answers."""

    def run(self, scheduler: Scheduler) -> Execution[O_co]:
        """Run once, from the beginning."""
