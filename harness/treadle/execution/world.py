"""What an engine asks of a world.

A world is what is executed: tasks on a loop, and an environment that acts on them. The engine runs it, again and again
from the beginning, and asks it what may be done; the world does it, and says at the end what came of it. Neither knows
the other's business: the engine does not know what an action means, and the world not who chooses.

In the order in which they are asked, in one execution:

`begin` makes everything anew. Then there is a gap before each callback. In each of them:

- `must_end` may end the execution at once. It is asked where the world is `disturbed`, or as many callbacks have run as
  `engine.next_look` says: at 0, in every gap. When the world has said, by `engine.closed` or `engine.ended`, that
  nothing is chosen any more, `runs_down` says in each gap whether the next callback is to run.
- `sets_up`, while `engine.setting_up`: whether the next callback still belongs to the set-up, in which nothing is
  chosen and nothing counts.
- Callbacks are ready: `loses_patience`, asked where nothing was done for more than `patience` gaps, may say how this
  gap is to end; `offers` are the actions that may be done, each of which takes an event, and nothing may be done, too.
  Where no event is left, `spent` says whether to go on.
- None is ready: `at_rest` are the options, the first being the default, of which the last so many take an event. None
  among them stands for doing nothing; then the execution is over, and `rests` hears of it.
- `do` does an action that was chosen. In a part that is repeated it is `again` that finds it, unless actions are
  `lasting`: the same in all executions, and nothing is chosen in them.
- `orders` says whether any callback may run next, where that is open.
- `looks_ahead`, where the world is `disturbed`: it sees how things stand before the callback runs.
- `remember`, where it `remembers`, returns what the world wants to have back, by `recall`, where the next execution has
  repeated this gap.

`outcome` says how the execution ended, `clear` lets go of everything that it has left, and `conclude` may have the last
word. `size`, `state`, `identifies` and `unread` are what a search asks for (see `explorer.program`).
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
    """The engine, as a world sees it; see there."""

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
        """Who knows which code has run."""

    @property
    def searches(self) -> bool:
        """Say whether this execution is one of a search."""

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions."""

    def run(self, scheduler: Scheduler, /) -> Execution[O_co]:
        """Run the world once."""

    def taker(self) -> Fingerprinter:
        """Return what takes fingerprints."""

    def seen(self) -> bool:
        """Say whether the search knows what follows."""


class World(Generic[O]):
    """A world; see above. What is not defined here every world has to define.

    `keeps` says that something may be kept from one execution to the next: then the code that runs is noted, what is
    set in the context stays in the execution, and one whose end is known goes on to it.
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
        """Run once, from the beginning: see `explorer.Program`."""
        return self.engine.run(scheduler)

    # From the beginning to the end

    def begin(self) -> None:
        """Make everything anew, and the first callback ready."""
        raise NotImplementedError

    def must_end(self) -> bool:
        """Say whether the execution is over, whatever is left."""
        return False

    def sets_up(self) -> bool:
        """Say whether the next callback belongs to the set-up."""
        return False

    def runs_down(self) -> bool:
        """Say whether, now that nothing is chosen any more, the next callback is to run."""
        return bool(self.loop.ready)

    def takes(self, error: BaseException) -> bool:  # noqa: ARG002 - some do
        """Hear what a callback has thrown out of the loop; False if that is not the program's, and is to be raised."""
        return False

    def outcome(self) -> O:
        """Say how the execution ended."""
        raise NotImplementedError

    def clear(self) -> None:
        """Let go of everything that belongs to the execution."""

    def conclude(self, outcome: O | None) -> tuple[O, str]:
        """Return the outcome, which is None where that is not known, and why the search must stop, or nothing."""
        raise NotImplementedError

    # What may be done

    def loses_patience(self) -> bool | None:
        """Say, of a program that goes on and on, whether it goes on once more; None: the environment may act."""
        return None

    def offers(self) -> Sequence[Action]:
        """Return what may be done while callbacks are ready; each takes an event."""
        raise NotImplementedError

    def spent(self, *, here: bool) -> bool:
        """Say whether to go on where no event is left; `here`: the last was taken in this gap."""
        self.engine.cut = True
        return not here or not self.engine.seen()

    def at_rest(self) -> tuple[Sequence[Action | None], int]:
        """Return the options where no callback is ready, or none that gets anywhere; the last so many take an event."""
        raise NotImplementedError

    def rests(self) -> None:
        """Hear that nothing was done, and the execution is over."""

    def do(self, action: Action) -> None:
        """Do an action."""
        action.do()

    def again(self, key: object) -> Action | None:
        """Return what in this execution is the action with this key; None if there is no such thing."""
        return key if isinstance(key, Action) else None

    def orders(self) -> bool:
        """Say whether any callback may run next."""
        return True

    def looks_ahead(self) -> None:
        """See how things stand at the end of a gap."""

    def remember(self) -> object:
        """Return what the world wants to have back in this gap."""
        return None

    def recall(self, remembered: object) -> None:
        """Have back what was remembered."""

    # What a search asks for

    def size(self) -> tuple[int, ...]:
        """Return how large the execution is so far: what stock asyncio can do comes first, then few events."""
        engine = self.engine
        return engine.out_of_turn, engine.events - engine.events_left, engine.callbacks

    def identifies(self) -> bool:
        """Say whether it may pay to find out whether the state is known."""
        return True

    def unread(self) -> object:
        """Return what the state leaves out because nobody has read it so far."""
        return None

    def identify(self) -> Fingerprint:
        """Return the identity of the state."""
        return self.engine.taker().take(*self.state())

    def fingerprinter(self) -> Fingerprinter:
        """Make what takes the fingerprints of states."""
        raise NotImplementedError

    def state(self) -> State:
        """Return what belongs to the state in a gap: plain values, and the objects from which all else is reached."""
        raise NotImplementedError

    def standing(self) -> State:
        """Return the same without what tells for how long nothing was done."""
        raise NotImplementedError

    def by_default(self) -> Scheduler:
        """Return who chooses where what follows is known, and goes on only to come to an end."""
        return ReplayScheduler(())
