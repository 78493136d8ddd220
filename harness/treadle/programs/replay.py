"""Replay one schedule of a program from its token."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import Ended, ReplayScheduler, quiet
from treadle.outside import simulated_surroundings
from treadle.programs.problems import NOT_COVERED, UNSUPPORTED
from treadle.programs.record import RecordedProgram
from treadle.programs.result import Explored, Violation
from treadle.programs.settings import Settings
from treadle.programs.text import ONE_SCHEDULE
from treadle.programs.watch import ProgramWatch
from treadle.schedule import Kind
from treadle.trace import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.explorer import Execution
    from treadle.programs.problems import ProgramOutcome
    from treadle.programs.source import ProgramSource
    from treadle.tokens import ProgramToken


ONE_OF_TOKEN = "this is the one schedule of the token"
"""The reason why the search of a complete replay ended."""


def replay_program(
    source: ProgramSource,
    token: ProgramToken,
    *,
    settings: Settings | None = None,
    swallowed: Callable[[], None] = lambda: None,
) -> Explored:
    """Run the schedule of a token; the result is that of a search that was cut off after this execution.

    Of the settings, only those count that a token does not hold: `callbacks` and `patience`.

    Raises `MisuseError` for a token of another program, and `NondeterminismError` if the program does not follow the
    schedule, or does not do what it did when the token was made.
    """
    if token.name not in {source.name, f"./{source.name}"}:  # see `tokens`
        message = f"the token is of {token.name!r}, and the program is {source.name!r}; name the one that it belongs to"
        raise MisuseError(message)
    bounds = dataclasses.replace((settings or Settings()).bounds(token.events), any_order=token.any_order)
    run = RecordedProgram(source, bounds, token.task)
    scheduler = ReplayScheduler(token.choices)
    with quiet(), simulated_surroundings(token.task), ProgramWatch(lambda _: None, swallowed, None) as watch:
        execution = watch.over(run).run(scheduler)
        unsupported = watch.unsupported.removeprefix(UNSUPPORTED)
    if not unsupported:
        scheduler.check()
    found = digest(run.trace)
    if found != token.digest and not unsupported:
        message = (
            f"the token ends in {token.digest}, but the trace of this replay has the digest {found}: the program, the "
            "interpreter or Treadle has changed since the token was made. Explore the program again to get a new one"
        )
        raise NondeterminismError(message)
    return Explored(
        name=source.name,
        python="{}.{}".format(*sys.version_info),
        task=token.task,
        events=token.events,
        kinds=tuple(sorted(run.kinds)),
        search=ONE_SCHEDULE,
        ended=Ended.STOPPED,
        stopped=unsupported or execution.fatal or ONE_OF_TOKEN,
        executions=1,
        schedules=1,
        states=None,
        opaque="",
        violations=_violations(run, execution, dataclasses.replace(token, digest=found)),
        unsupported=unsupported,
    )


def _violations(
    run: RecordedProgram, execution: Execution[ProgramOutcome], token: ProgramToken
) -> tuple[Violation, ...]:
    if execution.outcome == NOT_COVERED:
        return ()
    _, events, _, callbacks = execution.size
    return tuple(
        Violation(
            property=each.property,
            text=each.text,
            schedules=1,
            token=token,
            minimal=False,
            events=events,
            callbacks=callbacks,
            kinds=tuple(sorted(run.kinds)),
            beyond_stock=Kind.READY_ORDER in run.kinds,
            trace=run.trace,
        )
        for each in execution.outcome
    )
