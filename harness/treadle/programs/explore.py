"""Explore a program, or run one schedule of it again."""

from __future__ import annotations

import dataclasses
import gc
import sys
import time
from asyncio import events as asyncio_events
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import (
    Ended,
    Exploration,
    Limits,
    Noting,
    PctSampler,
    RandomWalk,
    ReplayScheduler,
    Tally,
    quiet,
    sample_schedules,
    shrink,
    visit_states,
)
from treadle.loop import task_kind
from treadle.programs.problems import Outcome, Problem, Property
from treadle.programs.record import RecordedRun
from treadle.programs.result import Explored, Violation
from treadle.programs.run import CALLBACKS, Bounds, Run
from treadle.programs.source import Source, make_source
from treadle.programs.text import EACH_STATE, EVERY_SCHEDULE, ONE_SCHEDULE
from treadle.programs.token import ProgramToken
from treadle.programs.watch import Watch
from treadle.schedule import Kind, TaskKind
from treadle.trace import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.explorer import Scheduler

Progress = Callable[[int], object]
Key = tuple[Property, str]

# Time that may be spent, on top of the limit, on making what was found smaller.
_SECONDS_TO_SHRINK = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to explore. `random`: draw so many schedules in place of trying all, by PCT if `pct`, from `seed`."""

    events: int = 2
    any_order: bool = False
    callbacks: int = CALLBACKS
    task: TaskKind = TaskKind.C
    limit: int | None = None
    seconds: float | None = 60.0
    random: int | None = None
    pct: bool = False
    seed: int = 0

    def bounds(self, events: int | None = None) -> Bounds:
        """Return the bounds of one execution."""
        most = self.events if events is None else events
        return Bounds(events=most, callbacks=self.callbacks, any_order=self.any_order)


@dataclass(slots=True)
class _Found:
    """The smallest schedule known of a problem, the bound on events under which it was found, and if it is proved."""

    problem: Problem
    tally: Tally
    schedules: int
    events: int
    minimal: bool


@dataclass(slots=True)
class _Search:
    """One exploration under way."""

    source: Source
    settings: Settings
    watch: Watch
    progress: Progress
    found: dict[Key, _Found] = field(default_factory=dict)


def explore(program: Callable[..., Any], *, name: str = "", **options: Any) -> Explored:
    """Run an async function under every schedule and say what is wrong; `options` are those of `Settings`.

    The function takes the environment (see `Env`) as its only argument, or nothing. Nothing that it does is raised
    here; a violation is part of the result. Raises `MisuseError` for what cannot be explored.
    """
    return explore_source(make_source(program, name=name), make_settings(options))


def make_settings(options: Mapping[str, Any]) -> Settings:
    """Read options by their names; raise `MisuseError` for what is none."""
    known = {each.name for each in dataclasses.fields(Settings)}
    for option in options:
        if option not in known:
            message = f"explore() has no option {option!r}; there are: {', '.join(sorted(known))}"
            raise MisuseError(message)
    task = options.get("task", TaskKind.C)
    if task not in tuple(TaskKind):
        message = f"there is no task kind {task!r}; there are: {', '.join(TaskKind)}"
        raise MisuseError(message)
    return Settings(**{**options, "task": TaskKind(task)})


def run_once(source: Source, settings: Settings, scheduler: Scheduler) -> Explored:
    """Run a program under one scheduler; the result is that of a search which was cut off after it."""
    _see_that_no_loop_runs()
    noting = Noting(scheduler)
    with task_kind(settings.task), quiet(), Watch(lambda _: None, lambda: None, None) as watch:
        run = Run(source, settings.bounds(), settings.task)
        execution = watch.over(run).run(noting)
        tally = Tally(1, execution.size, tuple(noting.choices))
        exploration: Exploration[Outcome] = Exploration(
            ended=Ended.STOPPED,
            reason=execution.fatal or "this is one schedule",
            executions=1,
            schedules=1,
            states=None,
            tallies={execution.outcome: tally},
        )
        search = _Search(source, settings, watch, lambda _: None)
        _collect(search, exploration, settings.events)
        written = _write_down(search, spinning=run.spinning)
    return _explored(source, settings, exploration, written, ONE_SCHEDULE)


def explore_source(
    source: Source,
    settings: Settings,
    *,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
) -> Explored:
    """Explore a program; `swallowed` is called when a step goes on although it was interrupted."""
    _see_that_no_loop_runs()
    deadline = None if settings.seconds is None else time.monotonic() + settings.seconds
    watch = Watch(progress, swallowed, deadline)
    with task_kind(settings.task), quiet(), watch:
        search = _Search(source, settings, watch, progress)
        run = Run(source, settings.bounds(), settings.task)
        exploration = _explore_all(search, run, deadline)
        _collect(search, exploration, settings.events)
        if exploration.ended is Ended.STOPPED and search.found and not run.spinning:
            _make_smaller(search)
        written = _write_down(search, spinning=run.spinning)
        gc.collect()  # what is left of the program complains now, while nobody listens
    return _explored(source, settings, exploration, written, _name_of_search(settings, exploration))


def _name_of_search(settings: Settings, exploration: Exploration[Outcome]) -> str:
    if settings.random is not None:
        return f"{(PctSampler if settings.pct else RandomWalk).name} from seed {settings.seed}"
    return EVERY_SCHEDULE if exploration.states is None else EACH_STATE


def _see_that_no_loop_runs() -> None:
    if asyncio_events._get_running_loop() is not None:
        message = "an event loop runs in this thread, and Treadle's cannot run inside it; call explore() outside of it"
        raise MisuseError(message)


def _explore_all(search: _Search, run: Run, deadline: float | None) -> Exploration[Outcome]:
    settings = search.settings
    program = search.watch.over(run, deadline=deadline)
    if settings.random is None:
        return visit_states(program, Limits(executions=settings.limit, deadline=deadline), search.progress)
    sampler = (PctSampler if settings.pct else RandomWalk)(settings.seed, events=settings.events)
    limits = Limits(executions=settings.random, deadline=deadline)
    return sample_schedules(program, sampler, limits, search.progress)


def _collect(search: _Search, exploration: Exploration[Outcome], events: int) -> None:
    """Note the smallest schedule of each problem."""
    proved = exploration.ended is not Ended.STOPPED
    for outcome, tally in exploration.tallies.items():
        for problem in dict.fromkeys(outcome):
            key = problem.property, problem.about
            found = search.found.get(key)
            if found is None:
                search.found[key] = _Found(problem, tally, tally.schedules, events, proved)
                continue
            found.schedules += tally.schedules
            if (tally.size, tally.example) < (found.tally.size, found.tally.example):
                found.problem, found.tally = problem, tally


def _make_smaller(search: _Search) -> None:
    """Raise the bound step by step, while time allows; what is not found at a bound covered whole is shrunk."""
    deadline = time.monotonic() + _SECONDS_TO_SHRINK
    settings = search.settings
    for events in range(settings.events + (settings.random is not None)):
        left = [found for found in search.found.values() if not found.minimal and found.tally.size[1] >= events]
        if not left:
            return
        run = Run(search.source, settings.bounds(events), settings.task)
        smaller = _Search(search.source, settings, search.watch, search.progress)
        program = search.watch.over(run, deadline=deadline)
        exploration = visit_states(program, Limits(executions=settings.limit, deadline=deadline), search.progress)
        if exploration.ended is Ended.STOPPED:
            break
        _collect(smaller, exploration, events)
        for key, better in smaller.found.items():
            if key in search.found and not search.found[key].minimal:
                better.schedules = search.found[key].schedules
                search.found[key] = better
    for key, found in search.found.items():
        if not found.minimal and time.monotonic() < deadline:
            _shrink(search, key, found)


def _shrink(search: _Search, key: Key, found: _Found) -> None:
    run = Run(search.source, search.settings.bounds(found.events), search.settings.task)
    program = search.watch.over(run)
    example = shrink(
        program,
        found.tally.example,
        lambda execution: any((each.property, each.about) == key for each in execution.outcome),
    )
    found.tally = dataclasses.replace(found.tally, example=example)


def _write_down(search: _Search, *, spinning: bool) -> tuple[tuple[Violation, ...], str]:
    """Run the smallest schedule of each problem once more; say what differed then, if anything did."""
    violations, unstable = [], ""
    order = list(Property)
    for key, found in sorted(search.found.items(), key=lambda each: (order.index(each[0][0]), each[1].tally.size)):
        token = ProgramToken(
            name=search.source.name,
            task=search.settings.task,
            events=found.events,
            any_order=search.settings.any_order,
            choices=found.tally.example,
        )
        if spinning and key[0] is Property.STEP_ENDS:
            violations.append(_without_trace(found))
            continue
        try:
            violations.append(_record(search, token, key, found))
        except NondeterminismError as error:
            unstable = str(error)
    return tuple(violations), unstable


def _without_trace(found: _Found) -> Violation:
    _, events, callbacks = found.tally.size
    return Violation(
        property=found.problem.property,
        text=found.problem.text,
        schedules=found.schedules,
        token=None,
        minimal=False,
        events=events,
        callbacks=callbacks,
        kinds=(),
        beyond_stock=False,
        trace=(),
    )


def _record(search: _Search, token: ProgramToken, key: Key, found: _Found) -> Violation:
    run = RecordedRun(search.source, search.settings.bounds(token.events), token.task)
    scheduler = ReplayScheduler(token.choices)
    execution = search.watch.over(run).run(scheduler)
    scheduler.check()
    shown = next((each for each in execution.outcome if (each.property, each.about) == key), None)
    if shown is None:
        message = (
            f"a schedule of {search.source.name} violated `{key[0]}` once and did not when it was run again: the "
            "program keeps state from one run to the next, or depends on time or chance"
        )
        raise NondeterminismError(message)
    _, events, callbacks = execution.size
    return Violation(
        property=shown.property,
        text=shown.text,
        schedules=found.schedules,
        token=dataclasses.replace(token, choices=_without_defaults(token.choices), digest=digest(run.trace)),
        minimal=found.minimal,
        events=events,
        callbacks=callbacks,
        kinds=tuple(sorted(run.kinds)),
        beyond_stock=Kind.READY_ORDER in run.kinds,
        trace=run.trace,
    )


def _without_defaults(choices: tuple[int, ...]) -> tuple[int, ...]:
    end = len(choices)
    while end and not choices[end - 1]:
        end -= 1
    return choices[:end]


def _explored(
    source: Source,
    settings: Settings,
    exploration: Exploration[Outcome],
    written: tuple[tuple[Violation, ...], str],
    search: str,
) -> Explored:
    violations, unstable = written
    kinds = {Kind.EVENT, Kind.COMPLETION, Kind.TIMER, Kind.CHOICE}
    if settings.any_order:
        kinds.add(Kind.READY_ORDER)
    return Explored(
        name=source.name,
        python="{}.{}".format(*sys.version_info),
        task=settings.task,
        events=settings.events,
        kinds=tuple(sorted(kinds)),
        search=search,
        ended=Ended.STOPPED if unstable else exploration.ended,
        stopped=f"nondeterminism: {unstable}" if unstable else exploration.reason,
        executions=exploration.executions,
        schedules=exploration.schedules,
        states=exploration.states,
        opaque=exploration.opaque,
        violations=violations,
    )
