"""The one way to run an execution: callbacks run, in the gaps between them something may be done, until it is over.

What may be done, and what it means, is the business of a world (see `world`); who chooses, that of a scheduler (see
`explorer.program`). The engine counts, keeps the order of things, and remembers: in a search most of an execution is
what the one before did, too, and what was done there is done again without asking.

At quiescence, when no callback is ready, something must be done, or the execution is over. A program that goes on
without getting anywhere would never come to that; when that is so, and what then, the world says.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from treadle.execution.repetition import Repetition
from treadle.explorer import Execution, ReplayScheduler, StepTimeoutError
from treadle.fingerprint import OpaqueError, account
from treadle.loop import begin_alike
from treadle.schedule import Kind
from treadle.telling import error_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.execution.action import Action
    from treadle.execution.repetition import Done
    from treadle.execution.world import World
    from treadle.explorer import Repeated, Scheduler
    from treadle.fingerprint import Fingerprint, Fingerprinter

O = TypeVar("O")  # noqa: E741 - an outcome

_EVENT, _COMPLETION = Kind.EVENT, Kind.COMPLETION  # to look up a member of an enum is slow (3.11)


class Engine(Generic[O]):
    """Runs one world any number of times; it is itself the program that is explored.

    Of the execution under way: `gaps` so far in which something might have been chosen; `callbacks` that have run;
    `events_left` of so many `events`; `actions` that were done; callbacks that ran `out_of_turn`; how many gaps it was
    `idle`, since something was done. `cut`: a bound was used up. `closed`: nothing is chosen any more. `pruned`: the
    search knows what follows. `spinning`, set by a watchdog: a step did not end. `identifying`: no step is under way,
    but a state is looked at.
    """

    __slots__ = (
        *("_any_order", "_before", "_deeds", "_gaps", "_noting", "_repetition", "_search", "account", "actions"),
        *("callbacks", "closed", "cut", "events", "events_left", "fingerprinter", "gaps", "identifying"),
        *("idle", "loop", "out_of_turn", "pruned", "repeated", "scheduler", "setting_up", "spinning", "world"),
    )

    may_repeat = True
    """Whether it may do again what it did in the execution before, without asking and without telling."""

    def __init__(self, world: World[O], *, events: int, any_order: bool = False) -> None:
        """Prepare to run a world with so many events, and with the order of the ready queue open or not."""
        self.world = world
        self.loop = world.loop
        self.events = self.events_left = events
        self.scheduler: Scheduler = ReplayScheduler(())
        self.account = account()
        self.fingerprinter: Fingerprinter | None = None
        self.closed = True
        self.cut = self.pruned = self.setting_up = self.spinning = self.identifying = False
        self.callbacks = self.gaps = self.actions = self.out_of_turn = self.idle = 0
        self._any_order = any_order
        self._noting = False  # which code runs
        self._before = 0
        self._repetition = Repetition()
        self._gaps = self._repetition.gaps
        self._search: Repeated | None = None
        self.repeated = 0
        self._deeds: list[Done] = []

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions: what a watchdog looks at."""
        return self._before + self.callbacks

    def run(self, scheduler: Scheduler) -> Execution[O]:
        """Run once and say how it ended; see `explorer.Program`."""
        return copy_context().run(self._run, scheduler) if self.world.keeps else self._run(scheduler)

    def _run(self, scheduler: Scheduler) -> Execution[O]:
        self._reset(scheduler)
        world = self.world
        outcome: O | None = None
        try:
            self._run_to_the_end()
            self.account.off()
            if not self.pruned:
                outcome = world.outcome()
        finally:
            self.account.off()
            self.closed = True
            world.clear()
        concluded, fatal = world.conclude(outcome)
        return Execution(concluded, world.size(), self.cut, fatal)

    def _reset(self, scheduler: Scheduler) -> None:
        self.repeated = self._repetition.begin(scheduler.repeats() if self.may_repeat else None)
        self._search = self._repetition.search
        self._deeds = []
        self.account = account()
        self._noting = self.world.keeps and not self.account.why_not
        self.scheduler = scheduler
        self._before += self.callbacks + 1  # an execution without callbacks is progress too
        self.callbacks = self.gaps = self.actions = self.out_of_turn = self.idle = 0
        self.events_left = self.events
        self.closed = self.cut = self.pruned = self.setting_up = False
        begin_alike()

    def _run_to_the_end(self) -> None:
        world = self.world
        step = self._switch if self._noting else self.gap
        try:
            world.begin()
            self.loop.run(step)
            if self.pruned and self.fingerprinter is not None and self.fingerprinter.keeps:
                self._finish()
        except StepTimeoutError:
            pass
        except BaseException as error:
            if not world.takes(error):
                raise

    def _finish(self) -> None:
        """Go on to the end, where what follows is known: a program that counts up has to count down again.

        What it keeps would else be, in the next execution, what it is at no end.
        """
        cut, search = self.cut, self._search
        self._search = None
        self.scheduler = self.world.by_default()
        self.events_left = 0
        self.pruned = False
        try:
            self.loop.run(self._switch if self._noting else self.gap)
        finally:
            self._search = search
            self.cut = cut
            self.pruned = True

    # Gaps

    def gap(self) -> bool:  # noqa: C901 - a step a line
        """Let something be done; say whether to run the next callback."""
        world = self.world
        if self.loop.stopping or ((world.watchful or world.disturbed) and world.must_end()):
            return False
        if self.setting_up:
            if world.sets_up():
                self._before += 1  # progress, for a watchdog: a set-up that goes on and on is no step that spins
                return True
            self.setting_up = False
        if self.gaps < self.repeated:
            return self.repeat()
        ready = self.loop.ready
        closed = self.closed
        self.idle += 1
        if closed:
            going_on = world.runs_down()
        else:
            self.gaps += 1
            going_on = self._busy() if ready else self.rest()
            while going_on and not ready:  # what was ready has been cancelled in the gap
                going_on = self.rest()
        if going_on:
            self.callbacks += 1
            if self._any_order and len(ready) > 1 and world.orders():
                self._take_any()
            going_on = not self.pruned
        if world.disturbed and not closed:
            world.looks_ahead()
        search = self._search
        if going_on and search is not None and not closed:
            self._gaps.append((search.position, self._deeds, world.remember()))
            self._deeds = []
        return going_on

    def _switch(self) -> bool:
        """Do the same, with the account of the code that runs switched off in the gap."""
        account = self.account
        account.off()
        going_on = self.gap()
        if going_on and (self.callbacks > self.repeated or not account.dear):
            account.on()
        return going_on

    def _busy(self) -> bool:
        """Let something be done while callbacks are ready, unless nothing came of it for long."""
        world = self.world
        if self.idle > world.patience:
            going_on = world.loses_patience()
            if going_on is not None:
                self.cut = True
                return going_on
        if not self.events_left:
            return world.spent(here=False)
        scheduler = self.scheduler
        if scheduler.passes(self.gaps):
            return True
        while self.events_left:  # again and again, until it is enough
            options = world.offers()
            if not options or self.seen():
                return not self.pruned
            choice = scheduler.choose(_EVENT, len(options) + 1, len(options))
            if not choice:
                return True
            self.do(options[choice - 1], 1)
        return world.spent(here=True)

    def rest(self) -> bool:
        """Be at quiescence: something is done, or the execution is over. Say whether it goes on."""
        world = self.world
        while True:
            options, priced = world.at_rest()
            if not self.take(options, priced):
                if not self.pruned:
                    world.rests()
                return False
            if self.loop.ready:
                return self._busy()  # whoever acts first does not end the gap: more may be done before the callback

    # Choices

    def take(self, options: Sequence[Action | None], priced: int = 0) -> bool:
        """Do one of these, the first by default; False where that is nothing, or the search knows what follows."""
        choice, several = 0, len(options)
        if several > 1:
            if self.seen():
                return False
            choice = self.scheduler.choose(_COMPLETION, several, priced)
        action = options[choice]
        if action is None:
            return False
        self.do(action, int(choice >= several - priced))
        return True

    def seen(self) -> bool:
        """Say whether the search knows already what follows; then the execution is over."""
        scheduler, world = self.scheduler, self.world
        if not scheduler.knows_states or not world.identifies():
            return False
        self.pruned = scheduler.seen(world.size, self._identify, self.events_left, world.unread())
        return self.pruned

    def taker(self) -> Fingerprinter:
        """Return what takes fingerprints, and knows of all code that has run."""
        if self.fingerprinter is None:
            self.fingerprinter = self.world.fingerprinter()
        self.fingerprinter.learn()
        return self.fingerprinter

    def _identify(self) -> Fingerprint:
        """Return the identity of the state; one that objects of the program's own do not let us read is opaque."""
        self.identifying = True
        try:
            return self.world.identify()
        except OpaqueError:
            raise
        except Exception as error:
            message = f"an object that raised {error_told(error)} when it was looked at"
            raise OpaqueError(message) from error
        finally:
            self.identifying = False

    def _take_any(self) -> None:
        """Let any callback run next, not only the one that has waited longest."""
        choice = self.scheduler.choose(Kind.READY_ORDER, len(self.loop.ready))
        if choice:
            self.note(choice, 0)
            self.take_out_of_turn(choice)

    def take_out_of_turn(self, place: int) -> None:
        """Put a callback in front of all others."""
        self.out_of_turn += 1
        self.loop.bring_forward(place)

    def do(self, action: Action, price: int) -> None:
        """Do an action, and remember that."""
        self.note(action, price)
        self.act(action, price)

    def act(self, action: Action, price: int) -> None:
        """Do an action, which takes so many events."""
        self.events_left -= price
        if action.progress:
            self.actions += 1
            self.idle = 0
        if not self._noting:
            self.world.do(action)
            return
        self.account.on()  # it may be a function of the program's
        try:
            self.world.do(action)
        finally:
            self.account.off()

    # What is repeated

    def note(self, done: Action | int, price: int = 0) -> None:
        """Remember what was done in this gap: an action, or that the callback at a place in the queue was taken."""
        search = self._search
        if search is not None:
            key = done if isinstance(done, int) else done.key
            self._deeds.append((key, price, search.position))

    def repeat(self) -> bool:
        """Do again what was done in this gap. A program for which that is impossible is not deterministic."""
        search: Any = self._search
        gap = self.gaps
        position, deeds, remembered = self._gaps[gap]
        self.gaps = gap = gap + 1
        self.callbacks += 1
        self.idle += 1
        if deeds and not self._do_again(deeds):
            return False  # the search says that the execution has ended too soon
        search.skip(position)
        if gap == self.repeated:
            self.world.recall(remembered)
        return bool(self.loop.ready)

    def _do_again(self, deeds: Sequence[Done]) -> bool:
        world = self.world
        search: Any = self._search
        for key, price, before in deeds:
            if key.__class__ is int:
                if key >= len(self.loop.ready):
                    return False
                self.take_out_of_turn(key)
                continue
            if world.lasting:
                action: Any = key
            else:
                search.skip(before)
                action = world.again(key)
                if action is None:
                    return False
            try:
                self.act(action, price)
            except Exception:  # noqa: BLE001 - there is nothing, now, on which it could act
                return False
        return True
