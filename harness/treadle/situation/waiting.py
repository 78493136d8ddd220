"""How long others may act while a subject goes on by itself, and when it counts as at rest.

See `patience` for the numbers, and `polling` for how a polling call is recognized.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from treadle.execution import Engine, Standstill
from treadle.situation.causes import OTHERS
from treadle.situation.patience import OF_CANDIDATES, OF_TARGETS
from treadle.situation.polling import POLLED_GAPS, Polling
from treadle.situation.promptness import Promptness
from treadle.situation.trusted import is_candidate

if TYPE_CHECKING:
    from treadle.execution import Action
    from treadle.situation.actor import Decision, Resumed
    from treadle.situation.outcome import Outcome
    from treadle.situation.subject import Staging, StagingByName


class Waiting(Promptness):
    """Waits for a subject. A target that is not a candidate may keep something, so its states are noted."""

    __slots__ = ("_polling", "standstill")

    engine_class: type[Engine[Outcome]] = Engine

    def __init__(self, *arguments: *Staging, **options: Unpack[StagingByName]) -> None:
        """Prepare; see `Stage`."""
        super().__init__(*arguments, **options)
        self.keeps = not is_candidate(self.subject.function)
        self.others = OTHERS if self.keeps else None
        self.patience = POLLED_GAPS - self.keeps  # states are noted from the first gap on, if at all
        self.waits = OF_TARGETS if self.keeps else OF_CANDIDATES
        self.standstill = Standstill(self) if self.keeps else None
        bounds = self.bounds
        self.engine = self.engine_class(self, events=bounds.events, any_order=bounds.any_order)
        self._polling = Polling(self.engine, every_look=self.keeps)

    def begin(self) -> None:
        """Begin an execution."""
        super().begin()
        self._polling.begin()
        if self.standstill is not None:
            self.standstill.calm = False

    def do(self, action: Action) -> None:
        """Do an action; ignore the endless recursion of cancelling a task that waits for itself, as on a stock loop."""
        standstill = self.standstill
        if standstill is not None and action.progress:
            self.settled = standstill.calm = False
            if action is not self._time_passes and self.timers_left < self.waits.timers:
                self.timers_left = self.waits.timers
        try:  # noqa: SIM105 - `suppress` is slow
            action.do()
        except RecursionError:
            pass

    def loses_patience(self) -> bool | None:
        """Do not interrupt a call that polls any more; after a while, treat it as at rest."""
        idle, waits, standstill = self.engine.idle, self.waits, self.standstill
        if standstill is None:
            tired, limit = idle > waits.idle or self._polling.is_seen(), waits.limit
        else:
            if idle == POLLED_GAPS:
                if self._polling.yields() is not None:
                    standstill.note()
                return None
            if idle <= waits.seen or not self.settled:
                self.settled = self._polling.is_seen()
            polls = self.settled
            tired, limit = polls or idle > waits.idle, waits.polled if polls else waits.limit
            if not tired and (self._polling.place is not None or idle > waits.noted):
                standstill.note()
            elif tired and self.engine.events_left and self.offers():
                standstill.give_up()
        if tired:
            return idle <= limit or self._rest_though_busy()
        return None

    def _rest_though_busy(self) -> bool:
        self.polls = True
        try:
            return self.engine.rest()
        finally:
            self.polls = False

    def spent(self, *, here: bool) -> bool:  # noqa: ARG002 - makes no difference here
        """Go on if the search does not know what follows."""
        self.engine.cut = True
        return not self.engine.seen()

    def orders(self) -> bool:
        """Say whether any callback may run next."""
        if self.engine.closed:
            return False
        tired = self.engine.idle > self.waits.ordered
        if tired and self.standstill is not None:
            self.standstill.give_up()
        return not tired

    def on_decision(self, resumed: Resumed, act: Decision) -> None:  # noqa: ARG002 - see `RecordedSituation`
        """React to a decision of the dependency."""
        standstill = self.standstill
        if standstill is not None:
            self.settled = standstill.calm = False
            self.timers_left = max(self.timers_left, self.waits.timers)
