"""Judge one target in one situation: explore it, then evaluate every property on the outcomes.

The search tallies outcomes. A hundred thousand schedules have a few dozen distinct ones, so properties are evaluated
only on these, and the counts stay exact. The smallest schedule of each outcome is kept, so the smallest one that
violates a property is among them: after a search that covered everything, it is *minimal*.

After a search that was cut off it may not be. Then the search is repeated with 0, 1, ... events; a counterexample that
is found with a number of events that was covered completely is minimal all the same.
"""

from __future__ import annotations

import dataclasses
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from treadle.check.counterexamples import Counterexample, make_counterexample, violates
from treadle.check.target import Target, resolve_target
from treadle.check.unsupported import why_unsupported
from treadle.check.verdict import CellResult, Finding
from treadle.check.watch import CheckWatch
from treadle.check.worlds import world_of
from treadle.errors import NondeterminismError
from treadle.explorer import NONDETERMINISM, Ended, Exploration, Limits, Tally, draw_schedules, quiet, visit_states
from treadle.schedule import Bounds, Kind
from treadle.situation import CallOutcome, Outcome, Situation, SituationWorld, parse_situation
from treadle.telling import error_told
from treadle.tokens import Token
from treadle.verdict import Verdict
from treadle_models.spec import CIRCLE_ENDS, MODES, NO_SELF_HANG, PROPERTIES, Observation, Property, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.check.job import Job
    from treadle.explorer.marks import Marks
    from treadle.schedule import Schedule

Progress = Callable[[int], object]

_MAY_KEEP = "the target may keep something from one execution to the next, and its states cannot be identified"
NOT_TOLD_APART = "states were not told apart, so every schedule was run"


def judge(
    job: Job,
    *,
    target: Target | None = None,
    progress: Progress = lambda _: None,
    swallowed: Callable[[], None] = lambda: None,
    marks: Marks | None = None,
) -> CellResult:
    """Explore one situation, judge every property and mode in it, and return what was found.

    The target runs in this process; the command line gives each a process of its own.

    :param job: what to judge, and how far to go.
    :param target: the target, if you have it already; otherwise it is found by its name in the job.
    :param progress: called from time to time with the number of executions since the last call.
    :param swallowed: called when a step of the target goes on although it was interrupted. Only ending the process
        helps then.
    :param marks: for the marks that a long search leaves (see `explorer.marks`); None to leave none.
    :returns: the exact counts, and a finding for each property.
    :raises MisuseError: for a target or situation that does not exist.
    """
    target = target or resolve_target(job.target)
    situation = parse_situation(job.situation)
    excluded = target.excluded(situation)
    if excluded:
        return judge_excluded(job, excluded, python="{}.{}".format(*sys.version_info))
    world = world_of(target, job.situation, job.bounds, job.task)
    began = time.monotonic()
    watch = CheckWatch(progress=progress, swallowed=swallowed, deadline=job.limits.deadline)
    with quiet(), watch:
        exploration = _search(job, watch.over(world), progress, marks and follow(marks, watch, world))
        unsupported = why_unsupported(job, target, world, exploration, watch)
        if unsupported:
            return make_unsupported(job, exploration, unsupported)
        limits = _as_much_again(job, began)
        exploration, counterexamples = explain(job, target, exploration, limits, watch, progress)
    entry = world.setup_error
    reason = f"the call could not be entered: {error_told(entry)}" if entry is not None else ""
    return make_cell(job, exploration, reason=reason, counterexamples=counterexamples)


