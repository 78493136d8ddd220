"""Make violations from outcomes: find the smallest schedule of each problem, shrink it if possible, and record it."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from treadle.errors import NondeterminismError
from treadle.explorer import Ended, Limits, ReplayScheduler, shrink, visit_states
from treadle.programs.problems import WITH, Problem, ProgramOutcome, ProgramProperty
from treadle.programs.record import RecordedProgram
from treadle.programs.result import Violation
from treadle.programs.world import ProgramWorld
from treadle.schedule import Kind, without_defaults
from treadle.tokens import ProgramToken
from treadle.trace import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from treadle.explorer import Exploration, Tally
    from treadle.programs.settings import Settings
    from treadle.programs.source import ProgramSource
    from treadle.programs.watch import ProgramWatch

Progress = Callable[[int], object]
Key = tuple[ProgramProperty, str]

_ENDS_BADLY = (
    ProgramProperty.RAISES,
    ProgramProperty.ALWAYS,
    ProgramProperty.DEADLOCK,
    ProgramProperty.LOST_WAKEUP,
    ProgramProperty.ENDS,
)

# Seconds that may be spent, on top of the time limit, on smaller counterexamples; at most the limit itself.
_SECONDS_TO_SHRINK = 10.0


@dataclass(slots=True)
class _Found:
    """The smallest known schedule of a problem, the bound on events of its search, and whether it is proved minimal."""

    problem: Problem
    tally: Tally
    schedules: int
    events: int
    minimal: bool


@dataclass(slots=True)
class Findings:
    """The problems of one exploration, and all that is needed to run their schedules again."""

    source: ProgramSource
    settings: Settings
    watch: ProgramWatch
    progress: Progress
    found: dict[Key, _Found] = field(default_factory=dict)
    same: dict[Key, Key] = field(default_factory=dict)  # findings that are reported as part of another one

    def key(self, problem: Problem) -> Key:
        """Return the finding that a problem belongs to."""
        key = problem.property, problem.about
        return self.same.get(key, key)

    def shown(self, outcome: ProgramOutcome, key: Key) -> tuple[Problem, str] | None:
        """Return the problem of an outcome that shows a finding, and its text with those reported with it; or None."""
        shown = [each for each in outcome if self.key(each) == key]
        if not shown:
            return None
        return shown[0], "; ".join(dict.fromkeys(each.text for each in shown))


def collect(search: Findings, exploration: Exploration[ProgramOutcome], events: int) -> None:
    """Note the smallest schedule of each finding; call `put_together` first."""
    proved = exploration.ended is not Ended.STOPPED
    for outcome, tally in exploration.tallies.items():
        told: dict[Key, Problem] = {}
        for problem in outcome:
            told.setdefault(search.key(problem), problem)
        for key, problem in told.items():
            found = search.found.get(key)
            if found is None:
                search.found[key] = _Found(problem, tally, tally.schedules, events, proved)
                continue
            found.schedules += tally.schedules
            if (tally.size, tally.example) < (found.tally.size, found.tally.example):
                found.problem, found.tally = problem, tally


def put_together(search: Findings, exploration: Exploration[ProgramOutcome]) -> None:
    """Find out which problems have the same cause, and make them one finding."""
    found = {(each.property, each.about): None for outcome in exploration.tallies for each in outcome}
    search.same = {**_parts_of_another(found), **_made_of_others(found)}
    occurs: dict[Key, bytes] = {}  # a digest of the outcomes in which it occurs, of which there may be very many
    for number, outcome in enumerate(exploration.tallies):
        for key in dict.fromkeys(map(search.key, outcome)):
            occurs[key] = hashlib.sha256(occurs.get(key, b"") + number.to_bytes(8, "little")).digest()
    search.same |= _consequences(occurs)


def _parts_of_another(found: Iterable[Key]) -> dict[Key, Key]:
    """Map each stuck state to the smallest one whose waits it contains: it is reported with that one."""
    stuck = [key for key in found if key[0] in (ProgramProperty.DEADLOCK, ProgramProperty.LOST_WAKEUP)]
    parts = {key: frozenset(key[1].split(WITH)) for key in stuck}
    smallest = sorted(stuck, key=lambda key: (len(parts[key]), key[1]))
    same: dict[Key, Key] = {}
    for key in stuck:
        least = next(each for each in smallest if each[0] is key[0] and parts[each] <= parts[key])
        if least != key:
            same[key] = least
    return same


def _made_of_others(found: Iterable[Key]) -> dict[Key, Key]:
    """Find groups of exceptions each of which was also raised without the others: report each once, by itself."""
    raised = [about for kind, about in found if kind is ProgramProperty.RAISES]
    parts = {about: frozenset(about.split(WITH)) for about in raised}
    same: dict[Key, Key] = {}
    for about, all_parts in parts.items():
        smaller = sorted((len(parts[each]), each) for each in raised if parts[each] < all_parts)
        if smaller and all_parts == frozenset().union(*(parts[each] for _, each in smaller)):
            same[ProgramProperty.RAISES, about] = ProgramProperty.RAISES, smaller[0][1]
    return same


def _consequences(occurs: Mapping[Key, bytes]) -> dict[Key, Key]:
    """Find exceptions that were not retrieved in exactly those executions that ended badly: one causes the other."""
    same: dict[Key, Key] = {}
    for key, outcomes in occurs.items():
        if key[0] is ProgramProperty.UNRETRIEVED:
            ends = [each for each, others in occurs.items() if each[0] in _ENDS_BADLY and others == outcomes]
            if ends:
                same[key] = ends[0]
    return same


def make_smaller(search: Findings) -> None:
    """Search again with bounds on events from 0 upwards, while time allows; shrink what that does not prove minimal."""
    settings = search.settings
    given = settings.seconds
    deadline = time.monotonic() + (_SECONDS_TO_SHRINK if given is None else min(_SECONDS_TO_SHRINK, given))
    for events in range(settings.events + (settings.random is not None)):
        left = [found for found in search.found.values() if not found.minimal and found.tally.size[1] >= events]
        if not left:
            return
        run = ProgramWorld(search.source, settings.bounds(events), settings.task)
        smaller = Findings(search.source, settings, search.watch, search.progress, same=search.same)
        program = search.watch.over(run, deadline=deadline)
        limits = Limits(executions=settings.limit, deadline=deadline)
        # The size of an execution begins with the callbacks out of turn, of which there are none without `any_order`.
        exploration = visit_states(program, limits, search.progress)
        if exploration.ended is Ended.STOPPED:
            break
        collect(smaller, exploration, events)
        for key, better in smaller.found.items():
            if key in search.found and not search.found[key].minimal:
                better.schedules = search.found[key].schedules
                search.found[key] = better
    for key, found in search.found.items():
        if not found.minimal and time.monotonic() < deadline:
            _shrink(search, key, found, deadline)


def _shrink(search: Findings, key: Key, found: _Found, deadline: float) -> None:
    run = ProgramWorld(search.source, search.settings.bounds(found.events), search.settings.task)
    program = search.watch.over(run, deadline=deadline)
    example = shrink(
        program,
        found.tally.example,
        lambda execution: search.shown(execution.outcome, key) is not None,
    )
    found.tally = dataclasses.replace(found.tally, example=example)


def write_down(search: Findings, *, spinning: bool) -> tuple[tuple[Violation, ...], str]:
    """Run the smallest schedule of each problem again, and record it; also say what differed, if anything did."""
    violations: list[tuple[Key, Violation]] = []
    unstable = ""
    order = list(ProgramProperty)
    for key, found in sorted(search.found.items(), key=lambda each: (order.index(each[0][0]), each[1].tally.size)):
        token = ProgramToken(
            name=search.source.name,
            task=search.settings.task,
            events=found.events,
            any_order=search.settings.any_order,
            choices=found.tally.example,
        )
        if spinning and key[0] is ProgramProperty.STEP_ENDS:
            violations.append((key, _without_trace(found)))
            continue
        try:
            violations.append((key, _record(search, token, key, found)))
        except NondeterminismError as error:
            unstable = f"{error}. What happened once: {found.problem.text}"
    return tuple(_told_apart(violations)), unstable


def _told_apart(violations: Sequence[tuple[Key, Violation]]) -> Iterator[Violation]:
    """If two findings have the same text, add the lines that led to each."""
    told = Counter((each.property, each.text) for _, each in violations)
    for (_, about), each in violations:
        _, _, places = about.partition(", ")
        if told[each.property, each.text] > 1 and places:
            yield dataclasses.replace(each, text=f"{each.text} (by way of {places})")
        else:
            yield each


def _without_trace(found: _Found) -> Violation:
    _, events, _, callbacks = found.tally.size
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


def _record(search: Findings, token: ProgramToken, key: Key, found: _Found) -> Violation:
    run = RecordedProgram(search.source, search.settings.bounds(token.events), token.task)
    scheduler = ReplayScheduler(token.choices)
    execution = search.watch.over(run).run(scheduler)
    scheduler.check()
    shown = search.shown(execution.outcome, key)
    if shown is None:
        message = (
            f"a schedule of {search.source.name} violated `{key[0]}` once and did not when it was run again: the "
            "program keeps state from one run to the next, or depends on time or chance"
        )
        raise NondeterminismError(message)
    _, events, _, callbacks = execution.size
    return Violation(
        property=shown[0].property,
        text=shown[1],
        schedules=found.schedules,
        token=dataclasses.replace(token, choices=without_defaults(token.choices), digest=digest(run.trace)),
        minimal=found.minimal,
        events=events,
        callbacks=callbacks,
        kinds=tuple(sorted(run.kinds)),
        beyond_stock=Kind.READY_ORDER in run.kinds,
        trace=run.trace,
    )
