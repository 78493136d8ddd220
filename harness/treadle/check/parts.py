"""Make a large search of one target in one situation in parts, which may run in other processes.

Call `find_parts`, then `judge_part` for each part, in any process, then `conclude` with the results. Verdicts, numbers
of schedules and counterexamples are those of `judge`; there are more executions and states, and a note says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from treadle.check.judge import distrusted, explain, follow, make_cell, make_unsupported
from treadle.check.refused import REFUSED
from treadle.check.target import Target, resolve_target
from treadle.check.unsupported import why_refused
from treadle.check.watch import CheckWatch
from treadle.check.worlds import world_of
from treadle.explorer import Cut, Parts, nothing_found, quiet, visit_states
from treadle.explorer import find_parts as find_parts_of
from treadle.situation import parse_situation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.check.job import Job
    from treadle.check.verdict import CellResult
    from treadle.explorer import Exploration, Root
    from treadle.explorer.marks import Marks
    from treadle.situation import Outcome

Progress = Callable[[int], object]
Swallowed = Callable[[], None]


def find_parts(
    job: Job, *, target: Target | None = None, progress: Progress = lambda _: None, swallowed: Swallowed = lambda: None
) -> Parts[Outcome]:
    """Split a search into parts, the same each time; return no parts if one piece is better."""
    target = target or resolve_target(job.target)
    nothing: Parts[Outcome] = Parts(Cut.AT_STATES, nothing_found())
    if target.excluded(parse_situation(job.situation)):
        return nothing
    world = world_of(target, job.situation, job.bounds, job.task)
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=job.limits.deadline)
    with quiet(), watch:
        parts = find_parts_of(watch.over(world), Cut.AT_STATES, job.limits, progress, opaque=job.opaque)
        parts = dataclasses.replace(parts, exploration=distrusted(parts.exploration, watch, first=None))
    if parts.exploration.doubted:
        return parts
    if world.setup_error is not None or world.loop.unsupported is not None or watch.spinning:
        return nothing
    return parts


def judge_part(  # noqa: PLR0913 - the options are those of a search
    job: Job,
    roots: Sequence[Root],
    *,
    target: Target | None = None,
    progress: Progress = lambda _: None,
    swallowed: Swallowed = lambda: None,
    marks: Marks | None = None,
) -> Exploration[Outcome]:
    """Search what follows from some roots; for `marks` see `judge`."""
    target = target or resolve_target(job.target)
    world = world_of(target, job.situation, job.bounds, job.task)
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=job.limits.deadline)
    with quiet(), watch:
        program, followed = watch.over(world), marks and follow(marks, watch, world)
        found = visit_states(program, job.limits, progress, few=0, roots=roots, opaque=job.opaque, marks=followed)
        found = distrusted(found, watch, roots[0].choices)
    refused = why_refused(found, world, target)
    return dataclasses.replace(found, reason=f"{REFUSED}{refused}") if refused else found


def conclude(  # noqa: PLR0913 - the options are those of a search
    job: Job,
    exploration: Exploration[Outcome],
    *,
    parts: int,
    target: Target | None = None,
    progress: Progress = lambda _: None,
    swallowed: Swallowed = lambda: None,
) -> CellResult:
    """Judge every property and mode on what `parts` parts have found together."""
    target = target or resolve_target(job.target)
    refused = why_refused(exploration, None, target)
    if refused:
        return make_unsupported(job, exploration, refused)
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=None)
    with quiet(), watch:
        exploration, counterexamples = explain(job, target, exploration, job.limits, watch, progress)
    cell = make_cell(job, exploration, reason="", counterexamples=counterexamples)
    told = f"searched in {parts} parts, as --jobs asked for: a state that two of them reach is counted in both"
    return dataclasses.replace(cell, notes=(*cell.notes, told))
