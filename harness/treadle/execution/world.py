"""The interface between an engine and a world.

A world is what is executed: tasks on a loop, and an environment that acts on them. The engine runs it again and again
from the beginning, and asks it what can be done; the world does it, and returns the outcome at the end. The engine does
not know what an action means, and the world does not know who chooses.

The methods, in the order in which they are called in an execution:

`begin` creates everything. Then there is a gap before each callback. In each gap:

- `must_end` may end the execution at once. It is called if the world is `disturbed`, or once `engine.next_look`
  callbacks have run; 0 means in every gap. When the world has said, by `engine.closed` or `engine.ended`, that nothing
  is chosen any more, `runs_down` says in each gap whether the next callback is to run.
- `sets_up`, while `engine.setting_up`: whether the next callback still belongs to the set-up, in which nothing is
  chosen or counted.
- If callbacks are ready: `loses_patience`, called if nothing was done for more than `patience` gaps, may say how this
  gap ends. `offers` returns the actions that can be done, each for one event; doing nothing is possible, too. If no
  event is left, `spent` says whether to go on.
- If none is ready: `at_rest` returns the options, and how many of the last ones take an event. The first is the
  default. An option None means doing nothing; if that is chosen, the execution is over, and `rests` is called.
- `do` does an action that was chosen. In a repeated part `again` finds the action, unless actions are `lasting`: the
  same in all executions, with no choices inside them.
- `orders` says whether any callback may run next, if the order is free.
- `looks_ahead`, if the world is `disturbed`: it looks at the state before the callback runs.
- `remember`, if it `remembers`, returns what the world wants restored, by `recall`, after the next execution has
  repeated this gap.

`outcome` returns how the execution ended, `clear` drops everything that is left of it, and `conclude` may replace the
outcome. A search calls `size`, `state`, `identifies` and `unread` (see `explorer.program`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from treadle.execution.action import Action
from treadle.explorer import ReplayScheduler

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from treadle.explorer import Execution, Scheduler
    from treadle.fingerprint import Account, Fingerprint, Fingerprinter
    from treadle.loop import Loop

O = TypeVar("O")  # noqa: E741 - an outcome

O_co = TypeVar("O_co", covariant=True)  # the same, of an engine

State = tuple[tuple["Hashable", ...], tuple[object, ...]]


class Runs(Protocol[O_co]):
    """The engine as a world sees it; see `Engine`."""

    events: int
    events_left: int
    gaps: int
    idle: int
    callbacks: int
    out_of_turn: int
    cut: bool
    identifying: bool
    spinning: bool

    @property
    def account(self) -> Account:
        """The record of the code that has run."""

    @property
    def searches(self) -> bool:
        """Say whether this execution belongs to a search."""

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions."""

    def run(self, scheduler: Scheduler, /) -> Execution[O_co]:
        """Run the world once."""

    def taker(self) -> Fingerprinter:
        """Return the object that takes fingerprints."""

    def seen(self) -> bool:
        """Say whether the search knows what follows."""


class World(Generic[O]):
    """A world; see above. Every world must define what raises `NotImplementedError` here.

    `keeps` says that objects may survive from one execution to the next. Then the code that runs is recorded, context
    variables that are set stay within the execution, and an execution whose result is known still runs to its end.
    """

    __slots__ = ("disturbed", "engine", "keeps", "loop", "patience")

    lasting = False
    remembers = False

    engine: Runs[O]
    loop: Loop
    keeps: bool
    patience: int
    disturbed: bool

    def run(self, scheduler: Scheduler) -> Execution[O]:
        """Run once, from the beginning; see `explorer.Program`."""
        return self.engine.run(scheduler)

    # From the beginning to the end

    def begin(self) -> None:
        """Create everything, and make the first callback ready."""
        raise NotImplementedError

    def must_end(self) -> bool:
        """Say whether the execution is over, even if callbacks are left."""
        return False

    def sets_up(self) -> bool:
        """Say whether the next callback belongs to the set-up."""
        return False

    def runs_down(self) -> bool:
        """Say whether the next callback is to run, now that nothing is chosen any more."""
        return bool(self.loop.ready)

    def takes(self, error: BaseException) -> bool:  # noqa: ARG002 - used by subclasses
        """Handle an exception that left the loop; False if it is not from the program and must be raised."""
        return False

    def outcome(self) -> O:
        """Return how the execution ended."""
        raise NotImplementedError

    def clear(self) -> None:
        """Drop everything that belongs to the execution."""

    def conclude(self, outcome: O | None) -> tuple[O, str]:
        """Return the outcome to report (`outcome` is None if unknown), and why the search must stop, if it must."""
        raise NotImplementedError

    # What may be done

    def loses_patience(self) -> bool | None:
        """Say whether a program without progress runs one more callback; None: the environment may act."""
        return None

    def offers(self) -> Sequence[Action]:
        """Return the actions possible while callbacks are ready; each takes an event."""
        raise NotImplementedError

    def spent(self, *, here: bool) -> bool:
        """Say whether to go on when no event is left; `here`: the last one was taken in this gap."""
        self.engine.cut = True
        return not here or not self.engine.seen()

    def at_rest(self) -> tuple[Sequence[Action | None], int]:
        """Return the options if no callback is ready, or none makes progress; the last so many take an event."""
        raise NotImplementedError

    def rests(self) -> None:
        """Handle the end of an execution in which nothing more was done."""

    def do(self, action: Action) -> None:
        """Do an action."""
        action.do()

    def again(self, key: object) -> Action | None:
        """Return the action of this execution that has this key; None if there is none."""
        return key if isinstance(key, Action) else None

    def orders(self) -> bool:
        """Say whether any callback may run next."""
        return True

    def looks_ahead(self) -> None:
        """Look at the state at the end of a gap."""

    def remember(self) -> object:
        """Return what the world wants restored when this gap is repeated."""
        return None

    def recall(self, remembered: object) -> None:
        """Restore what was remembered."""

    # What a search asks for

    def size(self) -> tuple[int, ...]:
        """Return the size of the execution so far; what stock asyncio can do comes first, then few events."""
        engine = self.engine
        return engine.out_of_turn, engine.events - engine.events_left, engine.callbacks

    def identifies(self) -> bool | None:
        """Say whether finding out if the state is known may be worth its cost; None: not in this execution any more."""
        return True

    def unread(self) -> object:
        """Return what the state leaves out because no code has read it so far."""
        return None

    def identify(self) -> Fingerprint:
        """Return the identity of the state."""
        return self.engine.taker().take(*self.state())

    def fingerprinter(self) -> Fingerprinter:
        """Make the object that takes the fingerprints of states."""
        raise NotImplementedError

    def state(self) -> State:
        """Return the state in a gap: plain values, and the objects from which everything else is reached."""
        raise NotImplementedError

    def standing(self) -> State:
        """Return the same without the number of gaps in which nothing was done."""
        raise NotImplementedError

    def by_default(self) -> Scheduler:
        """Return the scheduler for an execution whose result is known, and which only runs to its end."""
        return ReplayScheduler(())
