"""Both searches of a program or a target, and what they found.

`by_states` is the one place that says how the search by states is called.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kept.programs import Written, random_program
from kept.targets import SITUATIONS, random_target
from treadle import schedule
from treadle.check.target import resolve_target
from treadle.explorer import Exploration, Limits, enumerate_schedules, merge, quiet, split, visit_states
from treadle.loop import task_kind
from treadle.programs import find_program
from treadle.programs.bounds import ProgramBounds
from treadle.programs.document import WIRE
from treadle.programs.problems import ProgramOutcome
from treadle.programs.world import ProgramWorld
from treadle.schedule import TaskKind
from treadle.situation import SituationWorld, parse_situation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from treadle.explorer import Root
    from treadle.programs import ProgramSource


TOO_MANY = 2_000
"""Programs with more schedules than that are not compared."""

PATIENCE = 60.0
"""Seconds of processor time for one search, which takes one or two."""

_PARTS = 4
_ONE_IN = 4  # of the programs one is searched in parts as well


def by_states(program: Any, limits: Limits, roots: Sequence[Root] = ()) -> Exploration[Any]:
    """Search by states from the first execution on, with nothing that would set a wrong result right."""
    return visit_states(program, limits, few=0, distrust=False, roots=roots)


class Blind(ProgramWorld):
    """A program whose states show what is awaited and what is ready, and nothing of what is kept anywhere.

    So a search that uses it is wrong wherever what is kept is all that tells two states apart.
    """

    def identify(self) -> tuple[Any, ...]:
        futures = tuple((name, future.done()) for future, name in self.declared.names)
        tasks = tuple(task.done() for task in self.loop.tasks())
        main: Any = self.main
        place = (main.get_coro().cr_frame.f_lineno,) if not main.done() else ()
        ready = len(self.loop.ready), self.loop.next_timer() is not None
        return futures, tasks, place, ready, self.engine.idle, self.timers, self.is_ordering, self.loop.time()


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared, and what each search found; `failed` says what the search by states raised.

    `parts` is what was found part by part, as `--jobs` and the journal do it; None where that was not asked.
    """

    written: Written
    every: Exploration[Any]
    once: Exploration[Any] | None
    failed: str = ""
    parts: Exploration[Any] | None = None

    @property
    def difference(self) -> str:
        """Say what differs, or nothing."""
        told = f"{self.written.name} ({', '.join(self.written.parts)})"
        if self.once is None:
            return f"{told}: the search failed with {self.failed}"
        for each, way in ((self.once, ""), (self.parts, "in parts ")):
            if each is not None and found(each) != found(self.every):
                return f"{told}: {way}{_counts(each)}, and by every schedule {_counts(self.every)}"
        return ""

    @property
    def opaque(self) -> str:
        return "" if self.once is None else self.once.opaque

    @property
    def too_large(self) -> bool:
        return self.every.reason.startswith("the limit of")


def _counts(exploration: Exploration[Any]) -> str:
    ends = sorted(tally.schedules for tally in exploration.tallies.values())
    return f"{exploration.schedules} schedules with ends {ends} {exploration.reason}".strip()


@contextlib.contextmanager
def loaded(written: Written, folder: Path) -> Iterator[str]:
    """Write and load files; yield the path of the first. Afterwards nothing of them is left but the files."""
    known, path = set(sys.modules), [*sys.path]
    importlib.invalidate_caches()
    place = written.write(folder)
    hidden = {name: sys.modules.pop(name) for name, module in list(sys.modules.items()) if _is_foreign(module)}
    try:
        yield place
    finally:
        sys.modules.update(hidden)
        module: Any = sys.modules.get(written.name)
        for name in [each for each in vars(module) if each == "end" or each.startswith("end_")] if module else ():
            vars(module)[name]()
        sys.path[:] = path
        for name in set(sys.modules) - known:
            if getattr(sys.modules[name], "__file__", None) is None or name.startswith("kept_"):
                del sys.modules[name]


