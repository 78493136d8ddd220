"""A large search of one target in one situation, in parts that can run anywhere.

`find_parts` in one process, `judge_part` for each part in any, `conclude` with what they found. Verdicts, the numbers
of schedules and the counterexamples are those of `judge`; executions and states are more, and a note says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check.judge import explain, make_cell, make_unsupported
from treadle.check.refused import REFUSED
from treadle.check.target import Target, resolve_target
from treadle.check.unsupported import why_refused
from treadle.check.watch import CheckWatch
from treadle.check.worlds import world_of
from treadle.explorer import (
    Ended,
    Exploration,
    Root,
    find_frontier,
    in_groups,
    quiet,
    split,
    visit_from,
)
from treadle.situation import Outcome, parse_situation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.check.job import Job
    from treadle.check.verdict import CellResult

Progress = Callable[[int], object]
Swallowed = Callable[[], None]

PARTS = 16
"""Into so many parts at most: a few for each of several processes, and each of them visits some states anew."""

# After so many callbacks states are many and what follows from each is little. Measured in `shared`: at 4 the parts are
# too unequal, at 8 the first search, which is in one piece, takes half the time.
_DEEP = 6

_NOTHING: Exploration[Outcome] = Exploration(ended=Ended.EXHAUSTED, reason="", executions=0, schedules=0, states=None)


@dataclass(frozen=True, slots=True)
class Parts:
    """What was found on the way to the parts, and where each begins. None of them: states turned out to be wrong."""

    exploration: Exploration[Outcome]
    groups: tuple[tuple[Root, ...], ...]


def find_parts(
    job: Job, *, target: Target | None = None, progress: Progress = lambda _: None, swallowed: Swallowed = lambda: None
) -> Parts | None:
    """Split a search: the same parts each time. None where it is better judged in one piece."""
    target = target or resolve_target(job.target)
    if target.excluded(parse_situation(job.situation)):
        return None
    play = world_of(target, job.situation, job.bounds, job.task)
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=job.limits.deadline)
    with quiet(), watch:
        frontier = None if job.opaque else find_frontier(watch.over(play), job.limits, _is_deep, progress)
        if frontier is not None:
            exploration, roots = frontier.exploration, frontier.roots
        else:  # states are opaque: every schedule is run, so nothing is visited twice
            exploration, roots = _NOTHING, tuple(Root(each.choices) for each in split(watch.over(play), PARTS * PARTS))
    if exploration.doubted:
        return Parts(exploration, ())
    if play.setup_error is not None or play.loop.unsupported is not None or watch.spinning or len(roots) < PARTS:
        return None
    return Parts(exploration, tuple(map(tuple, in_groups(roots, PARTS))))


def judge_part(
    job: Job,
    roots: Sequence[Root],
    *,
    target: Target | None = None,
    progress: Progress = lambda _: None,
    swallowed: Swallowed = lambda: None,
) -> Exploration[Outcome]:
    """Search what follows from some roots."""
    target = target or resolve_target(job.target)
    play = world_of(target, job.situation, job.bounds, job.task)
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=job.limits.deadline)
    with quiet(), watch:
        found = visit_from(watch.over(play), roots, job.limits, progress, opaque=job.opaque)
    refused = why_refused(found, play, target)
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
    """Judge every property and mode on what so many parts have found together."""
    target = target or resolve_target(job.target)
    refused = why_refused(exploration, None, target)
    if refused:
        return make_unsupported(job, exploration, refused)
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=None)
    with quiet(), watch:
        exploration, counterexamples = explain(job, target, exploration, job.limits, watch, progress)
    cell = make_cell(job, exploration, reason="", counterexamples=counterexamples)
    told = f"searched in {parts} parts, as --jobs asked for: a state that two of them come to counts in both"
    return dataclasses.replace(cell, notes=(*cell.notes, told))


def _is_deep(size: tuple[int, ...]) -> bool:
    return size[1] >= _DEEP
