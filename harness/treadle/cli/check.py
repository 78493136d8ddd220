"""`treadle check`: the verdict table, or the result document."""

from __future__ import annotations

import platform
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from treadle.cli import MISUSE
from treadle.cli.arguments import add_common
from treadle.cli.screen import output
from treadle.cli.search import explore, make_plan, resolve_all, stage, sum_up
from treadle.report.document import NOT_STAGED, document
from treadle.report.render import see_that_it_can_be_written
from treadle.report.stock import NOT_REPRODUCED
from treadle.report.table import print_not_reproduced, print_verdicts
from treadle.workers.crew import crew
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from treadle.check import Counterexample
    from treadle.cli.arguments import Parser
    from treadle.cli.search import Plan
    from treadle.report.document import Part
    from treadle.workers.pool import Asks


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--report", metavar="FILE")
    add_common(parser)


def check(options: argparse.Namespace) -> int:
    """Judge the targets and return the exit status; see `status_of`."""
    plan = make_plan(options, options.targets)
    if options.report:
        from treadle.cli import report  # noqa: PLC0415 - it imports pictures and proofs, which only it needs

        see_that_it_can_be_written(options.report)
    began = time.monotonic()
    with crew(options, plan.workers) as pool:
        resolve_all(plan, pool)
        parts = sum_up(plan, explore(plan, pool))
        seconds = time.monotonic() - began
        # The table says nothing about candidates here: it is recorded that their counterexamples show on stock asyncio.
        parts = _stage_smallest(
            plan, pool, parts, own_only=not (options.json or options.report), shows=bool(options.report)
        )
        if options.report:
            parts = report.add_contrasts(pool, plan.interpreters, parts)
    if options.json:
        sys.stdout.write(document(parts, _measured(plan, parts, seconds)))
    else:
        _print(plan, parts)
    if options.report:
        report.write_report(options.report, plan, parts, _measured(plan, parts, seconds))
    if sys.stderr.isatty():
        versions = ", ".join(each.version for each in plan.interpreters)
        sys.stderr.write(f"{_executions(parts) / seconds:,.0f} executions a second for {seconds:.1f} s, {versions}\n")
    return status_of(parts)


def status_of(parts: Sequence[Part]) -> int:
    """Return 0 if all is well, 1 if something is wrong, and 2 if nothing is, but something cannot be judged."""
    bad = [summary for part in parts for summary in part.summaries if not summary.passes]
    if not bad:
        return 0
    return MISUSE if all(summary.unsupported for summary in bad) else 1


def _stage_smallest(plan: Plan, pool: Asks, parts: Sequence[Part], *, own_only: bool, shows: bool) -> list[Part]:
    """Run the smallest counterexample of each target and property on stock asyncio.

    `own_only`: only those of the user's own targets, and none of modes, whose violation is no fault. `shows`: also the
    plainest counterexample, which the report shows.
    """
    staged = []
    for interpreter, part in zip(plan.interpreters, parts, strict=True):
        found = [each for *_, each in _smallest(part, own_only=own_only, shows=shows)]
        staged.append(replace(part, staged=stage(pool, interpreter, found)))
    return staged


def _smallest(part: Part, *, own_only: bool, shows: bool = False) -> Iterator[tuple[str, str, Counterexample]]:
    for summary in part.summaries:
        if own_only and summary.target in CANDIDATES:
            continue
        for name, standing in summary.standings.items():
            if standing.smallest is not None and not (own_only and BY_NAME[name].is_mode):
                yield summary.target, name, standing.smallest
                if shows and standing.plainest is not None and standing.plainest is not standing.smallest:
                    yield summary.target, name, standing.plainest


def _not_reproduced(part: Part) -> list[tuple[str, str]]:
    """Return the user's targets and properties whose smallest counterexample did not show on stock asyncio."""
    return [
        (target, name)
        for target, name, found in _smallest(part, own_only=True)
        if part.staged.get(str(found.token), NOT_STAGED).status == NOT_REPRODUCED
    ]


def _print(plan: Plan, parts: Sequence[Part]) -> None:
    console = output()
    for number, part in enumerate(parts):
        if number:
            console.print()
        print_verdicts(console, part.summaries, reading=str(plan.readings[0]))
        print_not_reproduced(console, _not_reproduced(part))


def _executions(parts: Sequence[Part]) -> int:
    return sum(cell.executions for part in parts for summary in part.summaries for cell in summary.cells)


def _measured(plan: Plan, parts: Sequence[Part], seconds: float) -> dict[str, object]:
    return {
        "seconds": round(seconds, 3),
        "executions_per_second": round(_executions(parts) / seconds),
        "workers": plan.workers,
        "interpreters": {each.minor: each.version for each in plan.interpreters},
        "platform": platform.platform(),
    }
