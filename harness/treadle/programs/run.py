"""One execution of a program: callbacks run, the environment acts in the gaps, and it is said how it ended.

At each gap the environment may do what the program has declared; each act takes an event of the bound. When no callback
is left, it completes a declared future or lets time pass, free of charge; if there is nothing of the kind, the program
is stuck. When the program itself has ended, what can still run does, without choices, and the execution is over.

A program that polls never comes to rest. Where nothing has been done for `_PATIENCE` callbacks, the environment acts
for nothing if it can, busy as the program is, and interrupts no more; after `callbacks` the execution is endless. Where
hundreds of callbacks are ready at that moment it is not polling but large, and gets as many rounds as others.

A program that asks the environment for one thing after the other need not come to an end either. So an execution is
cut off in time, and after so many callbacks in all, and with it the search, which then never says *holds*.
"""

from __future__ import annotations

import asyncio
import time
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadle.explorer import NOT_ENDED, Execution, Repetition, ReplayScheduler, StepTimeoutError
from treadle.fingerprint import Fingerprinter, OpaqueError, Scope, account
from treadle.loop import begin_alike, close_down, silence, wind_up
from treadle.programs.env import PAID, Act, Declarations, Env, misuse_in
from treadle.programs.judge import is_from, judge_end
from treadle.programs.outside import Outside
from treadle.programs.problems import NOT_COVERED
from treadle.programs.telling import describe_error, is_task, only_tasks, text_of
from treadle.programs.waits import Naming
from treadle.schedule import Kind, TaskKind

if TYPE_CHECKING:
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

# An execution is cut off after so many times the callbacks that make one endless. The clock is looked at after so many.
_TOTAL = 20
_CALLBACKS_BETWEEN_LOOKS = 256
# With more callbacks ready than this a program is large.
_MANY_READY = 100

Size = tuple[int, int, int, int]

TIME_IS_UP = "the time limit was reached"

_TIME_PASSES = "a timer fires"

_NEVER_RETRIEVED = "exception was never retrieved"  # what a task or future says when it goes

