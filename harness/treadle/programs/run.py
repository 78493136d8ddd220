"""One execution of a program: callbacks run, the environment acts in the gaps, and it is said how it ended.

At each gap the environment may do what the program has declared; each act takes an event of the bound. When no callback
is left, it completes a declared future or lets time pass, free of charge; if there is nothing of the kind, the program
is stuck. When the program itself has ended, what can still run does, without choices, and the execution is over.

A program that polls never comes to rest. Where nothing has been done for `_PATIENCE` callbacks, the environment acts
for nothing if it can, busy as the program is, and interrupts no more; after `callbacks` the execution is endless.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.explorer import Execution, Repetition, StepTimeoutError
from treadle.fingerprint import Fingerprinter, Scope
from treadle.loop import abandon
from treadle.programs.env import Act, Declarations, Env
from treadle.programs.judge import judge_end, names_of
from treadle.programs.loop import ProgramLoop
from treadle.schedule import Kind, TaskKind

if TYPE_CHECKING:
    import asyncio

    from treadle.explorer import Scheduler
    from treadle.fingerprint import Fingerprint
    from treadle.programs.problems import Outcome
    from treadle.programs.source import Source

_EVENT, _COMPLETION = Kind.EVENT, Kind.COMPLETION

CALLBACKS = 5_000
"""After so many callbacks since the environment acted an execution is endless, unless told otherwise."""

# Callbacks, and timers, after which a program that nobody has disturbed since is not interrupted any more.
_PATIENCE = 100
_TIMERS = 20
# Timers after which it is endless, and callbacks that may run when it has ended.
_TIMERS_LIMIT = 1_000
_RUN_DOWN = 1_000

Size = tuple[int, int, int]

_TIME_PASSES = "a timer fires"

# What is done in a gap, to be found again in the next execution: the callback at an index of the queue runs next, time
# passes, or what was declared as number so much is done.
_QUEUE, _TIME, _PAID, _FREE = "queue", "time", "paid", "free"
Deed = tuple[str, int, int, int]
"""Where it is, its index there, how many events it takes, and the number of choices so far: it may choose, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far an execution goes: `events` of the environment, `callbacks` after the last of them.

    `any_order` also opens the order of the ready queue, which asyncio promises to be first in, first out.
    """

    events: int
    callbacks: int = CALLBACKS
    any_order: bool = False


class Run:
    """A program within bounds: what is explored. Runs any number of times."""

    def __init__(self, source: Source, bounds: Bounds, task: TaskKind = TaskKind.C) -> None:
        """Prepare."""
        self.source = source
        self.bounds = bounds
        self.loop = ProgramLoop(task)
        self.callbacks = self.callbacks_before = 0
        self.spinning = False  # a step did not end; set by a watchdog
        self.judged = True  # no execution is under way
        self.main: asyncio.Task[Any] | None = None
        self.env = Env(self.loop)
        self.declared = Declarations()
        self._fingerprinter: Fingerprinter | None = None
        self._time_passes = Act(_TIME_PASSES, self.loop.fire_timer, None)
        self._repetition = Repetition()

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions: what a watchdog looks at."""
        return self.callbacks_before + self.callbacks

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run once and say how it ended; see `explorer.Program`. Raises `MisuseError` where `env` was misused."""
        self._reset(scheduler)
        exits: SystemExit | None = None
        outcome: Outcome = ()
        try:
            try:
                self.main = self.loop.create_task(self.source.call(self.env), name="program")
                self.loop.run(self.gap)
            except SystemExit as error:
                exits = error
            except StepTimeoutError:
                pass
            if not self.pruned:
                outcome = judge_end(self, exits)
        finally:
            self._clear()
        if self.declared.misuse is not None:
            raise self.declared.misuse
        fatal = "" if self.loop.unsupported is None else str(self.loop.unsupported)
        if self.spinning:
            fatal = "a step of the program did not end"
        return Execution(outcome, self._size(), self.cut, fatal)

    def _reset(self, scheduler: Scheduler) -> None:
        self._repeated = self._repetition.begin(scheduler)
        self._deeds: list[Deed] = []
        self.loop.reset()
        self.loop.set_exception_handler(self._hear)
        self.scheduler = scheduler
        self.declared = self.env.open(scheduler)
        self.callbacks_before += self.callbacks + 1  # an execution without callbacks is progress too
        self.callbacks = 0
        self.events_left = self.bounds.events
        self.out_of_turn = 0
        self.idle = 0  # callbacks since the environment did something
        self.timers = 0  # that fired since it did something else
        self.cut = self.pruned = self.endless = False
        self.broken = ""  # the invariant that does not hold
        self.reports: list[str] = []
        self._run_down_left = _RUN_DOWN
        self._ordering = False
        self.main = None
        self.judged = False  # last: what goes with the objects of the execution before is no report of this one

    def _clear(self) -> None:
        """Close what was left behind, so that nothing of this execution lives on."""
        self.judged = True
        self.env.close()
        self.loop.forget()
        tasks = self.loop.tasks
        for task in tasks:
            task._log_traceback = False
        abandon(tasks, self.loop)
        for future, _ in self.declared.names:
            future._log_traceback = False
        self.loop.forget()
        tasks.clear()
        self.loop.functions.clear()

    def _hear(self, _loop: object, context: dict[str, Any]) -> None:
        """Keep what is reported while the execution is under way."""
        if not self.judged:
            error = context.get("exception")
            what = "" if error is None else f": {type(error).__name__}: {error}"
            self.reports.append(f"{context['message']}{what}")

    def _size(self) -> Size:
        """Return callbacks that ran out of turn, events, and callbacks: what stock asyncio can do comes first."""
        return self.out_of_turn, self.bounds.events - self.events_left, self.callbacks

    # Gaps

    def gap(self) -> bool:
        """Let the environment act; say whether to run the next callback."""
        loop = self.loop
        if loop.unsupported is not None or self.declared.misuse is not None or self.spinning:
            return False
        if self.declared.invariants and self._breaks_invariant():
            return False
        if self.callbacks < self._repeated:
            return self._repeat()
        ended = self.main.done()  # type: ignore[union-attr]  # it was made before the loop ran
        if ended:
            self._run_down_left -= 1
            going_on = bool(loop.ready) and self._run_down_left >= 0
        elif loop.ready:
            going_on = self._busy()
        else:
            going_on = self._rest()
        if going_on:
            self.callbacks += 1
            self.idle += 1
            if self.bounds.any_order and len(loop.ready) > 1 and self.idle <= _PATIENCE:
                going_on = self._take_any()
            search = self._repetition.search
            if search is not None and not ended:
                self._repetition.gaps.append((search.position, self._deeds))
                self._deeds = []
        return going_on

    def _repeat(self) -> bool:
        """Do again what was done in this gap. A program for which that is impossible is not deterministic."""
        position, deeds = self._repetition.gaps[self.callbacks]
        self.callbacks += 1
        search: Any = self._repetition.search
        for place, index, price, search.position in deeds:
            if place is _QUEUE:
                if index >= len(self.loop.ready):
                    return False
                self._take(index)
                continue
            act = self._done_before(place, index)
            if act is None:
                return False
            self._act(act, price=price)
        self.idle += 1
        search.position = position
        return bool(self.loop.ready)

    def _done_before(self, place: str, index: int) -> Act | None:
        """Return what was done in the execution before, if it can be done in this one."""
        if place is _TIME:
            return self._time_passes
        acts = self.declared.paid if place is _PAID else self.declared.free
        return acts[index] if index < len(acts) and acts[index].open else None

    def _breaks_invariant(self) -> bool:
        for each in self.declared.invariants:
            try:
                holds = each.predicate()
            except Exception as error:  # noqa: BLE001 - the program's own
                self.broken = f"{each.sentence} (looking at it raised {type(error).__name__}: {error})"
                return True
            if not holds:
                self.broken = each.sentence
                return True
        return False

    def _busy(self) -> bool:
        """Let the environment act while callbacks are left, unless it has waited for too long; say whether to go on."""
        if self.idle >= _PATIENCE or self.timers >= _TIMERS:
            return self._lose_patience()
        if not self.events_left:
            self.cut = self.cut or bool(self._options_in_gap())
            return True
        return self.scheduler.passes(self.callbacks + 1) or self._interrupt()

    def _interrupt(self) -> bool:
        """Offer the environment its options, again and again, until it has had enough."""
        while self.events_left:
            options = self._options_in_gap()
            if not options:
                return True
            if self._seen():
                return False
            choice = self.scheduler.choose(_EVENT, len(options) + 1, len(options))
            if not choice:
                return True
            self._do(options[choice - 1], price=1)
        return not self._seen()

    def _lose_patience(self) -> bool:
        """Interrupt no more; act for nothing now and then, where that is possible."""
        self.cut = True
        if self.idle >= self.bounds.callbacks:
            return self._act_for_nothing() or self._is_endless()
        if self.idle and self.idle % _PATIENCE == 0:
            self._act_for_nothing()
        return not self.pruned

    def _options_in_gap(self) -> list[Act]:
        declared = self.declared
        options = [act for act in declared.paid if act.open]
        options += [act for act in declared.free if act.open]
        if self.loop.next_timer() is not None:
            options.append(self._time_passes)
        return options

    def _options_for_nothing(self) -> list[Act]:
        options = [act for act in self.declared.free if act.open]
        if self.loop.next_timer() is not None and self.timers < _TIMERS_LIMIT:
            options.append(self._time_passes)
        return options

    def _act_for_nothing(self) -> bool:
        """Do what costs nothing, if there is something of the kind."""
        free = self._options_for_nothing()
        if not free or (len(free) > 1 and self._seen()):
            return False
        self._do(free[self.scheduler.choose(_COMPLETION, len(free)) if len(free) > 1 else 0], price=0)
        return True

    def _rest(self) -> bool:
        """Be at quiescence: something completes, or time passes, or the program is stuck. Say whether it goes on."""
        while not self.loop.ready:
            free = self._options_for_nothing()
            paid = [act for act in self.declared.paid if act.open]
            if self.timers >= _TIMERS or not self.events_left:
                self.cut = self.cut or bool(paid)
                paid = []
            options: list[Act | None] = [*free, *paid] if free else [None, *paid]
            if len(options) > 1 and self._seen():
                return False
            choice = self.scheduler.choose(_COMPLETION, len(options), len(paid)) if len(options) > 1 else 0
            act = options[choice]
            if act is None:
                return self.loop.next_timer() is not None and self._is_endless()
            self._do(act, price=int(choice >= len(free)))
        return self._busy()  # more may happen before the callback that is ready now

    def _is_endless(self) -> bool:
        self.endless = True
        return False

    def _take_any(self) -> bool:
        """Let any callback run next, not only the one that has waited longest."""
        self._ordering = True  # in this gap a state has been seen already
        known = self._seen()
        self._ordering = False
        if known:
            return False
        choice = self.scheduler.choose(Kind.READY_ORDER, len(self.loop.ready))
        if choice:
            self._remember(_QUEUE, choice, 0)
            self._take(choice)
        return True

    def _take(self, place: int) -> None:
        """Put a callback in front of all others."""
        self.out_of_turn += 1
        self.loop.bring_forward(place)

    def _do(self, act: Act, *, price: int) -> None:
        """Act, and remember that."""
        declared = self.declared
        if act is self._time_passes:
            self._remember(_TIME, 0, price)
        elif act in declared.paid:
            self._remember(_PAID, declared.paid.index(act), price)
        else:
            self._remember(_FREE, declared.free.index(act), price)
        self._act(act, price=price)

    def _remember(self, place: str, index: int, price: int) -> None:
        if self._repetition.search is not None:
            self._deeds.append((place, index, price, self._repetition.search.position))

    def _act(self, act: Act, *, price: int) -> None:
        """Let the environment do something, which takes so many events."""
        self.events_left -= price
        self.idle = 0
        if act is self._time_passes:
            self.timers += 1
        else:
            self.timers = 0
            act.left -= 1
        try:
            act.do()
        except (SystemExit, KeyboardInterrupt, StepTimeoutError):
            raise
        except BaseException as error:  # noqa: BLE001 - of a function of the program's own
            self._hear(None, {"message": f"Exception in {act.text!r}", "exception": error})

    # The state

    def _seen(self) -> bool:
        """Say whether the search knows already what follows; then the execution is over."""
        self.pruned = self.scheduler.seen(self._size, self._fingerprint, self.events_left)
        return self.pruned

    def _fingerprint(self) -> Fingerprint:
        """Return the identity of the state, in a gap."""
        if self._fingerprinter is None:
            self._fingerprinter = Fingerprinter(self.loop, Scope(self.source.function), self, self.env)
        declared, objects = self.declared.state()
        alive = [task for task in self.loop.tasks if not task.done() or task._log_traceback]
        ended = self._run_down_left if self.main.done() else None  # type: ignore[union-attr]
        # What is found out names tasks, and numbers those that are named alike, also of tasks that have ended.
        names = tuple(names_of(self).values())
        plain = (self.idle, self.timers, self._ordering, ended, names, *self.reports, declared, len(alive))
        return self._fingerprinter.take(plain, (self.main, *alive, *objects))
