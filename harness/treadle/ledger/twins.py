"""Write twins as two scripts for stock Python: the same code, the same observations, and opposite needs.

The model finds the pair (`treadle_models.explicit.twins`). Each of the two is a schedule, which is run on real tasks
and written as a script like a counterexample. The code under test cancels the dependency, awaits it, and notes all that
it can read; the script itself counts the requests that it makes, and so knows whether the code must raise.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.check.counterexamples import Counterexample
from treadle.check.target import resolve_target
from treadle.explorer import ReplayScheduler
from treadle.report.script.controller import controller_code
from treadle.report.script.dependency import dependency_code
from treadle.report.script.environment import environment_code
from treadle.report.script.main import main_code
from treadle.report.script.plan import CannotPlaceError, plan
from treadle.report.script.write import STAGE
from treadle.schedule import Bounds, TaskKind
from treadle.situation import RecordedSituation, parse_situation
from treadle.tokens import Token
from treadle_models.explicit.twins import READABLE, all_twins, moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.check.target import Target
    from treadle_models.explicit.twins import Moment

_BOUNDS = Bounds(events=2, steps=2)


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of twins: what is equal in its executions, and the environment in which they occur."""

    name: str
    environment: str
    readable: tuple[str, ...]
    sentence: str


PAIRS = (
    Pair(
        "exception",
        "alone",
        ("way out", "dependency count", "dependency ended"),
        "the exception and all of the dependency; the caller's count alone differs",
    ),
    Pair(
        "snapshot",
        "may be cancelling already",
        tuple(name for name in READABLE if name != "snapshot"),
        "everything but the count at entry, where the caller may be cancelling already",
    ),
    Pair(
        "pending", "a request may be pending at entry", READABLE, "everything, where a request may be pending at entry"
    ),
    Pair("everything", "others uncancel the caller", READABLE, "everything, where others may uncancel the caller"),
)
"""The pairs that are shown. In a pair, `readable` is equal, and so is everything that an exception shows."""

_HEAD = '''"""One of two twins, {name!r}: they are equal in {sentence}.

The code under test cancels the dependency, awaits it, and notes what it can read. What it must do is counted here, from
the requests to cancel it; in the other twin it is the opposite. Situation {situation}. Needs Python 3.11, no more.
"""

import asyncio
import os
import sys
import traceback
import types

# The code under test


async def call_under_test(task):
    """Cancel `task`, await it, and note what can be read then."""
    me = asyncio.current_task()
    snapshot = me.cancelling()
    task.cancel()
    error = None
    try:
        await task
    except BaseException as caught:
        error = caught
    stage.seen = {{
        "exception": type(error).__name__,
        "args": error.args if error else (),
        "traceback": [frame.name for frame in traceback.extract_tb(error.__traceback__)] if error else [],
        "cause": repr(error.__cause__) if error else "None",
        "task.done()": task.done(),
        "task.cancelled()": task.cancelled(),
        "task.cancelling()": task.cancelling(),
        "cancelling()": me.cancelling(),
        "cancelling() at entry": snapshot,
    }}

'''

_NEED = '''

def request():
    """Cancel the caller, as somebody else does."""
    if calls[0].inside and stage.controllers[0].cancel():
        stage.asked += 1
        stage.outstanding += 1


def withdraw():
    """Uncancel the caller, as somebody else does."""
    if calls[0].inside:
        stage.controllers[0].uncancel()
        stage.outstanding = max(0, stage.outstanding - 1)


def leave(call, how):
    """Note what must be done, when the call ends."""
    call.inside = False
    stage.need = "raise CancelledError" if stage.outstanding else "not asked for" if stage.asked else "not raise it"


async def probe(call):
    """Do nothing more."""


def finish():
    """Say what can be read, and what must be done."""
    for name, value in stage.seen.items():
        if name not in {hidden!r}:
            print(f"{{name}}: {{value}}")
    print(f"needed: {{stage.need}}")
    sys.stdout.flush()
    os._exit(0)


stage.asked = stage.outstanding = {pending}
asyncio.run(main())
'''

_SHOWN = {"count": "cancelling()", "snapshot": "cancelling() at entry", "dependency count": "task.cancelling()"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedTwins:
    """A pair of twins, run on real tasks: `raises` must raise `CancelledError`, `returns` must not."""

    pair: Pair
    raises: Counterexample
    returns: Counterexample
    scripts: tuple[str, str]

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two scripts."""
        return f"{self.pair.name}-raise", f"{self.pair.name}-return"


def play_twins(version: tuple[int, int] = sys.version_info[:2]) -> Iterator[PlayedTwins]:
    """Yield each pair with the shortest schedules for which both scripts can be written.

    Stock asyncio offers no way to act in some gaps.
    """
    target = resolve_target("treadle_models.explicit.probe:await_and_stop")
    for pair in PAIRS:
        for twins in all_twins(moments(pair.environment, version), pair.readable):
            raises, returns = _play(target, twins.raises), _play(target, twins.returns)
            try:
                scripts = _script(pair, raises, target), _script(pair, returns, target)
            except CannotPlaceError:
                continue
            yield PlayedTwins(pair=pair, raises=raises, returns=returns, scripts=scripts)
            break


def twin_scripts(version: tuple[int, int] = sys.version_info[:2]) -> dict[str, str]:
    """Return all scripts by name; `...-raise` must raise `CancelledError`, its twin `...-return` must not."""
    return {name: script for each in play_twins(version) for name, script in zip(each.names, each.scripts, strict=True)}


def _script(pair: Pair, played: Counterexample, target: Target) -> str:
    """Write the script of one twin."""
    situation = parse_situation(played.token.situation)
    who = {record.gap: record.who for record in played.trace if record.kind == "callback"}
    groups = plan(played.score, who)
    environment = environment_code(played, groups, situation) or ""
    hidden = tuple(shown for name, shown in _SHOWN.items() if name not in pair.readable)
    return "".join(
        [
            _HEAD.format(name=pair.name, sentence=pair.sentence, situation=played.token.situation),
            STAGE.format(controllers=situation.controllers, failure="Exception"),
            _counted(dependency_code(played.score.steps, situation, target)),
            controller_code(situation, target),
            _counted(environment),
            main_code(played, groups, situation, target),
            _NEED.format(hidden=hidden, pending=int(situation.pending)),
        ]
    )


def _counted(code: str) -> str:
    """Replace the environment's requests and withdrawals by functions that count them."""
    code = code.replace("stage.controllers[0].cancel()", "request()")
    return code.replace("stage.controllers[0].uncancel()", "withdraw()")


def _play(target: Target, moment: Moment) -> Counterexample:
    token = Token(
        target=target.name,
        situation=moment.situation,
        property="lost",
        reading="weak",
        task=TaskKind.C,
        bounds=_BOUNDS,
        choices=moment.choices,
    )
    situation = parse_situation(moment.situation)
    world = RecordedSituation(target.subject, situation, _BOUNDS, TaskKind.C, files=target.files)
    scheduler = ReplayScheduler(moment.choices)
    execution = world.run(scheduler)
    scheduler.check()
    events, callbacks = execution.size
    return Counterexample(
        token=token,
        minimal=False,
        events=events,
        callbacks=callbacks,
        kinds=tuple(sorted(world.kinds)),
        beginning=world.beginning,
        trace=world.trace,
        score=world.score,
        outcome=execution.outcome,
    )
