"""Do the actions of an execution, count and remember them, and repeat those of the execution before.

In a search, most of an execution is the same as the one before. What was done in these gaps is remembered, and is done
again without asking the world.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from treadle.execution.repetition import Repetition
from treadle.explorer import ReplayScheduler
from treadle.fingerprint import account
from treadle.loop import begin_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.execution.action import Action
    from treadle.execution.repetition import Done
    from treadle.execution.world import World
    from treadle.explorer import Repeated, Scheduler
    from treadle.fingerprint import Fingerprinter

O = TypeVar("O")  # noqa: E741 - an outcome

_MOST = 256  # callbacks between two looks; the clock is checked at a look, too


class Acting(Generic[O]):
    """Does actions on a world, and repeats those of the execution before. For the counts see `Engine`."""

    __slots__ = (
        *("_any_order", "_before", "_deeds", "_gaps", "_lasting", "_noting", "_position", "_remembers"),
        *("_repetition", "_search", "account", "actions", "blind", "callbacks", "closed", "cut", "ended", "events"),
        *("events_left", "fingerprinter", "gaps", "identifying", "idle", "loop", "next_look", "out_of_turn", "pruned"),
        *("repeated", "scheduler", "setting_up", "spinning", "world"),
    )

    may_repeat = True
    """Whether it may repeat what it did in the execution before, without asking or telling the world."""

    def __init__(self, world: World[O], *, events: int, any_order: bool = False) -> None:
        """Prepare to run a world with this many events, and with or without a free order of the ready queue."""
        self.world = world
        self.loop = world.loop
        self.events = self.events_left = events
        self.scheduler: Scheduler = ReplayScheduler(())
        self.account = account()
        self.fingerprinter: Fingerprinter | None = None
        self.closed = True
        self.blind = self.cut = self.pruned = self.setting_up = self.spinning = self.identifying = False
        self.callbacks = self.gaps = self.actions = self.out_of_turn = self.idle = 0
        self._any_order = any_order
        self._noting = False  # whether it records which code runs
        self._before = 0
        self._repetition = Repetition()
        self._gaps = self._repetition.gaps
        self._search: Repeated | None = None
        self.repeated = 0
        self._position = 0  # choices made up to the end of the last gap
        self.ended: Callable[[], bool] | None = None
        self.next_look = sys.maxsize
        self._remembers, self._lasting = world.remembers, world.lasting
        self._deeds: list[Done] = []

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions, which a watchdog reads."""
        return self._before + self.callbacks - self.loop.left

    @property
    def nothing_kept(self) -> bool:
        """Say whether the search has ended this execution, and its states show that nothing can have been kept."""
        return self.pruned and self.fingerprinter is not None and not self.fingerprinter.keeps

    @property
    def searches(self) -> bool:
        """Say whether this execution belongs to a search, and is not a replay."""
        return self._search is not None

    def begin(self, scheduler: Scheduler) -> None:
        """Begin an execution, with all counts reset."""
        self.repeated = self._repetition.begin(scheduler.repeats() if self.may_repeat else None)
        self._search = self._repetition.search
        self._position = self._gaps[-1][0] if self._gaps else 0
        self.ended = None
        self.next_look = sys.maxsize
        self._deeds = []
        if self.world.keeps:
            self.account = account()
            self._noting = not self.account.why_not
            begin_alike()
        self.scheduler = scheduler
        self._before += self.callbacks + 1  # an execution without callbacks is progress too
        self.callbacks = self.gaps = self.actions = self.out_of_turn = self.idle = 0
        self.events_left = self.events
        self.blind = self.closed = self.cut = self.pruned = self.setting_up = False

    # What is done

    def do(self, action: Action, price: int) -> None:
        """Do an action and remember it."""
        self.note(action, price)
        self.act(action, price)

    def act(self, action: Action, price: int) -> None:
        """Do an action that takes `price` events."""
        self.events_left -= price
        if action.progress:
            self.actions += 1
            self.idle = 0
        if not self._noting:
            self.world.do(action)
            return
        self.account.on()  # the action may call a function of the program
        try:
            self.world.do(action)
        finally:
            self.account.off()

    def take_out_of_turn(self, place: int) -> None:
        """Move a callback to the front of the ready queue."""
        self.out_of_turn += 1
        self.loop.bring_forward(place)

    # What is repeated

    def note(self, done: Action | int, price: int = 0) -> None:
        """Remember what was done in this gap: an action, or the place in the queue of the callback that was taken."""
        search = self._search
        if search is not None:
            key = done if isinstance(done, int) else done.key
            self._deeds.append((key, price, search.position))

    def repeat(self) -> int:
        """Repeat what was done in this gap; return how many callbacks are to run before there is more to do.

        0 if that is impossible: then the program is not deterministic.
        """
        search: Any = self._search
        gaps, first = self._gaps, self.gaps
        position, deeds, _, remembered = gaps[first]
        self.gaps = gap = first + 1
        self.callbacks += 1
        self.idle += 1
        if deeds and not self._do_again(deeds):
            return 0  # the search then reports that the execution ended too soon
        last = self.repeated - 1  # the last repeated gap is always looked at
        if gap < last and gaps[gap][2]:
            last = min(last, first + _MOST)
            while gap < last and gaps[gap][2]:
                gap += 1
            position = gaps[gap - 1][0]
            self.callbacks += gap - self.gaps
            self.idle += gap - self.gaps
            self.gaps = gap
        elif gap == self.repeated:
            self.world.recall(remembered)
        search.skip(position)
        return gap - first if self.loop.ready else 0

    def _do_again(self, deeds: Sequence[Done]) -> bool:
        search: Any = self._search
        for key, price, before in deeds:
            if key.__class__ is int:
                self.loop.end_turn()
                if key >= len(self.loop.ready):
                    return False
                self.take_out_of_turn(key)
                continue
            if self._lasting:
                action: Any = key
            else:
                search.skip(before)
                action = self.world.again(key)
                if action is None:
                    return False
            try:
                self.act(action, price)
            except Exception:  # noqa: BLE001 - the object on which the action works does not exist now
                return False
        self.loop.end_turn()
        return True
