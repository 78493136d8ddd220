"""A program within bounds: the world whose executions `explore` runs.

What its environment may do is in `environment`. After the program has ended, what can still run does, without choices;
then the execution is over.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from treadle.execution import Engine
from treadle.explorer import NOT_ENDED
from treadle.fingerprint import Fingerprinter, Scope
from treadle.loop import close_down, silence, wind_up
from treadle.outside import BESIDE
from treadle.programs.ending import ProgramEnds
from treadle.programs.env import end_execution, misuse_in
from treadle.programs.judge import is_from, judge_end
from treadle.programs.outside import Outside
from treadle.programs.problems import NOT_COVERED, UNSUPPORTED, ProgramOutcome
from treadle.programs.reported import NEVER_RETRIEVED, is_of_streams, is_told_by_code
from treadle.programs.telling import describe_error, is_task, text_of
from treadle.programs.waits import Naming, with_gone
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from treadle.execution import State
    from treadle.programs.bounds import ProgramBounds
    from treadle.programs.source import ProgramSource


class ProgramWorld(ProgramEnds):
    """A program within bounds, which can run any number of times."""

    engine_class: type[Engine[ProgramOutcome]] = Engine
    keeps = True
    disturbed = False

    def __init__(self, source: ProgramSource, bounds: ProgramBounds, task: TaskKind = TaskKind.C) -> None:
        """Prepare. The caller may set a `deadline`, by `time.monotonic`, and an `outside` that is listening."""
        super().__init__(source.loop(task), bounds)
        self.source = source
        self.deadline: float | None = None
        self.outside = Outside()
        self.judged = True  # no execution is under way
        self.main: asyncio.Task[object] | None = None
        self.engine = self.engine_class(self, events=bounds.events, any_order=bounds.any_order)

    # From beginning to end

    def begin(self) -> None:
        """Begin an execution, and make the task of the program."""
        self.loop.reset()
        self.loop.hear = self.hear
        super().begin()
        self.reports: list[str] = []
        self.beside = ""  # why a step that did not end is not the program's fault
        self.left: BaseException | None = None  # the exception that has left the loop, and ended it
        self.main = None
        # Failed tasks whose exceptions were not retrieved, and cannot be any more.
        self.unheard: dict[int, asyncio.Task[object]] = {}
        self.judged = False  # last: freed objects of the execution before must not report in this one
        self.outside.begin(self.source.shows, self.look_soon)
        for each in self.source.at_begin:
            each()
        self.engine.account.on()  # a program may be called by a function that makes its coroutine
        called = self.source.call(self.env)
        self.engine.account.off()
        hears, self.loop.on_task = self.loop.on_task, None  # its own task is not one that it makes
        self.main = self.loop.create_task(called, name="program")
        self.loop.on_task = hears
        self.engine.ended = self.main.done

    def takes(self, error: BaseException) -> bool:
        """Take an exception that has left the loop, unless it is the user's Ctrl-C, or Treadle's own."""
        if issubclass(type(error), KeyboardInterrupt):
            if self.outside.interrupts.may_be_users:
                return False
        elif not issubclass(type(error), SystemExit) and not is_from(error, self.source.shows):
            return False
        self.left = error
        return True

    def outcome(self) -> ProgramOutcome:
        """Judge the execution; no problems if it was cut off, or if the program has left."""
        self.beside = BESIDE if self.engine.spinning and self.loop.threads.is_any_paused else ""
        return () if self.cut_off or self._leaves() else judge_end(self, self.left)

    def _leaves(self) -> bool:
        """Say whether the program has left, as by skipping a test, so that there is nothing to judge."""
        main = self.main
        if self.source.leaves is None or main is None or not main.done():
            return False
        error = asyncio.CancelledError() if main.cancelled() else main.exception()
        return error is not None and self.source.leaves(error)

    def clear(self) -> None:
        """Close what was left behind, so that nothing of this execution survives."""
        self.outside.end()
        self.judged = True
        end_execution(self.env)
        for task in self.loop.true_tasks():
            task._log_traceback = False
        pruned, fingerprinter = self.engine.pruned, self.engine.fingerprinter
        end = close_down if self.engine.nothing_kept else wind_up
        end(self.loop, self.loop.true_tasks)
        silence(self.loop.all_futures())  # what the program keeps must not report in the next execution
        if pruned and fingerprinter is not None:  # the program had no time to retrieve their exceptions
            silence(fingerprinter.unheard)
        self.loop.forget_tasks()
        self.loop.hear = bool  # the loop stays, and must keep nothing of this execution
        self.unheard.clear()

    def conclude(self, outcome: ProgramOutcome | None) -> tuple[ProgramOutcome, str]:
        """Return the outcome, and why the search must stop, or nothing. Raises `MisuseError` if `env` was misused."""
        found = outcome or ()
        if found:
            self.declared.misuse = self.declared.misuse or misuse_in(each.text for each in found)
        if self.declared.misuse is not None:
            raise self.declared.misuse
        if not self.engine.pruned:
            self.loop.network.refuse_hosts_never_served()
        fatal = self.loop.explain(found) or self.outside.explain(found, self.source.shows, self.source.files)
        if found and not fatal:
            missed = next(filter(None, map(self.loop.network.file_missed_in, (each.text for each in found))), "")
            fatal = missed and f"{UNSUPPORTED}{missed}"
        fatal = fatal or (self.beside and f"{UNSUPPORTED}{self.beside}")
        if fatal or self.cut_off:
            return NOT_COVERED, fatal or self.cut_off
        return found, f"a step of the program {NOT_ENDED}" if self.engine.spinning else ""

    def hear(self, context: dict[str, object]) -> None:
        """Note a report to the loop's exception handler, while the execution is under way."""
        if not self.judged:
            error = context.get("exception")
            failed = context.get("future")
            if is_task(failed) and text_of(context.get("message")).endswith(NEVER_RETRIEVED):
                self.unheard[id(failed)] = failed  # it was about to be freed; it is judged when the execution is over
                return
            if self.declared.forgives and (is_of_streams(context) or is_told_by_code(context)):
                return
            what = "" if error is None else f": {describe_error(error)}"
            # Asyncio's own message has a path of this machine, and the arguments of the callback.
            message = "Exception in callback" if "handle" in context else text_of(context.get("message", ""))
            self.reports.append(f"{message}{what}")

    # For the search

    def size(self) -> tuple[int, ...]:
        """Return callbacks out of turn, events, actions and callbacks: what stock asyncio can do sorts first."""
        engine = self.engine
        return engine.out_of_turn, engine.events - engine.events_left, engine.actions, engine.callbacks

    def fingerprinter(self) -> Fingerprinter:
        """Make the fingerprinter, which knows what is the same in all states."""
        return Fingerprinter(self.loop, Scope(self.source.function), self, self.env, self.engine)

    def state(self) -> State:
        """Return the plain values and the objects that belong to the state, in a gap."""
        plain, roots = self.standing()
        return (self.engine.idle, self.timers, *plain), roots

    def standing(self) -> State:
        """Return the same without the time since the last action."""
        engine = self.engine
        declared, objects = self.declared.state()
        unheard = self.unheard
        known = with_gone(self.loop.tasks(), unheard)
        alive = [each for each in known if not each.done() or each._log_traceback or id(each) in unheard]
        ended = self._run_down_left if engine.closed else None
        # Findings name tasks, with numbers if names repeat, so the names of ended tasks count too.
        names = *Naming().update(self.loop).all, *(name for _, name in self.declared.names if name)
        passed = self.passed_at == engine.gaps and not self.is_ordering
        plain = (passed, self.is_ordering, ended, names, *self.reports, declared, len(alive))
        return plain, (self.main, *alive, *objects, *self.loop.outside)
