"""Check that a program does the same each time it runs under the same schedule, and if not, find out why.

A search compares choice points, and so notices a program that takes another path. It does not notice one that takes the
same path to another end, because of what it kept from earlier executions: its counterexample would not fail when run
alone, and a program with one schedule would never run twice. So after a search, its first schedule is run again.

Nor does it notice what only the first execution does: the search has seen that under one schedule only. So if something
was kept, it is reset, and a sample of schedules is run as the first. If something cannot be reset, such as an iterator
that has advanced, this cannot be checked.

A set of objects may have had the same order in all executions, or by chance another one in those that violate. So if
the program has such sets, the first schedule is also run with objects at other addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.explorer import Noting, RandomWalk, ReplayScheduler
from treadle.programs.chance import find_chance, look_for_sets
from treadle.programs.changed import Changed, leave_as_after_one
from treadle.programs.kept import differences, sum_up
from treadle.programs.moved import moved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from treadle.explorer import Execution, Scheduler, Tally
    from treadle.programs.kept import Summaries
    from treadle.programs.problems import ProgramOutcome
    from treadle.programs.source import ProgramSource
    from treadle.schedule import Schedule

    Runs = Callable[[Scheduler], Execution[ProgramOutcome]]
    Shows = Callable[[str], bool]

_AS_THE_FIRST = 20  # schedules to run as the first, if something was kept
_MOST = 3  # names in a message


class Doubt:
    """Remembers what the program kept when its executions began, and how the first one ended."""

    def __init__(self, source: ProgramSource) -> None:
        """Begin with none."""
        self._source = source
        self._shows = source.shows
        self._program = source.function
        self._began: list[Summaries] = []
        self._first: Execution[ProgramOutcome] | None = None
        self._executions = 0
        self._by_chance = False  # how the first execution ended depends on addresses of objects

    def begin(self) -> None:
        """Sum up what the program keeps, before an execution."""
        self._executions += 1
        if len(self._began) < 2:  # noqa: PLR2004 - by the second one, what is kept has changed
            self._began.append(sum_up(self._shows, self._program))
            if not self._source.before:
                self._source.before.append(self._began[0])

    def end(self, execution: Execution[ProgramOutcome]) -> None:
        """Note how the first execution ended."""
        if self._first is None:
            self._first = execution

    def keeps_nothing(self) -> bool:
        """Say whether what the program keeps is as it was when the second execution began."""
        if len(self._began) < 2:  # noqa: PLR2004 - as above
            return False
        now = sum_up(self._shows, self._program)
        return not differences(self._began[1], now, "when the second execution began", "now")

    def began_with(self, outcome: ProgramOutcome) -> bool:
        """Say whether the first execution ended with this outcome, and not by chance."""
        return self._first is not None and self._first.outcome == outcome and not self._by_chance

    def run_again(self, run: Runs, schedule: Schedule, events: int, *, found: bool = False) -> str:
        """Run the first schedule of a search again, and others as the first; say what differs, or nothing.

        `events` is the bound on events; `found` says whether the search has found a violation.
        """
        first = self._first
        if first is None or first.fatal:
            return ""

        def run_it() -> Execution[ProgramOutcome]:
            return run(ReplayScheduler(schedule))

        if self._executions == 1:
            return self._run_twice(run_it, first)
        kept = bool(self._kept())
        again = run_it()
        if again.fatal:
            return ""
        if _findings(again) != _findings(first):
            self._by_chance = not kept and self._look_for_sets(run_it)[1]
            return _ended_otherwise(first, again)
        if kept:
            return self._run_as_the_first(run, schedule, events, found=found)
        return self._run_moved(run_it, first) if self._look_for_sets(run_it)[1] else ""

    def _run_twice(self, run_it: Callable[[], Execution[ProgramOutcome]], first: Execution[ProgramOutcome]) -> str:
        """Run the only schedule a second time, and look for sets meanwhile. Most tests have one schedule.

        If nothing is seen to be kept, it may have used up something that it was given, such as a fixture; that is no
        doubt.
        """
        again, has_sets = self._look_for_sets(run_it)
        if not again.fatal and _findings(again) != _findings(first):
            again = run_it()  # the profiler may have made the difference
        if again.fatal:
            return ""
        if self._kept():
            if _findings(again) != _findings(first):
                return _ended_otherwise(first, again)
            leave_as_after_one(self._source, run_it)  # the next test expects that it ran once
            return ""
        return self._run_moved(run_it, first) if has_sets else ""

    def _look_for_sets(self, run_it: Callable[[], Execution[ProgramOutcome]]) -> tuple[Execution[ProgramOutcome], bool]:
        """Run a schedule; also return whether the program has sets whose order depends on addresses of objects."""
        if len(self._began) == 1:
            self._began += self._began  # no summary is made under the profiler; `_kept` makes one at the end
        return look_for_sets(run_it, self._shows)

    def _run_moved(self, run_it: Callable[[], Execution[ProgramOutcome]], first: Execution[ProgramOutcome]) -> str:
        """Run the first schedule with objects at other addresses; say how it ended otherwise, or nothing."""
        for again in moved(run_it, self._source.at_begin):
            if again.fatal:
                return ""
            if _findings(again) != _findings(first):
                self._by_chance = True
                return _ended_otherwise(first, again)
        return ""

    def _run_as_the_first(self, run: Runs, schedule: Schedule, events: int, *, found: bool) -> str:
        """Run a sample of schedules, each with what was kept reset, and once more without; say how one differed.

        Afterwards what the program had kept is restored. If something cannot be reset, violations that were `found`
        still count, unless it is an iterator that has advanced.
        """
        changed = Changed(self._began[0], self._shows, self._program)
        if changed.stuck:
            return _cannot_be_seen(changed.stuck)
        differs = ""
        if changed:
            try:
                differs = self._find_one_that_differs(changed, run, schedule, events)
            finally:
                changed.put_again()
        return differs or ("" if found or not changed.left else _cannot_be_seen(changed.left))

    def _find_one_that_differs(self, changed: Changed, run: Runs, schedule: Schedule, events: int) -> str:
        walk = RandomWalk(0, events=events)
        for _ in range(_AS_THE_FIRST):
            changed.set_back()
            noting = Noting(walk.scheduler())
            as_the_first = run(noting)
            walk.learn(noting.moments)
            repeating = ReplayScheduler(tuple(noting.choices))
            later = run(repeating)
            if as_the_first.fatal or later.fatal:
                return ""
            if _findings(as_the_first) != _findings(later) and self._is_set_back(changed, run, schedule):
                return (
                    "a schedule ended differently when it was the first to run: as the first "
                    f"{_in_words(as_the_first)}, later {_in_words(later)}"
                )
        return ""

    def _is_set_back(self, changed: Changed, run: Runs, schedule: Schedule) -> bool:
        """Say whether after a reset the first schedule ends as it did in the first execution."""
        changed.set_back()
        again, first = run(ReplayScheduler(schedule)), self._first
        return first is not None and (again.outcome, again.size) == (first.outcome, first.size)

    def look_again(self, run: Runs, tallies: Mapping[ProgramOutcome, Tally]) -> str:
        """Run drawn schedules that went wrong as the first, if anything is kept; say what differs, or nothing."""
        wrong = [(outcome, tally) for outcome, tally in tallies.items() if outcome]
        if not wrong or self._executions == 1 or not self._kept():
            return ""
        changed = Changed(self._began[0], self._shows, self._program)
        if changed.stuck:
            told = ", ".join(changed.stuck)
            return f"the schedules that were drawn cannot be run as the first: {told} cannot be restored"
        try:
            for outcome, tally in wrong:
                changed.set_back()
                again = run(ReplayScheduler(tally.example))
                if not again.fatal and again.outcome != outcome:
                    return (
                        f"a schedule that was drawn ended differently when it was the first to run: {_in_words(again)}"
                    )
        finally:
            changed.put_again()
        return ""

    def name_causes(self, run: Runs) -> str:
        """Say what may make two runs differ, as far as that can be found out."""
        causes = [*self._kept(), *find_chance(lambda: run(ReplayScheduler(())), self._shows)]
        if not causes:
            return "Treadle found nothing that the program keeps from one run to the next, or asks for"
        return f"What may be the cause: {'; '.join(causes)}"

    def _kept(self) -> list[str]:
        first, *later = self._began
        if later:
            kept = differences(first, later[0], "when the first execution began", "when the second did")
            if kept:
                return kept
        return differences(
            first, sum_up(self._shows, self._program), "when the first execution began", "when the last was over"
        )


def _findings(execution: Execution[ProgramOutcome]) -> object:
    return [(each.property, each.about) for each in execution.outcome]


def _ended_otherwise(first: Execution[ProgramOutcome], again: Execution[ProgramOutcome]) -> str:
    return (
        f"the first schedule was run again and ended differently: at first {_in_words(first)}, then {_in_words(again)}"
    )


def _cannot_be_seen(names: list[str]) -> str:
    told = ", ".join(names[:_MOST])
    return f"what only the first execution does cannot be tried under other schedules: {told} cannot be restored"


def _in_words(execution: Execution[ProgramOutcome]) -> str:
    found = dict.fromkeys(str(each.property) for each in execution.outcome)
    return f"it violated `{', '.join(found)}`" if found else "nothing was wrong"