# What is done in a gap, to be found again in the next execution: the callback at an index of the queue runs next, time
# passes, or what was declared with this number is done.
_QUEUE, _TIME = "queue", "time"
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
        """Prepare. Whoever runs it may name a deadline, by `time.monotonic`, and watch what it starts `outside`."""
        self.source = source
        self.bounds = bounds
        self.deadline: float | None = None
        self.outside = Outside()
        self.loop = source.loop(task)
        self.scheduler: Scheduler = ReplayScheduler(())
        self.callbacks = self.callbacks_before = 0
        self.spinning = False  # a step did not end; set by a watchdog
        self.identifying = False  # a state is looked at: no step of the program is under way
        self.cut = False
        self.judged = True  # no execution is under way
        self.main: asyncio.Task[Any] | None = None
        self.env = Env(self.loop)
        self.declared = Declarations()
        self._fingerprinter: Fingerprinter | None = None
        self._time_passes = Act(_TIME_PASSES, self.loop.fire_timer, None, sort=_TIME)
        self._repetition = Repetition()

    @property
    def callbacks_ever(self) -> int:
        """The callbacks of all executions: what a watchdog looks at."""
        return self.callbacks_before + self.callbacks

    def run(self, scheduler: Scheduler) -> Execution[Outcome]:
        """Run once and say how it ended; see `explorer.Program`. Raises `MisuseError` where `env` was misused.

        What the environment does in a gap may set variables of the context: those of this execution.
        """
        return copy_context().run(self._run, scheduler)

    def _run(self, scheduler: Scheduler) -> Execution[Outcome]:
        self._reset(scheduler)
        outcome: Outcome = ()
        self.outside.begin(self.source.shows, self.look_soon)
        try:
            left = self._run_to_the_end()
            self._account.off()
            if not self.pruned and not self.cut_off and not self._leaves():
                outcome = judge_end(self, left)
        finally:
            self.outside.end()
            self._clear()
        self.declared.misuse = self.declared.misuse or misuse_in(each.text for each in outcome)
        if self.declared.misuse is not None:
            raise self.declared.misuse
        fatal = self.loop.explain(outcome) or self.outside.explain(outcome, self.source.shows, self.source.files)
        if fatal or self.cut_off:
            outcome = NOT_COVERED
        elif self.spinning:
            fatal = f"a step of the program {NOT_ENDED}"
        return Execution(outcome, self._size(), self.cut, fatal or self.cut_off)

    def _run_to_the_end(self) -> BaseException | None:
        """Run the loop, and return what has left it, if anything has."""
        try:
            self._account.on()  # a program may be called by a function that makes its coroutine
            called = self.source.call(self.env)
            self._account.off()
            self.main = self.loop.create_task(called, name="program")
            self.loop.run(self._switch)
            if self.pruned and self._fingerprinter is not None and self._fingerprinter.keeps:
                self._finish()
        except StepTimeoutError:
            return None
        except KeyboardInterrupt as error:
            if self.outside.interrupts.may_be_users:
                raise
            return error
        except BaseException as error:
            if not issubclass(type(error), SystemExit) and not is_from(error, self.source.shows):
                raise
            return error
        return None

    def _finish(self) -> None:
        """Go on to the end by default, where what follows is known: a program that counts up has to count down again.

        What it keeps would else be, in the next execution, what it is at no end.
        """
        cut = self.cut
        search, self._repetition.search = self._repetition.search, None
        default = ReplayScheduler(())
        self.scheduler = default
        self.env.follow(default)
        self.events_left = 0
        try:
            self.loop.run(self._switch)
        finally:
            self._repetition.search = search
            self.cut = cut
            self.pruned = True

    def _leaves(self) -> bool:
        """Say whether the program has left, so that there is nothing to judge."""
        main: Any = self.main
        if self.source.leaves is None or main is None or not main.done():
            return False
        error = asyncio.CancelledError() if main.cancelled() else main.exception()
        return error is not None and self.source.leaves(error)

    def _reset(self, scheduler: Scheduler) -> None:
        self._repeated = self._repetition.begin(scheduler)
        self._account = account()
        self._deeds: list[Deed] = []
        self.loop.reset()
        self.loop.hear = self._hear
        begin_alike()
        self.scheduler = scheduler
        self.declared = self.env.open(scheduler)
        self.callbacks_before += self.callbacks + 1  # an execution without callbacks is progress too
        self.callbacks = 0
        self.events_left = self.bounds.events
        self.actions = 0  # of the environment, those that take no event included
        self.most_idle = self.bounds.callbacks
        self.cut_off = ""  # why this execution, and with it the search, was cut off
        self.next_look = 0  # at the clock, and at what goes on outside: after so many callbacks
        self.out_of_turn = 0
        self.idle = 0  # callbacks since the environment did something
        self.timers = 0  # that fired since it did something else
        self.passed_at = -1  # the gap in which time passed last: what has fired runs before it passes again
        self.cut = self.pruned = self.endless = False
        self.broken = ""  # the invariant that does not hold
        self.reports: list[str] = []
        self._run_down_left = _RUN_DOWN
        self._ordering = False
        self.main = None
        self.unheard: dict[int, asyncio.Task[Any]] = {}  # tasks that failed, of which nobody has heard and nobody will
        self.judged = False  # last: what goes with the objects of the execution before is no report of this one

    def _clear(self) -> None:
        """Close what was left behind, so that nothing of this execution lives on."""
        self._account.off()
        self.judged = True
        self.env.close()
        for task in only_tasks(self.loop.tasks()):
            task._log_traceback = False
        keeps_nothing = self.pruned and self._fingerprinter is not None and not self._fingerprinter.keeps
        end = close_down if keeps_nothing else wind_up
        end(self.loop, lambda: only_tasks(self.loop.tasks()))
        silence(self.loop.all_futures())  # what the program keeps goes in the next execution, and is no report of it
        if self.pruned and self._fingerprinter is not None:  # the program had no time to hear of them
            silence(self._fingerprinter.unheard)
        self.loop.forget()
        self.loop.forget_tasks()
        self.loop.hear = bool  # nobody listens any more, and the loop, which stays, keeps nothing of this run
        self.unheard.clear()

    def _hear(self, context: dict[str, Any]) -> None:
        """Keep what is reported while the execution is under way."""
        if not self.judged:
            error = context.get("exception")
            failed = context.get("future")
            if is_task(failed) and text_of(context.get("message")).endswith(_NEVER_RETRIEVED):
                self.unheard[id(failed)] = failed  # it was about to go, and is judged when the execution is over
                return
            what = "" if error is None else f": {describe_error(error)}"
            # Asyncio's own message has a path of this machine, and what the callback was given.
            message = "Exception in callback" if "handle" in context else text_of(context.get("message", ""))
            self.reports.append(f"{message}{what}")

    def _size(self) -> Size:
        """Return callbacks out of turn, events, actions and callbacks: what stock asyncio can do comes first."""
        return self.out_of_turn, self.bounds.events - self.events_left, self.actions, self.callbacks

    # Gaps

    def gap(self) -> bool:  # noqa: C901 - a step a line
        """Let the environment act; say whether to run the next callback."""
        loop = self.loop
        if loop.unsupported is not None or self.declared.misuse is not None or self.spinning:
            return False
        if self.callbacks >= self.next_look and self._is_to_be_cut_off():
            return False
        if self.declared.watched:
            self._let_go()
        if self.declared.invariants and self._breaks_invariant():
            return False
        if self.callbacks < self._repeated:
            return self._repeat()
        ended = self.main.done()  # type: ignore[union-attr]  # it was made before the loop ran
        if ended:
            self._run_down_left -= 1
            going_on = bool(loop.ready) and self._run_down_left >= 0
        else:
            going_on = self._busy() if loop.ready else self._rest()
            while going_on and not loop.ready:  # what was ready has been cancelled in the gap
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

    def _switch(self) -> bool:
        """Do the same, with the account of the code that runs switched off in the gap."""
        account = self._account
        account.off()
        going_on = self.gap()
        if going_on and (self.callbacks > self._repeated or not account.dear):
            account.on()
        return going_on

    def look_soon(self) -> None:
        """Look at the clock and at what goes on outside in the next gap."""
        self.next_look = 0

    def _is_to_be_cut_off(self) -> bool:
        """Cut the execution off if its time is up, or if it had more callbacks than any that ends."""
        self.next_look = self.callbacks + _CALLBACKS_BETWEEN_LOOKS
        self.outside.look()
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.cut_off = TIME_IS_UP
        elif self.callbacks > _TOTAL * max(self.most_idle, CALLBACKS):
            self.cut_off = f"an execution did not end within {self.callbacks:,} callbacks"
        return bool(self.cut_off)

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
        self.passed_at = -1
        search.position = position
        return bool(self.loop.ready)

    def _done_before(self, place: str, index: int) -> Act | None:
        """Return what was done in the execution before, if it can be done in this one."""
        if place is _TIME:
            return self._time_passes
        return (self.declared.paid if place is PAID else self.declared.free).find(index)

    def _let_go(self) -> None:
        """Keep no task that has ended because it could be cancelled until then; that may run code of the program's."""
        if any(each.task.done() for each in self.declared.watched):
            self._account.on()
            self.declared.let_go(self.main)
            self._account.off()

    def _breaks_invariant(self) -> bool:
        for each in self.declared.invariants:
            self._account.on()
            try:
                holds = bool(each.predicate())
            except (SystemExit, KeyboardInterrupt, StepTimeoutError):
                raise
            except BaseException as error:  # noqa: BLE001 - the program's own
                self.broken = f"{each.sentence} (looking at it raised {describe_error(error)})"
                return True
            finally:
                self._account.off()
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
        if self.idle == self.bounds.callbacks:
            self.most_idle = self.idle * max(1, len(self.loop.ready) // _MANY_READY)
        if self.idle >= self.most_idle:
            return self._act_for_nothing() or self._is_endless()
        if self.idle and self.idle % _PATIENCE == 0:
            self._act_for_nothing()
        return not self.pruned

    def _options_in_gap(self) -> list[Act]:
        declared = self.declared
        options = [*declared.paid.open(), *declared.free.open()]
        if self.passed_at != self.callbacks and self.loop.next_timer() is not None:
            options.append(self._time_passes)
        return options

    def _options_for_nothing(self) -> list[Act]:
        options = self.declared.free.open()
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
            paid = self.declared.paid.open()
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
        self._remember(act.sort, act.number, price)
        self._act(act, price=price)

    def _remember(self, place: str, index: int, price: int) -> None:
        if self._repetition.search is not None:
            self._deeds.append((place, index, price, self._repetition.search.position))

    def _act(self, act: Act, *, price: int) -> None:
        """Let the environment do something, which takes so many events."""
        self.events_left -= price
        self.actions += 1
        self.idle = 0
        self.most_idle = self.bounds.callbacks
        if act is self._time_passes:
            self.timers += 1
            self.passed_at = self.callbacks
        else:
            self.timers = 0
            act.left -= 1
        self._account.on()  # it may be a function of the program's
        try:
            act.do()
        except (SystemExit, KeyboardInterrupt, StepTimeoutError):
            raise
        except BaseException as error:  # noqa: BLE001 - of a function of the program's own
            self._hear({"message": f"Exception in {act.text!r}", "exception": error})
        finally:
            self._account.off()

    # The state

    def _seen(self) -> bool:
        """Say whether the search knows already what follows; then the execution is over."""
        self.pruned = self.scheduler.seen(self._size, self._identify, self.events_left)
        return self.pruned

    def _identify(self) -> Fingerprint:
        """Return the identity of the state; one that objects of the program's own do not let us read is opaque."""
        self.identifying = True
        try:
            return self._fingerprint()
        except OpaqueError:
            raise
        except Exception as error:
            message = f"an object that raised {describe_error(error)} when it was looked at"
            raise OpaqueError(message) from error
        finally:
            self.identifying = False

    def _fingerprint(self) -> Fingerprint:
        """Return the identity of the state, in a gap."""
        if self._fingerprinter is None:
            self._fingerprinter = Fingerprinter(self.loop, Scope(self.source.function), self, self.env)
        self._fingerprinter.learn()
        declared, objects = self.declared.state()
        unheard = self.unheard
        alive = [each for each in self.loop.tasks() if not each.done() or each._log_traceback or id(each) in unheard]
        ended = self._run_down_left if self.main.done() else None  # type: ignore[union-attr]
        # What is found out names tasks, and numbers those that are named alike, also of tasks that have ended.
        names = *Naming().update(self.loop).all, *(name for _, name in self.declared.names if name)
        passed = self.passed_at == self.callbacks
        plain = (self.idle, self.timers, passed, self._ordering, ended, names, *self.reports, declared, len(alive))
        return self._fingerprinter.take(plain, (self.main, *alive, *objects))
