"""Turn options into a plan, and have every cell of it explored in a worker process, in canonical order.

Interpreters and targets keep the order in which they were named; situations and properties have that of the
specification. So the output is the same each time, with any number of workers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from treadle.check import Catalogue, CellResult, Job, resolve_target
from treadle.check.judge import judge_excluded, judge_unanswered
from treadle.check.summary import summarize
from treadle.cli.arguments import read_draw
from treadle.cli.parts import ask, ask_whole_and_split, which_are_split
from treadle.errors import MisuseError, TreadleError
from treadle.report.document import NOT_STAGED, Part, Staged
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS
from treadle.tokens import Token
from treadle.workers.interpreters import Interpreter, find_interpreters
from treadle.workers.pool import WorkerPlace, WorkerRequest, default_size
from treadle.workers.requests.request import Resolve
from treadle.workers.requests.targets import FindContrast, JudgeCell, WriteScript
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

    from treadle.check import Counterexample
    from treadle.explorer import Draw
    from treadle.workers.pool import Answer, Asks

Q = TypeVar("Q", WriteScript, FindContrast)

# Seconds that a script may take on stock asyncio, on top of what any request may take.
_PATIENCE_WITH_SCRIPTS = 20.0

# About how many schedules a situation has within bounds of (3, 3), in thousands. Long searches are started first, and
# the remaining time is estimated from this.
_COSTS = (
    (r".*(result|exception|cancelled|self|future|unstarted|eager)", 0.02),
    (r"third-party", 80.0),
    (r"shared", 45.0),
    (r"timeout|group", 25.0),
    (r"nested|uncancel/1", 12.0),
    (r"uncancel/0", 8.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to judge, on which interpreters, and within which bounds and limits."""

    targets: tuple[str, ...]
    interpreters: tuple[Interpreter, ...]
    task: TaskKind
    bounds: Bounds
    readings: tuple[Reading, ...]
    situations: tuple[str, ...]
    properties: tuple[str, ...]
    limit: int | None
    seconds: int
    workers: int
    draw: Draw | None = None
    memory: int = 0
    excludes: Mapping[str, str] = field(default_factory=dict)  # from a situation, as `--not` names it, to the reason
    at_a_time: int = 1  # requests, as given by `--jobs`: large searches are split only if there are several


def make_plan(options: argparse.Namespace, targets: Sequence[str]) -> Plan:
    """Make a plan from the options that `check` and `explain` share; raise `MisuseError` for impossible ones."""
    return Plan(
        targets=tuple(dict.fromkeys(targets)) or tuple(CANDIDATES),
        interpreters=tuple(find_interpreters(options.pythons)),
        task=TaskKind(options.task),
        bounds=Bounds(events=options.events, steps=options.steps, any_order=options.any_order),
        readings=(Reading(options.reading),),
        situations=_in_order(options.situations, ALL_SITUATIONS),
        properties=_in_order(options.properties, BY_NAME),
        limit=options.limit,
        seconds=options.seconds,
        workers=options.jobs or default_size(),
        draw=read_draw(options),
        memory=options.memory,
        excludes=dict(options.excluded),
        at_a_time=options.jobs or 1,
    )