def explain(  # noqa: PLR0913, PLR0917 - all that a search needs
    job: Job,
    target: Target,
    exploration: Exploration[Outcome],
    limits: Limits,
    watch: CheckWatch,
    progress: Progress,
) -> tuple[Exploration[Outcome], dict[tuple[str, Reading], Counterexample]]:
    """Make the counterexamples of a search; if one does not show again, the search counts as stopped.

    `limits` are those of the searches that prove a counterexample minimal after a search that was cut off.
    """
    violations = _smallest_violations(job, exploration)
    if exploration.ended is Ended.STOPPED and violations and not watch.spinning:
        watch.extend(limits.deadline)
        violations |= _smallest_by_raising(job, target, violations, limits, watch, progress)
        watch.extend(None)
    counterexamples, unstable = _write_down(job, target, exploration, violations, watch)
    if unstable:
        exploration = dataclasses.replace(exploration, ended=Ended.STOPPED, reason=f"{NONDETERMINISM}{unstable}")
    return exploration, {} if exploration.reason.startswith(NONDETERMINISM) else counterexamples


NOT_KEPT = "memory ran short: new states were no longer kept, so some were visited more than once"

_JUDGED = (*PROPERTIES, *MODES)

Violations = dict[tuple[str, Reading], tuple[Tally, int]]
"""By property and reading: the smallest violating tally, and the bound on events of its search."""


def _pairs(job: Job, situation: Situation) -> Iterator[tuple[Property, Reading]]:
    for each in (CIRCLE_ENDS,) if situation.dependency == "mutual" else _JUDGED:
        for reading in job.readings if situation.uncancel and each.readings else (job.readings[0],):
            yield each, reading


def _smallest_violations(job: Job, exploration: Exploration[Outcome], events: int | None = None) -> Violations:
    situation = parse_situation(job.situation)
    found: Violations = {}
    for each, reading in _pairs(job, situation):
        if situation.dependency == "itself" and each is not NO_SELF_HANG:
            continue
        bad = [tally for outcome, tally in exploration.tallies.items() if violates(outcome, each, reading)]
        if bad:
            smallest = min(bad, key=lambda tally: (tally.size, tally.example))
            found[each.name, reading] = smallest, job.bounds.events if events is None else events
    return found


def follow(marks: Marks, watch: CheckWatch, world: SituationWorld) -> Marks:
    """Return the marks of a search of this world.

    If a target may keep something, and states, of which that is a part, are not identified, it leaves none.
    """
    return dataclasses.replace(
        marks,
        lasting=watch.lasting,
        brings_up_code=watch.brings_up_code,
        why_not=lambda states: "" if states or not world.keeps else _MAY_KEEP,
    )


def _search(job: Job, program: CheckWatch, progress: Progress, marks: Marks | None) -> Exploration[Outcome]:
    if job.draw is not None:
        return draw_schedules(program, job.draw, job.bounds.events, job.limits, progress)
    return distrusted(visit_states(program, job.limits, progress, opaque=job.opaque, marks=marks), program)


def distrusted(
    exploration: Exploration[Outcome], watch: CheckWatch, first: Schedule | None = ()
) -> Exploration[Outcome]:
    """Return the result of a search, as cut off if something was not tried.

    It also counts as cut off if its `first` schedule ends otherwise when it is run again; `first` is None if that was
    not run to its end. Executions that were only guessed to go on for ever are left out.
    """
    if watch.guessed:
        ends = {outcome: tally for outcome, tally in exploration.tallies.items() if not _is_endless(outcome)}
        schedules = sum(tally.schedules for tally in ends.values())
        exploration = dataclasses.replace(exploration, tallies=ends, schedules=schedules)
    if exploration.ended is Ended.STOPPED:
        return exploration
    doubt = ("" if first is None else watch.doubts(first)) or watch.gave_up()
    return dataclasses.replace(exploration, ended=Ended.STOPPED, reason=doubt) if doubt else exploration


def _is_endless(outcome: Outcome) -> bool:
    return any(call.observation.circling for call in outcome)


def _as_much_again(job: Job, began: float) -> Limits:
    """Return the limits of one more search, with a deadline as far away as at the beginning."""
    limits = job.limits if job.draw is None else dataclasses.replace(job.limits, executions=job.draw.executions)
    if limits.deadline is None:
        return limits
    return dataclasses.replace(limits, deadline=time.monotonic() + max(0.0, limits.deadline - began))