def _is_foreign(module: Any) -> bool:
    """Say whether a module is of another test, or of a library: code that can reach all modules reaches those, too."""
    file = getattr(module, "__file__", None)
    parts = Path(file).parts if type(file) is str else ()
    return "site-packages" in parts or ("tests" in parts and "kept" not in parts)


@contextlib.contextmanager
def loaded_text(name: str, text: str, folder: Path) -> Iterator[str]:
    """Write a file of this name, which must begin with `kept_`, and see that what was loaded of it is gone later."""
    with loaded(Written(name, {f"{name}.py": text}, ()), folder) as path:
        yield path


@contextlib.contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Raise `TimeoutError` where the block takes longer: a search must come to an end whatever it looks at."""

    late = TimeoutError(f"not at an end after {seconds} seconds of processor time")
    gave_up = False

    def give_up(*_: object) -> None:
        nonlocal gave_up
        gave_up = True
        raise late

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    if gave_up:  # and the program has swallowed that
        raise late


def every_schedule(written: Written, source: ProgramSource, task: TaskKind = TaskKind.C) -> Exploration[Any]:
    """Run a program under every schedule, up to a number that is too large to compare."""
    with task_kind(task), quiet():
        return enumerate_schedules(ProgramWorld(source, _bounds(written), task), Limits(executions=TOO_MANY))


def each_state(
    written: Written, source: ProgramSource, task: TaskKind = TaskKind.C, *, run: type[ProgramWorld] = ProgramWorld
) -> Exploration[Any]:
    """Search a program by states."""
    with task_kind(task), quiet(), patient(PATIENCE):
        return by_states(run(source, _bounds(written), task), Limits(executions=TOO_MANY))


def in_parts(written: Written, source: ProgramSource, task: TaskKind = TaskKind.C) -> Exploration[Any]:
    """Search a program by states in parts, each of which goes through a line of a journal."""
    with task_kind(task), quiet(), patient(PATIENCE):
        run = ProgramWorld(source, _bounds(written), task)
        parts = [by_states(run, Limits(executions=TOO_MANY), [root]) for root in split(run, _PARTS)]
    kind = Exploration[ProgramOutcome]
    return merge([WIRE.read(kind, json.loads(json.dumps(WIRE.write(kind, each)))) for each in parts])


def _bounds(written: Written) -> ProgramBounds:
    return ProgramBounds(events=written.events, any_order=written.any_order)


def compare(number: int, folder: Path, task: TaskKind = TaskKind.C) -> Compared:
    """Compare both searches of a random program."""
    written = random_program(number)
    with loaded(written, folder) as place:
        source = find_program(f"{place}:program")
        every = every_schedule(written, source, task)
        if every.reason:
            return Compared(written, every, every)
        try:
            once = each_state(written, source, task)
            parts = None if number % _ONE_IN or once.opaque else in_parts(written, source, task)
        except Exception as error:  # noqa: BLE001 - whatever it is, a search must not raise it
            return Compared(written, every, None, f"{type(error).__name__}: {error}")
        return Compared(written, every, once, parts=parts)


def compare_target(number: int, folder: Path, task: TaskKind = TaskKind.C) -> Compared:
    """Compare both searches of a random target."""
    written, situation = random_target(number)
    with loaded(written, folder) as place:
        events, steps = SITUATIONS[situation]
        subject = resolve_target(f"{place}:target").subject

        def play() -> SituationWorld:
            return SituationWorld(
                subject, parse_situation(situation), schedule.Bounds(events=events, steps=steps), task
            )

        with task_kind(task), quiet():
            every: Exploration[Any] = enumerate_schedules(play(), Limits(executions=TOO_MANY))
            if every.reason:
                return Compared(written, every, every)
            try:
                with patient(PATIENCE):
                    once = by_states(play(), Limits(executions=TOO_MANY))
            except Exception as error:  # noqa: BLE001 - whatever it is, a search must not raise it
                return Compared(written, every, None, f"{type(error).__name__}: {error}")
            return Compared(written, every, once)


def found(exploration: Exploration[Any]) -> tuple[object, ...]:
    """Return all of a result but how much work it was."""
    return exploration.ended, exploration.reason, exploration.schedules, exploration.tallies