def _in_order(chosen: Sequence[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return the chosen names, or all, in the order of `known`; those that are not in it come last."""
    if not chosen:
        return tuple(known)
    order = list(known)
    return tuple(sorted(dict.fromkeys(chosen), key=lambda each: order.index(each) if each in order else len(order)))


def resolve_all(plan: Plan, pool: Asks) -> None:
    """Check that every target can be found on every interpreter; raise `MisuseError` if one cannot."""
    for name in plan.targets:
        if ":" not in name:
            resolve_target(name)
    requests = [
        WorkerRequest(place=place_of(interpreter, plan.task, name), question=Resolve(target=name))
        for interpreter in plan.interpreters
        for name in plan.targets
        if ":" in name
    ]
    for request, answer in zip(requests, pool.ask(requests), strict=True):
        if not answer.killed:  # the searches report that, if it happens to them too
            raise_misuse(answer, f"loading {request.question.target!r}")


def raise_misuse(answer: Answer, what: str) -> None:
    """Raise `MisuseError` if the user made a mistake, and `TreadleError` if there was no answer."""
    if answer.misuse:
        raise MisuseError(answer.misuse)
    if answer.failure:
        message = f"{what} failed: {answer.failure}"
        raise TreadleError(message)


def explore(plan: Plan, pool: Asks) -> list[CellResult]:
    """Judge every target in every situation on every interpreter, in this order: interpreter, target, situation."""
    requests: list[WorkerRequest[JudgeCell]] = []
    for interpreter in plan.interpreters:
        for target in plan.targets:
            for situation in plan.situations:
                job = Job(
                    target=target,
                    situation=situation,
                    bounds=plan.bounds,
                    task=plan.task,
                    readings=plan.readings,
                    draw=plan.draw,
                )
                question = JudgeCell(target=target, job=job, limit=plan.limit, seconds=plan.seconds)
                place = place_of(interpreter, plan.task, target)
                cost = _cost(situation)
                requests.append(WorkerRequest(place=place, question=question, cost=cost, memory=plan.memory))
    excluded = [reason_against(request.question.job.situation, plan.excludes) for request in requests]
    answers = iter(_ask(plan, pool, [each for each, reason in zip(requests, excluded, strict=True) if not reason]))
    cells = [
        judge_excluded(request.question.job, reason, python=request.place.interpreter.minor)
        if reason
        else _cell(request, next(answers))
        for request, reason in zip(requests, excluded, strict=True)
    ]
    return [
        replace(cell, findings=tuple(each for each in cell.findings if each.property in plan.properties))
        for cell in cells
    ]


def reason_against(situation: str, excludes: Mapping[str, str]) -> str:
    """Return why `--not` excludes a situation, by its whole name or by one of its aspects; empty if it does not."""
    for name in (situation, *situation.split("+")):
        if name in excludes:
            return f"excluded by --not {name}{f': {excludes[name]}' if excludes[name] else ''}"
    return ""


def _ask(plan: Plan, pool: Asks, requests: Sequence[WorkerRequest[JudgeCell]]) -> Sequence[Answer]:
    split = which_are_split(plan.bounds, [request.cost for request in requests], plan.at_a_time)
    if split and plan.limit is None and plan.draw is None:
        return ask_whole_and_split(pool, requests, split)
    return ask(pool, "searches", requests)


def place_of(interpreter: Interpreter, task: TaskKind, target: str) -> WorkerPlace:
    """Return which workers serve requests about a target."""
    return WorkerPlace(interpreter=interpreter, task=task, target="" if target in CANDIDATES else target)


def _cost(situation: str) -> float:
    return 1000 * next((cost for pattern, cost in _COSTS if re.fullmatch(pattern, situation)), 5.0)


def _cell(request: WorkerRequest[JudgeCell], answer: Answer) -> CellResult:
    if answer.misuse:
        raise MisuseError(answer.misuse)
    if answer.failure:
        return judge_unanswered(request.question.job, answer.failure, python=request.place.interpreter.minor)
    return request.question.hear(answer.result)


def sum_up(plan: Plan, cells: Sequence[CellResult]) -> list[Part]:
    """Sum up the cells that `explore` has returned, in one part for each interpreter."""
    parts = []
    for interpreter in plan.interpreters:
        catalogue = Catalogue.load(interpreter.minor, plan.task, plan.bounds)
        mine = [cell for cell in cells if cell.python == interpreter.minor]
        summaries = [summarize([cell for cell in mine if cell.target == name], catalogue) for name in plan.targets]
        parts.append(Part(summaries=summaries, catalogue=catalogue))
    return parts


def stage(pool: Asks, interpreter: Interpreter, shown: Sequence[Counterexample]) -> dict[str, Staged]:
    """Write scripts for counterexamples and run them on stock asyncio; return the results by token."""
    # A script with a timer waits in real seconds, so those are started first.
    requests = [
        replace(script_request(interpreter, found.token), cost=float("timer" in found.kinds)) for found in shown
    ]
    answers = ask(pool, "scripts", requests)
    return {
        str(found.token): staged(request.question, answer)
        for found, request, answer in zip(shown, requests, answers, strict=True)
    }


def contrast(pool: Asks, interpreter: Interpreter, staged: Mapping[str, Staged]) -> dict[str, Staged]:
    """Add to each counterexample the execution that it is compared with, where one can be found."""
    requests = [_request_about(interpreter, token, FindContrast) for token in map(Token.parse, staged)]
    answers = ask(pool, "contrasts", requests)
    told = {}
    for (token, each), request, answer in zip(staged.items(), requests, answers, strict=True):
        found = None if answer.result is None else request.question.hear(answer.result)
        told[token] = each if found is None else replace(each, contrast=found.contrast, source=found.source)
    return told


def script_request(interpreter: Interpreter, token: Token) -> WorkerRequest[WriteScript]:
    """Return the request to write the script of a token and to run it."""
    return _request_about(interpreter, token, WriteScript)


def _request_about(interpreter: Interpreter, token: Token, kind: type[Q]) -> WorkerRequest[Q]:
    return WorkerRequest(
        place=place_of(interpreter, token.task, token.target),
        question=kind(target=token.target, token=token),
        patience=_PATIENCE_WITH_SCRIPTS,
    )


def staged(question: WriteScript, answer: Answer) -> Staged:
    """Read the answer to a request for a script; `NOT_STAGED` if no script could be written or run."""
    if answer.result is None:
        return NOT_STAGED
    written = question.hear(answer.result)
    return Staged(status=written.stock, script=written.script or None)
