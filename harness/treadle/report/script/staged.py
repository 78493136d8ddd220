"""Choose the script that is shown: the first one that fails on stock asyncio, trying the shortest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.report.script.brief import brief_scripts
from treadle.report.script.write import write_script
from treadle.report.stock import LATE, REPRODUCED, run_on_stock

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.check.target import Target
    from treadle.report.stock import StockRun

_SECONDS, _ASLEEP = 10.0, 2.0
"""The time limit of a short script, and how long of that it may sleep: it only waits for timers of a library."""


def stage_script(found: Counterexample, target: Target) -> tuple[str, StockRun]:
    """Return a script and its run; try other places to act if those of the counterexample do not show the failure."""
    briefs = brief_scripts(found, target)
    first = next(briefs, "")
    run = run_on_stock(first, seconds=_SECONDS, asleep=_ASLEEP)
    if run.status == REPRODUCED and not _broken(run):
        return first, run
    long = write_script(found, target)
    told = run_on_stock(long)
    if told.status == REPRODUCED:
        return long, told
    if LATE in run.output:  # the others would be late, too
        return long, told
    for script in briefs:
        run = run_on_stock(script, seconds=_SECONDS, asleep=_ASLEEP)
        if run.status == REPRODUCED and not _broken(run):
            return script, run
    return long, told


def _broken(run: StockRun) -> bool:
    """Say whether a script itself is faulty, which must not be mistaken for a failure of the call."""
    return any(each in run.output for each in ("NameError", "UnboundLocalError"))
