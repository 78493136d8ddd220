"""Run the gaps: the world offers actions, and a scheduler chooses among them.

At quiescence, when no callback is ready, either something is done or the execution is over. A program that keeps
running without progress never gets there; the world says when that is so, and how it goes on then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from treadle.execution.acting import Acting
from treadle.fingerprint import OpaqueError
from treadle.schedule import Kind
from treadle.telling import error_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.execution.action import Action
    from treadle.fingerprint import Fingerprint, Fingerprinter

O = TypeVar("O")  # noqa: E741 - an outcome

_EVENT, _COMPLETION = Kind.EVENT, Kind.COMPLETION  # looking up a member of an enum is slow (3.11)


class Gaps(Acting[O]):
    """Goes from gap to gap. For the counts see `Engine`."""

    __slots__ = ()

    def gap(self) -> int:  # noqa: C901, PLR0912 - one line for each step, and no avoidable calls
        """Let actions be done; return how many callbacks are to run before the next look, or 0 to end the execution."""
        world = self.world
        loop = self.loop
        if loop.stopping or ((world.disturbed or self.callbacks >= self.next_look) and world.must_end()):
            return 0
        if self.setting_up:
            if world.sets_up():
                self._before += 1  # progress, for a watchdog: a set-up that never ends is not a step that spins
                return 1
            self.setting_up = False
        if self.gaps < self.repeated:
            return self.repeat()
        self.idle += 1
        if self.closed or (self.ended is not None and self.ended()):
            self.closed = True
            if not world.runs_down():
                return 0
            self.callbacks += 1
            if self._any_order:
                self._take_any()
            return not self.pruned
        search, ready = self._search, loop.ready
        began = search is None or search.position
        self.gaps += 1
        going_on = self._busy() if ready else self.rest()
        while going_on and not ready:  # what was ready has been cancelled in the gap
            going_on = self.rest()
        if not self.idle:  # an action may have removed the last callback of this turn, or a timer was due
            loop.end_turn()
        if going_on:
            self.callbacks += 1
            if self._any_order:
                self._take_any()
            going_on = not self.pruned
        if world.disturbed:
            world.looks_ahead()
        if going_on and search is not None:
            quiet = not self._deeds and began == self._position and self.next_look > 0
            self._position = position = search.position
            self._gaps.append((position, self._deeds, quiet, world.remember() if self._remembers else None))
            self._deeds = []
        return going_on

    def _switch(self) -> int:
        """Do the same with the recording of executed code switched off in the gap."""
        account = self.account
        account.off()
        going_on = self.gap()
        if going_on and (self.callbacks >= self.repeated or not account.dear):
            account.on()
        return going_on

    def _busy(self) -> bool:
        """Offer actions while callbacks are ready, unless nothing has come of it for a long time."""
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
        while self.events_left:  # several actions may be done in one gap
            options = world.offers()
            if not options or self.seen():
                return not self.pruned
            choice = scheduler.choose(_EVENT, len(options) + 1, len(options))
            if not choice:
                return True
            self.do(options[choice - 1], 1)
            if not self.loop.ready:  # what was ready has been cancelled: what can follow is offered once, at rest
                break
        return not self.loop.ready or world.spent(here=True)

    def rest(self) -> bool:
        """Handle quiescence: something is done, or the execution is over. Return whether it goes on."""
        world = self.world
        while True:
            options, priced = world.at_rest()
            if not self.take(options, priced):
                if not self.pruned:
                    world.rests()
                return False
            if self.loop.ready:
                return self._busy()  # the first action does not end the gap: more may be done before the callback

    # Choices

    def take(self, options: Sequence[Action | None], priced: int = 0) -> bool:
        """Do one of these, the first by default; False if none was done, or the search knows what follows."""
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

    def _take_any(self) -> None:
        """Let any callback run next, not only the first in the queue."""
        waiting = len(self.loop.ready)
        choice = self.scheduler.choose(Kind.READY_ORDER, waiting) if waiting > 1 and self.world.orders() else 0
        if choice:
            self.note(choice, 0)
            self.take_out_of_turn(choice)

    # States

    def seen(self) -> bool:
        """Say whether the search already knows what follows; then the execution is over."""
        if self.blind:
            return False
        scheduler, world = self.scheduler, self.world
        worth = scheduler.knows_states and world.identifies()
        if not worth:
            self.blind = worth is None
            return False
        self.pruned = scheduler.seen(world.size, self._identify, self.events_left, world.unread())
        return self.pruned

    def taker(self) -> Fingerprinter:
        """Return the object that takes fingerprints, with all code that has run known to it."""
        if self.fingerprinter is None:
            self.fingerprinter = self.world.fingerprinter()
        self.fingerprinter.learn()
        return self.fingerprinter

    def _identify(self) -> Fingerprint:
        """Return the identity of the state; the state is opaque if objects of the program raise when they are read."""
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
