"""The dependency of a script: in each step it does what the dependency did in the counterexample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.report.script.text import function, indented
from treadle.situation.actor import Decision, Resumed

if TYPE_CHECKING:
    from treadle.check.target import Target
    from treadle.situation import Situation
    from treadle.situation.record import Step


def dependency_code(steps: list[Step], situation: Situation, target: Target) -> str:
    """Return the code of a coroutine that does in each step what the dependency did."""
    kind = situation.dependency
    if kind in ("future", "itself"):
        return ""
    if kind in ("result", "exception", "cancelled"):
        body = {"result": ["return"], "exception": ["raise Failure"], "cancelled": ["raise asyncio.CancelledError"]}
        return function("dependency", "Be done before the call begins.", body[kind])
    if kind == "mutual":
        body_of_circle = ["try:", "    await waiting()", "finally:", "    await call_under_test(stage.controllers[0])"]
        return function("dependency", "Wait, and then call on the controller.", body_of_circle)
    waits_first = kind not in ("unstarted", "eager")
    body_lines = _from_wait(steps, 0) if waits_first else _from_acts(steps, 0)
    if kind != "nested":
        return function("dependency", "Do in each step what the dependency did in the counterexample.", body_lines)
    if target.subject.owner:
        inner = [
            "manager = call_under_test(third())",
            "await manager.__aenter__()",
            "await pause(first=True)",
            "await manager.__aexit__(None, None, None)",
        ]
    else:
        inner = [
            "task = asyncio.get_running_loop().create_task(third())",
            "await pause(first=True)",
            "await call_under_test(task)",
        ]
    third = function("third", "Do in each step what the third task did in the counterexample.", body_lines)
    return third + "\n" + function("dependency", "Be inside a call on a third task.", inner)


def steps_from_the_start(steps: list[Step], situation: Situation) -> list[str]:
    """Return the statements of the dependency's coroutine, in every situation except `nested`."""
    kind = situation.dependency
    done = {"result": ["return"], "exception": ["raise Failure"], "cancelled": ["raise asyncio.CancelledError"]}
    if kind in done:
        return done[kind]
    return _from_acts(steps, 0) if kind in {"unstarted", "eager"} else _from_wait(steps, 0)


def _from_wait(steps: list[Step], number: int) -> list[str]:
    """Return the statements from a wait onwards; step `number` is the one in which the wait ends."""
    if number >= len(steps):
        return ["await waiting()"]
    step = steps[number]
    if step.resumed in (Resumed.NORMALLY, Resumed.AFTERWARDS):
        return ["await waiting()", *_from_acts(steps, number)]
    before = _before_the_end(step)
    end = step.decisions[-1][0]
    caught = "Failure" if step.resumed is Resumed.FAILED else "asyncio.CancelledError"
    lets_out = end is Decision.RERAISE or (end is Decision.RAISE and step.resumed is Resumed.FAILED)
    if lets_out and not before and step.resumed is not Resumed.CANCELLED:
        return ["await waiting()"]
    after: list[str] = []
    if lets_out:
        handler = [*before, "raise"]
    elif end is Decision.RETURN:
        handler = [*before, "return"]
    elif end is Decision.RAISE:
        handler = [*before, "raise Failure from None"]
    else:
        handler = [*before, *(["asyncio.current_task().uncancel()"] if end is Decision.UNCANCEL else [])]
        after = _forever() if end is Decision.FOREVER else _from_wait(steps, number + 1)
        if _cleans_up(steps, number + 1):
            handler, after = [*handler, *after], []
        handler = handler or ["pass  # suppressed"]
    return ["try:", "    await waiting()", f"except {caught}:", *indented(handler), *after]


def _cleans_up(steps: list[Step], number: int) -> bool:
    """Say whether what follows is a clean-up: it lets out the CancelledError that it began with."""
    for step in steps[number:]:
        if step.resumed is not Resumed.AFTERWARDS:
            return False
        if step.decisions and step.decisions[-1][0] is Decision.RERAISE:
            return True
    return False


def _from_acts(steps: list[Step], number: int) -> list[str]:
    """Return the statements from the beginning of a step that was resumed without an exception."""
    if number >= len(steps):
        return ["await waiting()"]
    step = steps[number]
    before = _before_the_end(step)
    end = step.decisions[-1][0] if step.decisions else Decision.WAIT
    if end is Decision.RETURN:
        return [*before, "return"]
    if end is Decision.RAISE:
        return [*before, "raise Failure"]
    if end is Decision.RERAISE:
        return [*before, "raise"]  # at the end of a clean-up, inside the except clause
    if end is Decision.FOREVER:
        return [*before, *_forever()]
    return [*before, *_from_wait(steps, number + 1)]


def _before_the_end(step: Step) -> list[str]:
    statements = []
    for act, number in step.decisions:
        if act is Decision.CANCEL_SELF:
            statements.append("asyncio.current_task().cancel()")
        elif act > Decision.CANCEL_SELF:
            statements += [f"stage.controllers[{number}].cancel()", f"later(2, look_{number})"]
    return statements


def _forever() -> list[str]:
    return [
        "while True:",
        "    try:",
        "        await asyncio.get_running_loop().create_future()",
        "    except asyncio.CancelledError:",
        "        pass  # absorbed, for ever",
    ]