def _smallest_by_raising(  # noqa: PLR0913, PLR0917 - all that a search needs
    job: Job,
    target: Target,
    found: Violations,
    limits: Limits,
    watch: CheckWatch,
    progress: Progress,
) -> Violations:
    """Search with 0, 1, ... events for violations that are not proved minimal."""
    better: Violations = {}
    for events in range(job.bounds.events):
        world = world_of(target, job.situation, dataclasses.replace(job.bounds, events=events), job.task)
        # Only the outcomes matter here, and their smallest schedules.
        exploration = visit_states(watch.over(world), limits, progress, opaque=job.opaque)
        if exploration.ended is Ended.STOPPED:
            break
        for key, violation in _smallest_violations(job, exploration, events).items():
            if key in found:
                better.setdefault(key, violation)
    return better


def _write_down(
    job: Job,
    target: Target,
    exploration: Exploration[Outcome],
    violations: Violations,
    watch: CheckWatch,
) -> tuple[dict[tuple[str, Reading], Counterexample], str]:
    """Make the counterexamples; also say what differed when a schedule was run again, or nothing."""
    counterexamples: dict[tuple[str, Reading], Counterexample] = {}
    unstable = ""
    for (name, reading), (tally, events) in violations.items():
        if watch.spinning:
            break
        token = Token(
            target=target.name,
            situation=job.situation,
            property=name,
            reading=str(reading),
            task=job.task,
            bounds=dataclasses.replace(job.bounds, events=events),
            choices=tally.example,
        )
        minimal = exploration.ended is not Ended.STOPPED or events < job.bounds.events
        try:
            counterexamples[name, reading] = make_counterexample(target, token, minimal=minimal, watched=watch.over)
        except NondeterminismError as error:
            unstable = str(error)
    return counterexamples, unstable


def judge_excluded(job: Job, reason: str, *, python: str) -> CellResult:
    """Return the result of a cell that is not judged for this reason. `python` is a minor version."""
    nothing: Exploration[Outcome] = Exploration(
        ended=Ended.EXHAUSTED, reason="", executions=0, schedules=0, states=None
    )
    return dataclasses.replace(make_cell(job, nothing, reason=reason, counterexamples={}), python=python)


def judge_unanswered(job: Job, reason: str, *, python: str, spinning: bool = False) -> CellResult:
    """Return the result of a cell whose process gave no answer; `spinning`: a step of the call did not end.

    No schedule counts as covered, because all results are lost. `python` is the minor version of the interpreter.
    """
    situation = parse_situation(job.situation)
    exploration: Exploration[Outcome] = Exploration(
        ended=Ended.STOPPED, reason=reason, executions=0, schedules=0, states=None
    )
    if spinning:
        seen = Observation(spinning=True, itself=situation.dependency == "itself")
        exploration.tallies[CallOutcome(seen, "running", "does not end"),] = Tally(1, (0, 0), ())
    cell = make_cell(job, exploration, reason="", counterexamples={})
    return dataclasses.replace(cell, python=python, outcomes={})


def make_unsupported(job: Job, exploration: Exploration[Outcome], reason: str) -> CellResult:
    """Return the result of a cell in which the target cannot be judged for this reason."""
    stopped = reason if exploration.ended is Ended.STOPPED else ""
    seen = dataclasses.replace(exploration, reason=stopped, tallies={})
    cell = make_cell(job, seen, reason=reason, counterexamples={}, unjudged=Verdict.UNSUPPORTED)
    return dataclasses.replace(cell, notes=())


