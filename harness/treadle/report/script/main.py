"""The main coroutine of a script: the set-up, the start, and the actions at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.report.script.environment import is_scope_timer, send_off
from treadle.report.script.text import block
from treadle.report.words import WORDS
from treadle.situation import ActionName

if TYPE_CHECKING:
    from treadle.check.counterexamples import Counterexample
    from treadle.check.target import Target
    from treadle.report.script.plan import Group
    from treadle.situation import Situation


def main_code(counterexample: Counterexample, groups: list[Group], situation: Situation, target: Target) -> str:
    """Return the main coroutine: the set-up, the start, and the actions that wait until nothing else can run."""
    setup, start = _setup_code(situation, target)
    lines = [
        "loop = asyncio.get_running_loop()",
        'loop.set_exception_handler(lambda _, context: reports.append(context["message"]))',
        *setup,
        "await idle()",
    ]
    looks_at_entry = situation.pending and WORDS[counterexample.token.property].looks
    for number, statement in enumerate(start):
        lines.append(statement)
        lines += [send_off(group) for group in groups if group.place.base == "setup" and group.place.number == number]
        if looks_at_entry and number < situation.controllers:
            lines.append(f"later(2, look_{number})")
    for group in groups:
        if group.place.base == "setup" and group.place.number == -1:
            direct = not group.place.hops and not group.place.done_callback_of
            lines.append(f"act_{group.actions[0]}()" if direct else send_off(group))
    lines.append("await idle()")
    for group in groups:
        if group.place.base == "rest":
            lines += [*_act_at_rest(counterexample, group, groups, situation), "await idle()"]
    lines += ["finish()", ""]
    return f'\n\nasync def main():\n    """Set the stage, start, and act."""\n{block(lines)}'


def _act_at_rest(counterexample: Counterexample, group: Group, groups: list[Group], situation: Situation) -> list[str]:
    """Return the statements for an empty queue: an action, or time that passes."""
    number = group.actions[0]
    action = counterexample.score.actions[number]
    if action.name != ActionName.FIRE_TIMER or is_scope_timer(counterexample, number, situation):
        return [f"act_{number}()"]
    followers = [each for each in groups if each.place.base == "action" and each.place.number == number]
    return _pass_time(action.delay, followers)


def _pass_time(delay: float, followers: list[Group]) -> list[str]:
    """Return the statements that let a timer of the code under test fire, in real time.

    Actions right before or after it are timers of the script, a little earlier or later. The script blocks until all
    are due, so that the loop runs them in one turn.
    """
    lines = []
    for group in followers:
        act = f"act_{group.actions[0]}"
        hops = group.place.hops
        early, args = (True, act) if hops == 1 else (False, f"later, {hops - 2}, {act}")
        lines.append(f"loop.call_later({max(0.0, delay + (-0.05 if early else 0.05)):.4g}, {args})")
    return [*lines, f"time.sleep({delay + 0.1:.4g})  # until a timer of the code under test is due"]


def _setup_code(situation: Situation, target: Target) -> tuple[list[str], list[str]]:
    """Return the statements before the start, and those that put the items into the queue, one by one."""
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
