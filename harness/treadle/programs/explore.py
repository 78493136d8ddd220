"""Explore a program, in one piece or in parts that may run in other processes, or run it once.

In parts: call `find_parts`, then `explore_part` for each part, in any process, then `conclude` with the results.
"""

from __future__ import annotations

import functools
import sys
import time
from asyncio import events as asyncio_events
from dataclasses import replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from treadle.errors import MisuseError
from treadle.explorer import (
    NONDETERMINISM,
    Cut,
    Ended,
    Exploration,
    Limits,
    Noting,
    RandomWalk,
    ReplayScheduler,
    Tally,
    collecting_by_hand,
    draw_schedules,
    quiet,
    visit_states,
)
from treadle.explorer import find_parts as find_parts_of
from treadle.outside import simulated_surroundings
from treadle.programs import changed
from treadle.programs.bounds import CALLBACKS, PATIENCE
from treadle.programs.findings import Findings, collect, make_smaller, put_together, write_down
from treadle.programs.kept import differences, sum_up
from treadle.programs.problems import NOT_COVERED, UNSUPPORTED, ProgramProperty
from treadle.programs.result import Explored, Violation
from treadle.programs.settings import Settings, make_settings
from treadle.programs.source import ProgramSource, make_source
from treadle.programs.text import AS_MEMORY_ALLOWS, EACH_STATE, EVERY_SCHEDULE, ONE_SCHEDULE
from treadle.programs.watch import ProgramWatch
from treadle.programs.world import ProgramWorld
from treadle.schedule import Kind, TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.explorer import Parts, Root, Scheduler
    from treadle.explorer.marks import Marks
    from treadle.programs.findings import Progress
    from treadle.programs.problems import ProgramOutcome

P = ParamSpec("P")
T = TypeVar("T")

ONE = "this is one schedule"
"""The reason why the search of `run_once` ended."""


def _tidily(function: Callable[P, T]) -> Callable[P, T]:
    """Free what is left of a program before the function returns, while its complaints are not shown."""

    @functools.wraps(function)
    def tidily(*args: P.args, **options: P.kwargs) -> T:
        with quiet(), collecting_by_hand(tidy=True):
            return function(*args, **options)

    return tidily


def did_as_told(explored: Explored, settings: Settings) -> bool:
    """Say whether a random search has drawn all the schedules that it was asked for, and found no violation."""
    return settings.draw is not None and (explored.verdict, explored.stopped) == (
        Verdict.NO_VIOLATION_FOUND,
        settings.draw.done,
    )


def explore(  # noqa: PLR0913 - the options are those of the search
    program: Callable[..., object],
    *,
    name: str = "",
    events: int = 2,
    any_order: bool = False,
    callbacks: int = CALLBACKS,
    patience: int = PATIENCE,
    task: TaskKind | str = TaskKind.C,
    limit: int | None = None,
    seconds: float | None = 60.0,
    random: int | None = None,
    sampler: str = RandomWalk.key,
    pct: bool = False,
    seed: int = 0,
) -> Explored:
    """Run an async function under every schedule and return what is wrong with it.

    Nothing that the function does is raised here: a violation is part of the result. A search that is cut off, by
    `limit` or `seconds`, never says *holds*, nor does one that draws schedules at random. For example::

        async def program(env):
            task = env.cancellable(asyncio.create_task(work(env.future("answer"))))
            await asyncio.wait([task])

        print(treadle.explore(program, events=1))

    :param program: an async function that takes the environment, an `Env`, as its only argument, or nothing.
    :param name: its name in the result (default: its file and its own name).
    :param events: most actions of the environment in one execution, at least 0.
    :param any_order: run ready callbacks in every order, which asyncio does not do; what only that shows is labelled.
    :param callbacks: most callbacks after the environment's last action, within which the program must end.
    :param patience: callbacks after the environment's last action within which it may act again.
    :param task: `TaskKind.C`, or `TaskKind.PY` for asyncio's tasks in pure Python; also as text.
    :param limit: most executions; None for no limit.
    :param seconds: most time, in seconds; None for no limit.
    :param random: draw this many schedules at random instead of trying all; None to try all.
    :param sampler: how to draw them: `"walk"` or `"pct"`.
    :param pct: short for `sampler="pct"`.
    :param seed: the seed of the random numbers; the same seed draws the same schedules.
    :returns: the verdict, exact counts, and the smallest counterexample of each violation.
    :raises MisuseError: for a program or an option that makes no sense, and inside a running event loop.
    """
    options = {
        "events": events,
        "any_order": any_order,
        "callbacks": callbacks,
        "patience": patience,
        "task": task,
        "limit": limit,
        "seconds": seconds,
        "random": random,
        "sampler": sampler,
        "pct": pct,
        "seed": seed,
    }
    return explore_source(make_source(program, name=name), make_settings(options))


