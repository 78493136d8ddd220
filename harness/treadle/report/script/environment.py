"""The environment of a script: a function for the actions of each gap, and the statement that schedules it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.report.script.text import block
from treadle.report.words import WORDS
from treadle.situation import ActionName

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.report.script.plan import Group
    from treadle.situation import Situation

_LOOK = """

def look_{number}():
    \"\"\"See whether the controller, cancelled a moment ago, is still inside the call.\"\"\"
    calls[{number}].late = calls[{number}].late or calls[{number}].inside
"""


def is_scope_timer(counterexample: Counterexample, number: int, situation: Situation) -> bool:
    """Say whether a timer that fires is that of the scope around the call: the first, with the earliest deadline."""
    timers = [each for each, action in enumerate(counterexample.score.actions) if action.name == ActionName.FIRE_TIMER]
    return situation.scope == "timeout" and timers[0] == number


def _action_code(counterexample: Counterexample, number: int, situation: Situation) -> list[str] | None:
    """Return the statements for an action, which first check that there is still something to act on.

    In the counterexample there is. With other code under test, for example a repaired one, there need not be.
    """
    action = counterexample.score.actions[number]
    controller = f"stage.controllers[{action.number}]"
    if situation.dependency == "future":
        future, waits = "stage.dependency", "not stage.dependency.done()"
    else:
        future, waits = "waits[-1]", "waits and not waits[-1].done()"
    if action.name == ActionName.FIRE_TIMER:
        if is_scope_timer(counterexample, number, situation):
            return _only_if("not calls[0].exit", "stage.scope.reschedule(asyncio.get_running_loop().time())")
        return None
    return {
        ActionName.COMPLETE: _only_if(waits, f"{future}.set_result(None)"),
        ActionName.FAIL: _only_if(waits, f"{future}.set_exception(Failure())"),
        ActionName.CANCEL_WAIT: _only_if(waits, f"{future}.cancel()"),
        ActionName.CANCEL_CONTROLLER: [f"{controller}.cancel()"],
        ActionName.UNCANCEL_CONTROLLER: [f"{controller}.uncancel()"],
        ActionName.CANCEL_DEPENDENCY: ["stage.dependency.cancel()"],
        ActionName.FAIL_CHILD: _only_if("not stage.sibling.done()", "stage.sibling.set_exception(SiblingFailure())"),
    }[action.name]


def _only_if(condition: str, statement: str) -> list[str]:
    return [f"if {condition}:", f"    {statement}"]


def send_off(group: Group) -> str:
    """Return the statement that schedules a group of actions."""
    name = f"act_{group.actions[0]}"
    if group.place.done_callback_of:
        future = "stage.dependency" if group.place.done_callback_of == "dependency" else "waits[-1]"
        name = f"lambda: {future}.add_done_callback(lambda _: {name}())"
    return f"later({group.place.hops}, {name})"


def _look_after(counterexample: Counterexample, number: int) -> list[str]:
    """Return the statements that check, after a controller was cancelled, whether it has left the call at once."""
    if not WORDS[counterexample.token.property].looks:
        return []
    action = counterexample.score.actions[number]
    turns = {ActionName.CANCEL_CONTROLLER: 1, ActionName.FIRE_TIMER: 2, ActionName.FAIL_CHILD: 3}.get(action.name)
    return [f"later({turns}, look_{action.number})"] if turns else []


def environment_code(counterexample: Counterexample, groups: list[Group], situation: Situation) -> str | None:
    """Return a function for each group of actions; None where an action has no public form."""
    functions = []
    for group in groups:
        body: list[str] = []
        for number in group.actions:
            code = _action_code(counterexample, number, situation)
            if code is None:
                if group.place.base != "rest":
                    return None
                continue  # main waits for the timer, in real time
            body += [send_off(each) for each in groups if each.place.base == "action" and each.place.number == number]
            body += code
            body += _look_after(counterexample, number)
        if body:
            functions.append(f"\n\ndef act_{group.actions[0]}():\n{block(body)}")
    if WORDS[counterexample.token.property].looks:
        functions += [_LOOK.format(number=number) for number in range(situation.controllers)]
    return "\n\n# The environment" + "".join(functions) if functions else ""