def make_cell(
    job: Job,
    exploration: Exploration[Outcome],
    *,
    reason: str,
    counterexamples: dict[tuple[str, Reading], Counterexample],
    unjudged: Verdict = Verdict.NOT_EXERCISED,
) -> CellResult:
    """Judge every property and mode on the outcomes of a search.

    `reason` says why none can be judged, if so; then `unjudged` is the verdict on each one that applies to the
    situation.
    """
    situation = parse_situation(job.situation)
    findings = tuple(
        _unjudged((each, reading), situation, reason, unjudged)
        if reason
        else _finding((each, reading), situation, exploration, counterexamples.get((each.name, reading)))
        for each, reading in _pairs(job, situation)
    )
    outcomes: dict[str, Counter[str]] = {}
    for outcome, tally in exploration.tallies.items():
        for call in outcome:
            outcomes.setdefault(call.ending, Counter())[call.does] += tally.schedules
    return CellResult(
        target=job.target,
        situation=situation.name,
        python="{}.{}".format(*sys.version_info),
        task=job.task,
        bounds=job.bounds,
        ended=exploration.ended,
        stopped=exploration.reason,
        kinds=_open_kinds(situation, job.bounds),
        executions=exploration.executions,
        schedules=exploration.schedules,
        states=exploration.states,
        findings=findings,
        opaque=exploration.opaque,
        notes=(
            *((f"{NOT_TOLD_APART}: {exploration.opaque}",) if exploration.opaque else ()),
            *((NOT_KEPT,) if exploration.full else ()),
        ),
        outcomes={ending: dict(sorted(does.items())) for ending, does in sorted(outcomes.items())},
    )


def _open_kinds(situation: Situation, bounds: Bounds) -> tuple[str, ...]:
    kinds = {Kind.EVENT, Kind.COMPLETION, Kind.TIMER, Kind.DEPENDENCY}
    if situation.dependency in ("future", "result", "exception", "cancelled", "itself", "mutual"):
        kinds.discard(Kind.DEPENDENCY)
    if bounds.any_order:
        kinds.add(Kind.READY_ORDER)
    return tuple(sorted(kinds))


_ONLY_ITSELF = "where the controller calls on itself, only no-self-hang is judged"


def _unjudged(judged: tuple[Property, Reading], situation: Situation, reason: str, verdict: Verdict) -> Finding:
    each, reading = judged
    if verdict is Verdict.UNSUPPORTED and situation.dependency == "itself" and each is not NO_SELF_HANG:
        verdict, reason = Verdict.NOT_EXERCISED, _ONLY_ITSELF
    return Finding(property=each.name, reading=str(reading), verdict=verdict, reason=reason, exercised=0, violating=0)


def _finding(
    judged: tuple[Property, Reading],
    situation: Situation,
    exploration: Exploration[Outcome],
    counterexample: Counterexample | None,
) -> Finding:
    each, reading = judged
    exercised = violating = 0
    reason = ""
    if situation.dependency == "itself" and each is not NO_SELF_HANG:
        reason = _ONLY_ITSELF
    else:
        for outcome, tally in exploration.tallies.items():
            if any(each.applies(call.observation, reading) for call in outcome):
                exercised += tally.schedules
                violating += tally.schedules * violates(outcome, each, reading)
    if reason:
        verdict = Verdict.NOT_EXERCISED
    elif violating and not exploration.reason.startswith(NONDETERMINISM):  # other executions may have caused it
        verdict = Verdict.VIOLATED
        reason = exploration.reason
    elif exploration.ended is Ended.STOPPED:
        verdict, reason = Verdict.NO_VIOLATION_FOUND, exploration.reason
    elif not exercised:
        verdict, reason = Verdict.NOT_EXERCISED, "its premise was true in no schedule"
    else:
        verdict = Verdict.HOLDS
    return Finding(
        property=each.name,
        reading=str(reading),
        verdict=verdict,
        reason=reason,
        exercised=exercised,
        violating=violating,
        counterexample=counterexample,
    )


def interpreter() -> str:
    """Return the full name of the interpreter, which belongs to the measurements, not to a result."""
    return f"{platform.python_implementation()} {platform.python_version()}"
