"""`treadle explain`: draw the counterexample of each violated property in the plainest situation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from treadle.check import Verdict
from treadle.check.summary import fewer_events
from treadle.cli import MISUSE
from treadle.cli.arguments import add_common
from treadle.cli.screen import output
from treadle.cli.search import explore, make_plan, resolve_all, stage, sum_up
from treadle.report.detail import unsupported_by_reason
from treadle.report.diagram import Asked, print_diagram, state_told, state_told_with_callbacks
from treadle.report.document import NOT_STAGED
from treadle.report.table import heading
from treadle.telling import printable
from treadle.workers.crew import crew
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from rich.console import Console

    from treadle.check.summary import Standing, Summary
    from treadle.cli.arguments import Parser
    from treadle.report.document import Staged


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("target", metavar="TARGET")
    parser.add_argument("--states", action="store_true")
    parser.add_argument("--callbacks", action="store_true")
    add_common(parser)


def explain(options: argparse.Namespace) -> int:
    """Judge one target and print its counterexamples. A mode is violated by choice, so it is shown only if named."""
    plan = make_plan(options, [options.target])
    states = state_told_with_callbacks if options.callbacks else state_told if options.states else None
    console = output()
    with crew(options, plan.workers) as pool:
        resolve_all(plan, pool)
        parts = sum_up(plan, explore(plan, pool))
        for number, (interpreter, part) in enumerate(zip(plan.interpreters, parts, strict=True)):
            if number:
                console.print()
            summary = part.summaries[0]
            wanted = [
                standing
                for name, standing in summary.standings.items()
                if standing.verdict is Verdict.VIOLATED and (options.properties or not BY_NAME[name].is_mode)
            ]
            staged = stage(pool, interpreter, [each.plainest for each in wanted if each.plainest is not None])
            console.print(Text(heading(summary.cells[0], str(plan.readings[0])), style="bold"))
            _print(console, summary, wanted, staged, Asked(states=states, options=interpreter.option))
    return MISUSE if all(part.summaries[0].unsupported for part in parts) else 0


def _print(
    console: Console, summary: Summary, wanted: list[Standing], staged: Mapping[str, Staged], asked: Asked
) -> None:
    unsupported = unsupported_by_reason(summary)
    if not wanted and not summary.unsupported:
        schedules = sum(cell.schedules for cell in summary.cells)
        console.print(f"\n{printable(summary.target)}: no property is violated in any of {schedules:,} schedules")
    for standing in wanted:
        console.print()
        found = standing.plainest
        if found is None:
            reasons = {each.reason for each in standing.findings.values() if each.verdict is Verdict.VIOLATED}
            sentence = BY_NAME[standing.property].sentence
            console.print(f"violated  {sentence}   {printable(summary.target)}: no counterexample that replays")
            for reason in sorted(reasons):
                console.print(f"      {reason}")
        else:
            status = staged.get(str(found.token), NOT_STAGED).status
            print_diagram(console, found, stock=status, asked=asked)
            if fewer_events(standing):
                console.print(Text(f"fewer:   {fewer_events(standing)}", style="dim"), soft_wrap=True)
    for reason, situations in unsupported.items():
        console.print(f"\n{printable(summary.target)} cannot be judged in {', '.join(situations)}:")
        console.print(f"  {reason}")
    cut_off = sorted({cell.stopped for cell in summary.cells if cell.stopped} - {*unsupported})
    if cut_off:
        console.print(f"\nsome searches were cut off, so there may be more: {'; '.join(cut_off)}")
