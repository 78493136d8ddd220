"""Write a counterexample as a stand-alone script: standard library, public asyncio API, no hooks.

The script is written from the score of a counterexample. It holds the code under test, a dependency that does in each
step what it did in the counterexample, controllers in the same situation, and the environment's actions, each at its
gap by way of `call_soon` (see `plan`). It prints the property's sentence and what happened, and exits with 1 when the
failure shows and with 0 when it does not.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from treadle.check.counterexamples import Counterexample, violates
from treadle.report.script.controller import controller_code
from treadle.report.script.dependency import dependency_code
from treadle.report.script.embed import embed
from treadle.report.script.environment import environment_code
from treadle.report.script.failing import base_of_failure, with_failure
from treadle.report.script.main import main_code
from treadle.report.script.plan import CannotPlaceError, plan
from treadle.report.script.verdict import verdict_code
from treadle.situation import parse_situation
from treadle.telling import printable, quoted
from treadle_models.situations import describe
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from treadle.check.target import Target
    from treadle.situation import Situation

_HEAD = '''"""{sentence}: not here.

{story}

Run this with Python {python} or later; it needs {needs}. It exits with 1
when the failure shows, and with 0 when it does not. To see it step by step:

    treadle replay {quoted}
"""

import asyncio
import gc
import os
import sys
import time
import types
import weakref

'''

STAGE = '''
# The stage


class Failure({failure}):
    """What the dependency raises when it fails."""


class SiblingFailure(Exception):
    """What another child of the task group raises."""


waits = []  # the futures for which the dependency waits, one after the other
reports = []  # what asyncio would log
calls = [types.SimpleNamespace(inside=False, exit="", error=None, redelivered=False, late=False, scope="")
         for _ in range({controllers})]
stage = types.SimpleNamespace(dependency=None, controllers=[], scope=None, sibling=None, go=[])


def waiting():
    """Return something to wait for."""
    waits.append(asyncio.get_running_loop().create_future())
    return waits[-1]


def later(turns, action):
    """Act after so many turns of the event loop, before whatever is put into its queue meanwhile."""
    if turns:
        asyncio.get_running_loop().call_soon(later, turns - 1, action)
    else:
        action()


async def idle():
    """Let everything run until nothing is left to do."""
    for _ in range(60):
        await asyncio.sleep(0)


async def pause(*, first=False):
    """Wait for the play to start."""
    go = asyncio.get_running_loop().create_future()
    stage.go.insert(0 if first else len(stage.go), go)
    await go

'''


def write_script(counterexample: Counterexample, target: Target) -> str:
    """Return the text of the script, or an empty one if stock asyncio offers no way to act at the gaps needed."""
    if counterexample.beyond_stock:
        return ""
    token = counterexample.token
    situation = parse_situation(token.situation)
    the_property = BY_NAME[token.property]
    who = {record.gap: record.who for record in counterexample.trace if record.kind == "callback"}
    try:
        groups = plan(counterexample.score, who)
    except CannotPlaceError:
        return ""
    offender = next(
        number
        for number, call in enumerate(counterexample.outcome)
        if violates((call,), the_property, Reading(token.reading))
    )
    if counterexample.outcome[offender].observation.spinning:
        return ""
    code, needs = embed(target)
    sentence, told = the_property.sentence, describe(situation.name)
    head = _HEAD.format(
        sentence=sentence[0].upper() + sentence[1:],
        story=_in_docstring(textwrap.fill(f"{printable(target.name)}, situation {token.situation}: {told}.", 88)),
        python="3.12" if situation.dependency == "eager" else "3.11",
        needs=_in_docstring(printable(needs)),
        quoted=_in_docstring(quoted(str(token))),
    )
    actions = environment_code(counterexample, groups, situation)
    if actions is None:
        return ""
    parts = [
        head,
        "# The code under test\n\n",
        code,
        STAGE.format(controllers=situation.controllers, failure=base_of_failure(situation)),
        _looking(with_failure(dependency_code(counterexample.score.steps, situation, target), situation), situation),
        controller_code(situation, target),
        _looking(with_failure(actions, situation), situation),
        main_code(counterexample, groups, situation, target),
        verdict_code(counterexample, offender, situation),
    ]
    return "".join(parts)


def _looking(text: str, situation: Situation) -> str:
    """Return a part in which nobody looks whether the first of two calls is left at once: only the second is judged."""
    if not situation.again:
        return text
    return re.sub(r"later\((\d), look_(\d)\)", r"later(\1, look_\2) if calls[\2].inside else None", text)


def _in_docstring(text: str) -> str:
    """Escape a text so that it cannot end the docstring around it."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