@_tidily
def run_once(source: ProgramSource, settings: Settings, scheduler: Scheduler) -> Explored:
    """Run a program once, under one scheduler; the result is that of a search that was cut off after one execution."""
    _refuse_running_loop()
    noting = Noting(scheduler)
    with simulated_surroundings(settings.task), ProgramWatch(lambda _: None, lambda: None, None) as watch:
        run = ProgramWorld(source, settings.bounds(), settings.task)
        execution = watch.over(run).run(noting)
        tally = Tally(1, execution.size, tuple(noting.choices))
        exploration: Exploration[ProgramOutcome] = Exploration(
            ended=Ended.STOPPED,
            reason=execution.fatal or ONE,
            executions=1,
            schedules=1,
            states=None,
            tallies={execution.outcome: tally},
        )
        _leave_out_what_was_cut_off(exploration)
        search = Findings(source, settings, watch, lambda _: None)
        if not watch.unsupported:
            put_together(search, exploration)
            collect(search, exploration, settings.events)
        written = write_down(search, spinning=run.engine.spinning)
    return _explored(source, settings, exploration, written, ONE_SCHEDULE)


@_tidily
def leave_as_after_one(source: ProgramSource, settings: Settings) -> None:
    """Leave what a program keeps as its first execution would have left it; the next test expects that."""
    if not source.before:
        return
    with simulated_surroundings(settings.task), ProgramWatch(lambda _: None, lambda: None, None) as watch:
        if not differences(source.before[0], sum_up(source.shows, source.function), "", ""):
            return
        world = ProgramWorld(source, settings.bounds(), settings.task)
        changed.leave_as_after_one(source, lambda: watch.over(world).run(ReplayScheduler(())))


@_tidily
def explore_source(  # noqa: PLR0913 - the options are those of the search
    source: ProgramSource,
    settings: Settings,
    *,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
    opaque: str = "",
    marks: Marks | None = None,
) -> Explored:
    """Explore a program; `swallowed` is called when a step goes on although it was interrupted.

    `opaque` says why every schedule must be run, if that is known. A long search leaves `marks`, if there are some.
    """
    exploration = explore_part(source, settings, (), progress=progress, swallowed=swallowed, opaque=opaque, marks=marks)
    return conclude(source, settings, exploration, progress=progress, swallowed=swallowed)


def find_parts(
    source: ProgramSource,
    settings: Settings,
    *,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
) -> Parts[ProgramOutcome]:
    """Split the schedules of a program into parts, the same each time; return no parts if one piece is better.

    It is split at choice points, not at states: between two of them it may do much, or end its process.
    """
    _refuse_running_loop()
    with quiet(), simulated_surroundings(settings.task), ProgramWatch(progress, swallowed, None) as watch:
        program = watch.over(ProgramWorld(source, settings.bounds(), settings.task))
        return find_parts_of(program, Cut.AT_CHOICES, Limits(), progress)


