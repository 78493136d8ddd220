"""A counterexample as a stand-alone script: the standard library, public asyncio API, no hooks.

The script is written from the score of a counterexample. It holds the code under test, a dependency that does in each
step what it did in the counterexample, controllers in the same situation, and the environment's actions, each at its
gap by way of `call_soon` (see `score`). It prints the property's sentence and what happened, and exits with 1 when the
failure shows and with 0 when it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle_models.spec import BY_NAME, Reading

from treadle.check.counterexamples import Counterexample, violates
from treadle.report.embed import embed
from treadle.report.parts import controller_code, dependency_code, verdict_code
from treadle.report.score import CannotPlaceError, Group, Place, plan
from treadle.situation import parse_situation

if TYPE_CHECKING:
    from treadle.check.target import Target
    from treadle.situation import Situation

_HEAD = '''"""{sentence}: not here.

{target}, situation {situation}: {description}.
Run this with Python {python} or later; it needs {needs}. It exits with 1 when the
failure shows, and with 0 when it does not. To see it step by step:

    treadle replay {token}
"""

import asyncio
import gc
import os
import sys
import time
import types
import weakref

'''

_STAGE = '''
# The stage


class Failure(Exception):
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
    """Return the text of the script, or an empty one where stock asyncio offers no way to act at the gaps needed."""
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
    sentence = the_property.sentence
    head = _HEAD.format(
        sentence=sentence[0].upper() + sentence[1:],
        target=target.name,
        situation=token.situation,
        description=_describe(situation),
        python="3.12" if situation.dependency == "eager" else "3.11",
        needs=needs,
        token=token,
    )
    actions = _actions(counterexample, groups, situation)
    if actions is None:
        return ""
    parts = [
        head,
        "# The code under test\n\n",
        code,
        _STAGE.format(controllers=situation.controllers),
        dependency_code(counterexample.score.steps, situation, target),
        controller_code(situation, target),
        actions,
        _main(counterexample, groups, situation, target),
        verdict_code(counterexample, offender, situation),
    ]
    return "".join(parts)


def _describe(situation: Situation) -> str:
    from treadle.situation.names import describe  # noqa: PLC0415 - a word for this text only

    return describe(situation.name)


# The environment


def _is_scope(counterexample: Counterexample, number: int, situation: Situation) -> bool:
    """Say whether a timer that fires is that of the enclosing scope: the first, because its deadline is the earliest."""
    timers = [each for each, deed in enumerate(counterexample.score.deeds) if deed.name == "_fire_timer"]
    return situation.scope == "timeout" and timers[0] == number


def _deed_code(counterexample: Counterexample, number: int, situation: Situation) -> str | None:
    deed = counterexample.score.deeds[number]
    future = "stage.dependency" if situation.dependency == "future" else "waits[-1]"
    if deed.name == "_fire_timer":
        if _is_scope(counterexample, number, situation):
            return "stage.scope.reschedule(asyncio.get_running_loop().time())"
        return None
    return {
        "_complete": f"{future}.set_result(None)",
        "_fail": f"{future}.set_exception(Failure())",
        "_cancel_wait": f"{future}.cancel()",
        "_cancel_controller": f"stage.controllers[{deed.number}].cancel()",
        "_uncancel_controller": f"stage.controllers[{deed.number}].uncancel()",
        "_cancel_dependency": "stage.dependency.cancel()",
        "_fail_child": "stage.sibling.set_exception(SiblingFailure())",
    }[deed.name]


def _call_group(group: Group) -> str:
    """Return the statement that sends a group of actions on its way."""
    name = f"act_{group.deeds[0]}"
    if group.place.done_callback_of:
        future = "stage.dependency" if group.place.done_callback_of == "dependency" else "waits[-1]"
        name = f"lambda: {future}.add_done_callback(lambda _: {name}())"
    return f"later({group.place.hops}, {name})"


def _look_after(counterexample: Counterexample, number: int) -> list[str]:
    """Return the statements that look, after a cancel of a controller, whether it has left the call at once."""
    if counterexample.token.property != "prompt":
        return []
    deed = counterexample.score.deeds[number]
    turns = {"_cancel_controller": 1, "_fire_timer": 2, "_fail_child": 3}.get(deed.name)
    return [f"later({turns}, look_{deed.number})"] if turns else []


def _actions(counterexample: Counterexample, groups: list[Group], situation: Situation) -> str | None:
    """Return a function for each group of actions; None where an action has no public form."""
    functions = []
    for group in groups:
        body: list[str] = []
        for number in group.deeds:
            code = _deed_code(counterexample, number, situation)
            if code is None:
                if group.place.base != "rest":
                    return None
                continue  # main waits for the timer, in real time
            body += [
                _call_group(each) for each in groups if each.place.base == "action" and each.place.number == number
            ]
            body.append(code)
            body += _look_after(counterexample, number)
        if body:
            lines = "".join(f"    {line}\n" for line in body)
            functions.append(f"\n\ndef act_{group.deeds[0]}():\n{lines}")
    if counterexample.token.property == "prompt":
        for number in range(situation.controllers):
            functions.append(
                f"\n\ndef look_{number}():\n    calls[{number}].late = calls[{number}].late or calls[{number}].inside\n"
            )
    return "\n\n# The environment" + "".join(functions) if functions else ""


def _main(counterexample: Counterexample, groups: list[Group], situation: Situation, target: Target) -> str:
    """Return the main coroutine: the set-up, the start, and the actions that wait for quiescence."""
    setup, start = _setup_code(situation, target)
    lines = [
        "loop = asyncio.get_running_loop()",
        'loop.set_exception_handler(lambda _, context: reports.append(context["message"]))',
        *setup,
        "await idle()",
    ]
    looks_at_entry = situation.pending and counterexample.token.property == "prompt"
    for number, statement in enumerate(start):
        lines.append(statement)
        lines += [
            _call_group(group) for group in groups if group.place.base == "setup" and group.place.number == number
        ]
        if looks_at_entry and number < situation.controllers:
            lines.append(f"later(2, look_{number})")
    for group in groups:
        if group.place.base == "setup" and group.place.number == -1:
            direct = not group.place.hops and not group.place.done_callback_of
            lines.append(f"act_{group.deeds[0]}()" if direct else _call_group(group))
    lines.append("await idle()")
    for group in groups:
        if group.place.base == "rest":
            deed = counterexample.score.deeds[group.deeds[0]]
            own_timer = deed.name == "_fire_timer" and not _is_scope(counterexample, group.deeds[0], situation)
            if own_timer:
                followers = [
                    each for each in groups if each.place.base == "action" and each.place.number == group.deeds[0]
                ]
                lines += _pass_time(deed.delay, followers)
            else:
                lines.append(f"act_{group.deeds[0]}()")
            lines.append("await idle()")
    lines += ["finish()", ""]
    body = "".join(f"    {line}\n" if line else "\n" for line in lines)
    return f'\n\nasync def main():\n    """Set the stage, start, and act."""\n{body}'


def _pass_time(delay: float, followers: list[Group]) -> list[str]:
    """Return the statements that let a timer of the code under test fire, in real time.

    What must act right before or after it is a timer of the script's own, a little earlier or later; and the script
    blocks until all are due, so that the loop runs them in one turn.
    """
    lines = []
    for group in followers:
        act = f"act_{group.deeds[0]}"
        hops = group.place.hops
        early, args = (True, act) if hops == 1 else (False, f"later, {hops - 2}, {act}")
        lines.append(f"loop.call_later({max(0.0, delay + (-0.05 if early else 0.05)):.4g}, {args})")
    return [*lines, f"time.sleep({delay + 0.1:.4g})  # until a timer of the code under test is due"]


def _setup_code(situation: Situation, target: Target) -> tuple[list[str], list[str]]:
    """Return the statements before the start, and those that put one item after the other into the queue."""
    owner = target.subject.owner
    kind = situation.dependency
    setup: list[str] = []
    start: list[str] = []
    controllers = [
        f"stage.controllers.append(asyncio.Task(controller(calls[{number}]), loop=loop))"
        for number in range(situation.controllers)
    ]
    if not owner:
        if kind == "future":
            setup.append("stage.dependency = loop.create_future()")
        elif kind == "eager":
            setup += [
                "loop.set_task_factory(asyncio.eager_task_factory)",
                "stage.dependency = loop.create_task(dependency())",
            ]
        elif kind not in ("unstarted", "itself"):
            setup.append("stage.dependency = loop.create_task(dependency())")
    elif kind == "eager":
        setup.append("loop.set_task_factory(asyncio.eager_task_factory)")
    early = bool(situation.count or situation.scope or (owner and kind != "unstarted"))
    if early:
        setup += controllers
    pauses = (kind == "nested") + early * situation.controllers
    start += [f"stage.go[{number}].set_result(None)" for number in range(pauses)]
    if not early:
        start += controllers
    start[-1] += "".join(
        f"; stage.controllers[{number}].cancel()"
        for number in range(situation.controllers)
        for _ in range(situation.count)
    )
    if kind == "unstarted" and not owner:
        start.append("stage.dependency = loop.create_task(dependency())")
    return setup, start
