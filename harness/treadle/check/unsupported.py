"""What cannot be judged: a call that needs the outside world, and a call that fails whatever happens.

Of such a target nothing is said but why. A violation would be the loop's fault in the first case; in the second, each
property that is not violated would hold for the wrong reason: who raises a TypeError loses no cancellation.

A call *fails in every schedule* if it raises in each of them, and neither a CancelledError nor what the dependency
raised. That alone does not tell a fault from an answer: to refuse a task that has ended, or oneself, is what
`accepts-done` and `no-self-hang` speak of, and a call whose controller is cancelled from the beginning may turn that
into an error of its own. So it must fail in every schedule of the situation `plain` as well. It need not in the
situation `future`: there it is given another kind of thing, which it may refuse.
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

# To see whether a call fails in `plain` takes a few executions where it does, and is given up where it does not.
_SMALL = Limits(executions=2_000)


def why_unsupported(
    job: Job, target: Target, play: SituationWorld, exploration: Exploration[Outcome], watch: CheckWatch
) -> str:
    """Return why nothing can be said of a target after a search, or an empty string; run under the same watch."""
    entry = play.setup_error
    if refused := why_refused(exploration, play, target):
        return refused
    # A candidate of the catalogue that cannot be entered is recorded as one that exercises nothing. What is no
    # `Exception` has interrupted a call that was still being entered.
    if entry is not None and not target.in_catalogue and isinstance(entry, Exception):
        return f"the call could not be entered: {error_told(entry)}{place_told(places_of(entry), target.files)}"
    return _why_failing(job, target, exploration, watch)


def why_refused(exploration: Exploration[Outcome], play: SituationWorld | None, target: Target) -> str:
    """Return which call of the outside world ended a search or a part of it, or an empty string."""
    if exploration.reason.startswith(REFUSED):  # a thread: what the loop refuses may come from there
        return exploration.reason.removeprefix(REFUSED)
    if play is not None and play.loop.unsupported is not None:
        return f"{play.loop.unsupported} {IN_A_PROGRAM}{place_told(play.refused_at, target.files, 'called in ')}"
    return ""


def _why_failing(job: Job, target: Target, exploration: Exploration[Outcome], watch: CheckWatch) -> str:
    """Return how a call fails, if it does so in every schedule, or an empty string."""
    if not _fails(exploration):
        return ""
    situation = _FUTURE if parse_situation(job.situation).dependency == _FUTURE else _PLAIN
    seen_all = all(exploration.tallies) and job.bounds.events > 0
    shown = exploration, job.situation, job.bounds
    if situation != job.situation or not seen_all:
        bounds = replace(job.bounds, events=1, steps=min(job.bounds.steps, 2))
        play = world_of(target, situation, bounds, job.task)
        shown = visit_states(watch.over(play), _SMALL), situation, bounds
        if not (_fails(shown[0]) and all(shown[0].tallies)):
            return ""
    found, situation, bounds = shown
    failing = _Failing(target.subject, parse_situation(situation), bounds, job.task, loop_for(job.task))
    example = next(iter(found.tallies.values())).example
    watch.over(failing).run(ReplayScheduler(example))
    if failing.told is None:  # it is not the same twice
        return ""
    said, places = failing.told
    return f"the call failed in every schedule: {said}{place_told(places, target.files)}"


def _fails(exploration: Exploration[Outcome]) -> bool:
    """Say whether every call raised something of its own in every schedule; where the outcome is empty, perhaps."""
    if exploration.ended is Ended.STOPPED or not exploration.tallies:
        return False
    return all(
        call.observation.raised and not call.does.startswith(_NO_FAULT)
        for outcome in exploration.tallies
        for call in outcome
    )


# What the dependency raised; what would end a process, which nobody raises by mistake; and how a step ends that would
# else not end: that is judged.
_NO_FAULT = (
    *("raises the failure", "raises a group with it"),
    *("raises SystemExit", "raises KeyboardInterrupt", "raises RecursionError"),
)


class _Failing(SituationWorld):
    """A play that keeps what the first of its calls to fail has raised, and where."""

    told: tuple[str, list[tuple[str, int]]] | None = None

    def on_exit(self, call: Call, how: str, error: BaseException | None) -> None:
        super().on_exit(call, how, error)
        if how == "raised" and error is not None and self.told is None:
            self.told = error_told(error), places_of(error)