@_tidily
def explore_part(  # noqa: PLR0913 - the options are those of the search
    source: ProgramSource,
    settings: Settings,
    roots: Sequence[Root],
    *,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
    opaque: str = "",
    marks: Marks | None = None,
) -> Exploration[ProgramOutcome]:
    """Search what follows from some roots, or everything if there are none; for the rest see `explore_source`."""
    _refuse_running_loop()
    deadline = None if settings.seconds is None else time.monotonic() + settings.seconds
    with simulated_surroundings(settings.task), ProgramWatch(progress, swallowed, deadline) as watch:
        world = ProgramWorld(source, settings.bounds(), settings.task)
        program = watch.over(world, deadline=deadline)
        limits = Limits(executions=settings.limit, deadline=deadline)
        if settings.draw is None:
            followed = marks and _follow(marks, watch)
            exploration = visit_states(program, limits, progress, roots=roots, opaque=opaque, marks=followed)
        else:
            exploration = draw_schedules(program, settings.draw, settings.events, limits, progress)
        _leave_out_what_was_cut_off(exploration)
        if settings.draw is None:
            first = roots[0].choices if roots else ()
            exploration.reason = exploration.reason or watch.doubts(first, found=any(exploration.tallies))
        else:
            exploration.reason = watch.doubts_of_what_was_drawn(exploration.tallies) or exploration.reason
        if exploration.reason.startswith(NONDETERMINISM):
            # A violation that the first execution has not shown may come from what that has left behind.
            trusted = [each for each in exploration.tallies if watch.began_with(each)]
            exploration.tallies = {each: exploration.tallies[each] for each in trusted}
        if settings.draw is None:
            exploration.reason = exploration.reason or world.not_tried()
        exploration.reason = watch.blame(exploration.reason)
        if exploration.reason:
            exploration.ended = Ended.STOPPED
    return exploration


def _follow(marks: Marks, watch: ProgramWatch) -> Marks:
    """Return the marks of a search; a program that keeps something new leaves none."""
    return replace(
        marks,
        lasting=watch.lasting,
        brings_up_code=watch.brings_up_code,
        ready=lambda _: watch.keeps_nothing(),
    )


@_tidily
def conclude(  # noqa: PLR0913 - the options are those of the search
    source: ProgramSource,
    settings: Settings,
    exploration: Exploration[ProgramOutcome],
    *,
    parts: int = 1,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
) -> Explored:
    """Make the result, with its violations, from what `parts` parts have found."""
    _refuse_running_loop()
    if not any(exploration.tallies):  # nothing was found, so nothing need be run
        return _explored(source, settings, exploration, ((), ""), _name_of_search(settings, exploration, parts))
    with simulated_surroundings(settings.task), ProgramWatch(progress, swallowed, None) as watch:
        search = Findings(source, settings, watch, progress)
        if not exploration.reason.startswith(UNSUPPORTED):
            put_together(search, exploration)
            collect(search, exploration, settings.events)
        spinning = any(found is ProgramProperty.STEP_ENDS for found, _ in search.found)
        if exploration.ended is Ended.STOPPED and search.found and not spinning:
            make_smaller(search)
        written = write_down(search, spinning=spinning)
        if written[1]:
            written = written[0], watch.blame(f"{NONDETERMINISM}{written[1]}").removeprefix(NONDETERMINISM)
        if watch.unsupported:
            exploration.reason, written = watch.unsupported, ((), "")
    return _explored(source, settings, exploration, written, _name_of_search(settings, exploration, parts))


def _name_of_search(settings: Settings, exploration: Exploration[ProgramOutcome], parts: int) -> str:
    if settings.draw is not None:
        return f"{settings.draw.name} from seed {settings.draw.seed}"
    name = EVERY_SCHEDULE if exploration.states is None else EACH_STATE
    name += AS_MEMORY_ALLOWS if exploration.full else ""
    return name if parts == 1 else f"{name} in each of {parts} parts"


def _leave_out_what_was_cut_off(exploration: Exploration[ProgramOutcome]) -> None:
    """Leave out schedules that were not run to their end."""
    tally = exploration.tallies.pop(NOT_COVERED, None)
    if tally is not None:
        exploration.schedules -= tally.schedules


def _refuse_running_loop() -> None:
    if asyncio_events._get_running_loop() is not None:
        message = (
            "this thread already runs an event loop, and Treadle's cannot run inside it; call explore() outside of it"
        )
        raise MisuseError(message)


def _explored(
    source: ProgramSource,
    settings: Settings,
    exploration: Exploration[ProgramOutcome],
    written: tuple[tuple[Violation, ...], str],
    search: str,
) -> Explored:
    violations, unstable = written
    reason = f"{NONDETERMINISM}{unstable}" if unstable else exploration.reason
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
        stopped=reason.removeprefix(UNSUPPORTED),
        executions=exploration.executions,
        schedules=exploration.schedules,
        states=exploration.states,
        opaque=exploration.opaque,
        violations=violations,
        unsupported=reason.removeprefix(UNSUPPORTED) if reason.startswith(UNSUPPORTED) else "",
    )
