"""Faults outside of a program, if it declares them. Each takes an event of the environment.

Without a declaration, everything that is under way arrives, whole and in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.execution import Action
from treadle.outside.pipes import Pipe
from treadle.outside.threads import Work
from treadle.outside.ways import Attempt, Datagrams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.outside.underway import UnderWay, Way

FAULTS = "faults"


@dataclass(slots=True)
class Allowed:
    """How much may go wrong in an execution: how many resets, refusals and losses, and whether chunks are split.

    `fails` is the exception that a thread may raise instead of its work, at most `times`. `slow`: time does not wait
    for what is under way.
    """

    resets: int = 0
    refuses: int = 0
    drops: int = 0
    splits: bool = False
    slow: bool = False
    fails: BaseException | type[BaseException] | None = None
    times: int = 0


class Fault(Action):
    """A fault of a way; `kind` says what goes wrong, and `number` is that of the way."""

    __slots__ = ("kind", "number")

    def __init__(self, name: str, do: Callable[[], object], kind: str, number: int) -> None:
        """Make a fault that calls `do`."""
        super().__init__(name, do)
        self.kind = kind
        self.number = number

    @property
    def key(self) -> tuple[str, tuple[str, int]]:
        """What identifies it in another execution."""
        return FAULTS, (self.kind, self.number)


class Faults:
    """The faults that are possible in one execution."""

    __slots__ = ("_under_way", "allowed")

    def __init__(self, under_way: UnderWay) -> None:
        """Allow nothing."""
        self._under_way = under_way
        self.allowed: Allowed | None = None

    def begin(self) -> None:
        """Begin an execution, without faults until they are declared."""
        self.allowed = None

    def open(self) -> list[Fault]:
        """Return the faults that are possible now, in the order in which their ways were made."""
        allowed = self.allowed
        if allowed is None:
            return []
        return [each for way in self._under_way.ways.values() for each in self._of(way, allowed)]

    def find(self, kind_and_number: tuple[str, int]) -> Fault | None:
        """Return the fault of this kind of the way with this number, if it is possible."""
        return next((each for each in self.open() if (each.kind, each.number) == kind_and_number), None)

    def _of(self, way: Way, allowed: Allowed) -> Iterator[Fault]:
        number = way.action.number
        if isinstance(way, Pipe):
            if allowed.resets and way.is_client and way.is_whole:
                yield Fault(f"{way.connection} is reset", self._counted("resets", way.break_off), "reset", number)
            if allowed.splits and way.can_be_split:
                yield Fault(f"{way.offers()}, the first byte alone", way.split, "split", number)
        elif isinstance(way, Attempt):
            if allowed.refuses:
                yield Fault(f"{way.connection} is refused", self._counted("refuses", way.refuse), "refuse", number)
        elif isinstance(way, Datagrams):
            if allowed.drops and way.on_way:
                yield Fault(f"{way.offers()}: it is lost", self._counted("drops", way.drop), "drop", number)
        elif isinstance(way, Work) and allowed.fails is not None and allowed.times and way.has_thread:
            error = allowed.fails() if isinstance(allowed.fails, type) else allowed.fails
            yield Fault(f"{way.name}, by a failure", self._counted("times", lambda: way.fail(error)), "fail", number)

    def _counted(self, what: str, do: Callable[[], object]) -> Callable[[], None]:
        """Return a function that causes a fault and counts it."""

        def done() -> None:
            setattr(self.allowed, what, getattr(self.allowed, what) - 1)
            do()

        return done

    def fingerprint_state(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Return what belongs to a state: the faults that are left."""
        allowed = self.allowed
        if allowed is None:
            return (), ()
        plain = allowed.resets, allowed.refuses, allowed.drops, allowed.splits, allowed.slow, allowed.times
        return plain, (allowed.fails,)
