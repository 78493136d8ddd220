"""Explore a program, in one piece or in parts that can run anywhere, or run it once.

In parts: `split_program` in one process, `explore_subtree` for each part in any, `conclude` with what they found.
"""

from __future__ import annotations

import gc
import sys
import time
from asyncio import events as asyncio_events
from typing import TYPE_CHECKING, Any

from treadle.errors import MisuseError
from treadle.explorer import (
    Ended,
    Exploration,
    Limits,
    Noting,
    PctSampler,
    RandomWalk,
    Tally,
    quiet,
    sample_schedules,
    split,
    visit_states,
)
from treadle.loop import task_kind
from treadle.programs.findings import Findings, collect, make_smaller, write_down
from treadle.programs.problems import Property
from treadle.programs.result import Explored, Violation
from treadle.programs.run import Run
from treadle.programs.settings import Settings, make_settings
from treadle.programs.source import Source, make_source
from treadle.programs.text import EACH_STATE, EVERY_SCHEDULE, ONE_SCHEDULE
from treadle.programs.watch import Watch
from treadle.schedule import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.explorer import Scheduler, Subtree
    from treadle.programs.findings import Progress
    from treadle.programs.problems import Outcome

PARTS = 32
"""A program is split into at least so many parts: a few for each of many processes, as they differ in size."""


def explore(program: Callable[..., Any], *, name: str = "", **options: Any) -> Explored:
    """Run an async function under every schedule and say what is wrong; `options` are those of `Settings`.

    The function takes the environment (see `Env`) as its only argument, or nothing. Nothing that it does is raised
    here; a violation is part of the result. Raises `MisuseError` for what cannot be explored.
    """
    return explore_source(make_source(program, name=name), make_settings(options))


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
        search = Findings(source, settings, watch, lambda _: None)
        collect(search, exploration, settings.events)
        written = write_down(search, spinning=run.spinning)
    return _explored(source, settings, exploration, written, ONE_SCHEDULE)


def explore_source(
    source: Source,
    settings: Settings,
    *,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
) -> Explored:
    """Explore a program; `swallowed` is called when a step goes on although it was interrupted."""
    exploration = explore_subtree(source, settings, None, progress=progress, swallowed=swallowed)
    return conclude(source, settings, exploration, progress=progress, swallowed=swallowed)


def split_program(source: Source, settings: Settings) -> tuple[Subtree, ...]:
    """Split the schedules of a program: the same parts each time."""
    _see_that_no_loop_runs()
    with task_kind(settings.task), quiet(), Watch(lambda _: None, lambda: None, None) as watch:
        return split(watch.over(Run(source, settings.bounds(), settings.task)), PARTS)


def explore_subtree(
    source: Source,
    settings: Settings,
    subtree: Subtree | None,
    *,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
) -> Exploration[Outcome]:
    """Search one part, or all in one piece."""
    _see_that_no_loop_runs()
    deadline = None if settings.seconds is None else time.monotonic() + settings.seconds
    with task_kind(settings.task), quiet(), Watch(progress, swallowed, deadline) as watch:
        program = watch.over(Run(source, settings.bounds(), settings.task), deadline=deadline)
        if settings.random is None:
            limits = Limits(executions=settings.limit, deadline=deadline)
            return visit_states(program, limits, progress, subtree=subtree)
        sampler = (PctSampler if settings.pct else RandomWalk)(settings.seed, events=settings.events)
        return sample_schedules(program, sampler, Limits(executions=settings.random, deadline=deadline), progress)


def conclude(  # noqa: PLR0913 - the options are those of the search
    source: Source,
    settings: Settings,
    exploration: Exploration[Outcome],
    *,
    parts: int = 1,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
) -> Explored:
    """Make violations of what was found in so many parts."""
    _see_that_no_loop_runs()
    with task_kind(settings.task), quiet(), Watch(progress, swallowed, None) as watch:
        search = Findings(source, settings, watch, progress)
        collect(search, exploration, settings.events)
        spinning = any(found is Property.STEP_ENDS for found, _ in search.found)
        if exploration.ended is Ended.STOPPED and search.found and not spinning:
            make_smaller(search)
        written = write_down(search, spinning=spinning)
        gc.collect()  # what is left of the program complains now, while nobody listens
    return _explored(source, settings, exploration, written, _name_of_search(settings, exploration, parts))


def _name_of_search(settings: Settings, exploration: Exploration[Outcome], parts: int) -> str:
    if settings.random is not None:
        return f"{(PctSampler if settings.pct else RandomWalk).name} from seed {settings.seed}"
    name = EVERY_SCHEDULE if exploration.states is None else EACH_STATE
    return name if parts == 1 else f"{name} in each of {parts} subtrees"


def _see_that_no_loop_runs() -> None:
    if asyncio_events._get_running_loop() is not None:
        message = "an event loop runs in this thread, and Treadle's cannot run inside it; call explore() outside of it"
        raise MisuseError(message)


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
