"""Try the schedules under which a test failed last time before any search, so that a failure is reported at once.

The code may have changed since. So a schedule is followed as far as possible, and whatever is wrong in that execution
counts, even if it is not what was wrong last time: it is an execution like any other. If nothing is wrong in any of
them, the test is searched as usual.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from treadle.explorer import NONDETERMINISM, ReplayScheduler
from treadle.programs.explore import run_once
from treadle.programs.text import EARLIER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.programs import Explored, ProgramSource, ProgramToken, Settings

STOPPED = "what failed last time still does, so nothing else was tried; --treadle-forget searches anew"
"""The reason why the search ended."""


def try_earlier(source: ProgramSource, settings: Settings, tokens: Sequence[ProgramToken]) -> Explored:
    """Run the undisturbed schedule, then those of some tokens.

    The result has no violation if a search is needed. A token of other settings is skipped.
    """
    first = run_once(source, settings, ReplayScheduler(()))
    runs = [first]
    for token in tokens:
        if (
            token.choices
            and (token.task, token.any_order) == (settings.task, settings.any_order)
            and token.events <= settings.events
        ):
            bounded = dataclasses.replace(settings, events=token.events)
            runs.append(run_once(source, bounded, ReplayScheduler(token.choices)))
    told = dataclasses.replace(first, search=EARLIER, stopped=STOPPED, executions=len(runs), schedules=len(runs))
    if any(each.unsupported or each.stopped.startswith(NONDETERMINISM) for each in runs):
        return dataclasses.replace(told, violations=())
    violations = {(each.property, each.text): each for run in runs for each in run.violations}
    return dataclasses.replace(told, violations=tuple(violations.values()))
