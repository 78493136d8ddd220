"""Recognise calls that cannot be judged: those that need the outside world, and those that always fail.

For such a target only the reason is reported. In the first case a violation would be the loop's fault. In the second,
each property that is not violated would hold for the wrong reason: a call that raises a TypeError loses no
cancellation.

A call *fails in every schedule* if it raises in each of them, and neither a CancelledError nor what the dependency
raised. That alone does not distinguish a fault from an answer: `accepts-done` and `no-self-hang` are about calls that
refuse an ended task or their own, and a call whose controller is cancelled from the beginning may turn that into an
error of its own. So it must also fail in every schedule of the situation `plain`. In the situation `future` it need
not: there it is given a future, which it may refuse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from treadle.check.refused import IN_A_PROGRAM, REFUSED, place_told
from treadle.check.worlds import loop_for, world_of
from treadle.explorer import Ended, Exploration, Limits, ReplayScheduler, visit_states
from treadle.situation import SituationWorld, parse_situation
from treadle.telling import error_told, places_of

if TYPE_CHECKING:
    from treadle.check.job import Job
    from treadle.check.target import Target
    from treadle.check.watch import CheckWatch
    from treadle.situation import Outcome
    from treadle.situation.call import Call

_PLAIN, _FUTURE = "plain", "future"

# If a call fails in `plain`, a few executions show it; if not, the search is given up at this limit.
_SMALL = Limits(executions=2_000)


def why_unsupported(
    job: Job, target: Target, world: SituationWorld, exploration: Exploration[Outcome], watch: CheckWatch
) -> str:
    """Return why a target cannot be judged after a search, or an empty string; run it under the same watch."""
    entry = world.setup_error
    if refused := why_refused(exploration, world, target):
        return refused
    # A candidate of the catalogue that cannot be entered is recorded as one that exercises nothing. A `BaseException`
    # that is no `Exception` has interrupted a call that was still being entered.
    if entry is not None and not target.in_catalogue and isinstance(entry, Exception):
        return f"the call could not be entered: {error_told(entry)}{place_told(places_of(entry), target.files)}"
    return _why_failing(job, target, exploration, watch)


def why_refused(exploration: Exploration[Outcome], world: SituationWorld | None, target: Target) -> str:
    """Return which call to the outside world ended a search or a part of it, or an empty string."""
    if exploration.reason.startswith(REFUSED):  # a thread, which may be why the loop refused something
        return exploration.reason.removeprefix(REFUSED)
    if world is not None and world.loop.unsupported is not None:
        return f"{world.loop.unsupported} {IN_A_PROGRAM}{place_told(world.refused_at, target.files, 'called in ')}"
    return ""


def _why_failing(job: Job, target: Target, exploration: Exploration[Outcome], watch: CheckWatch) -> str:
    """Return how a call fails, if it fails in every schedule, or an empty string."""
    if not _fails(exploration):
        return ""
    situation = _FUTURE if parse_situation(job.situation).dependency == _FUTURE else _PLAIN
    seen_all = all(exploration.tallies) and job.bounds.events > 0
    shown = exploration, job.situation, job.bounds
    if situation != job.situation or not seen_all:
        bounds = replace(job.bounds, events=1, steps=min(job.bounds.steps, 2))
        world = world_of(target, situation, bounds, job.task)
        shown = visit_states(watch.over(world), _SMALL), situation, bounds
        if not (_fails(shown[0]) and all(shown[0].tallies)):
            return ""
    found, situation, bounds = shown
    failing = _Failing(target.subject, parse_situation(situation), bounds, job.task, loop_for(job.task))
    example = next(iter(found.tallies.values())).example
    watch.over(failing).run(ReplayScheduler(example))
    if failing.told is None:  # it did not fail the second time
        return ""
    said, places = failing.told
    return f"the call failed in every schedule: {said}{place_told(places, target.files)}"


def _fails(exploration: Exploration[Outcome]) -> bool:
    """Say whether every call raised its own error in every schedule; an empty outcome may have."""
    if exploration.ended is Ended.STOPPED or not exploration.tallies:
        return False
    return all(
        call.observation.raised and not call.does.startswith(_NO_FAULT)
        for outcome in exploration.tallies
        for call in outcome
    )


# What the dependency raised; what ends a process, which is not raised by mistake; and the error of a step that would
# otherwise not end, which is judged.
_NO_FAULT = (
    *("raises the failure", "raises a group with it"),
    *("raises SystemExit", "raises KeyboardInterrupt", "raises RecursionError"),
)


class _Failing(SituationWorld):
    """A world that keeps the error of the first call that fails, and its place."""

    told: tuple[str, list[tuple[str, int]]] | None = None

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        super().on_exit(call, how, error)
        if how == "raised" and error is not None and self.told is None:
            self.told = error_told(error), places_of(error)
