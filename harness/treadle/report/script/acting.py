"""The actions of the environment in a short script: as statements between turns of the loop, if that is enough."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.report.script.failing import short_failure
from treadle.report.script.plan import Group, Start
from treadle.situation import ActionName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.situation import Score, Situation

_TURNS = 7
"""How many turns after the start are tried if acting in the gaps of the counterexample does not show the failure."""

_LATER = [
    "",
    "",
    "def later(turns, act):",
    "    asyncio.get_running_loop().call_soon(later, turns - 1, act) if turns else act()",
]

_COMPLETIONS = {
    ActionName.COMPLETE: "set_result(None)",
    ActionName.FAIL: "set_exception(OSError())",
    ActionName.CANCEL_WAIT: "cancel()",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """The actions of a counterexample as expressions, and the groups in which they are taken.

    `waited_for`: one of them completes what the dependency waits for. `later` defines a function that acts some turns
    later.
    """

    groups: tuple[Group, ...]
    actions: tuple[str, ...]
    waited_for: bool
    later: list[str]

    @classmethod
    def of(cls, score: Score, groups: list[Group], situation: Situation) -> Acts | None:
        """Return the actions of a score; None if one has no short form."""
        actions = [_expression(score, number, situation) for number in range(len(score.actions))]
        if None in actions or any(group.place.base == "action" for group in groups):
            return None
        completions = sum(action.name in _COMPLETIONS for action in score.actions)
        if completions > 1 and situation.dependency != "future":
            return None
        return cls(
            groups=tuple(groups),
            actions=tuple(each for each in actions if each is not None),
            waited_for=bool(completions),
            later=_LATER,
        )

    def _statements(self, group: Group) -> list[str]:
        return [self.actions[number] for number in group.actions]

    def _callback(self, group: Group) -> str:
        """Return an expression for a function without arguments that takes the actions of a group."""
        statements = self._statements(group)
        if len(statements) == 1 and statements[0].endswith(".cancel()"):
            return statements[0].removesuffix("()")
        return f"lambda: ({', '.join(statements)})" if len(statements) > 1 else f"lambda: {statements[0]}"

    def started(self, start: list[str]) -> list[str]:
        """Return the statements of the start, with the actions between and after them."""
        groups = [group for group in self.groups if group.place.base != "rest"]
        inline = all(_is_simple(group.place) for group in groups)
        lines: list[str] = []
        for number, statement in enumerate(start):
            lines.append(statement)
            lines += [self._sent(group) for group in groups if not inline and group.place.number == number]
        if not inline:
            return [*lines, *(self._sent(group) for group in groups if group.place.number == -1)]
        turn = 0
        for group in sorted(groups, key=lambda each: each.place.hops):
            lines += _turns(group.place.hops - turn)
            turn = group.place.hops
            lines += self._statements(group)
        return lines

    def _sent(self, group: Group) -> str:
        act, place = self._callback(group), group.place
        if place.base == "timer":
            return f"asyncio.get_running_loop().call_later(0, {act})"
        if place.done_callback_of:
            future = "task" if place.done_callback_of == "dependency" else "wake"
            one = " or ".join(self._statements(group))
            act = f"lambda: {future}.add_done_callback(lambda _: {one})"
            if not place.hops:
                return act.removeprefix("lambda: ")
        return f"later({place.hops}, {act})"

    def at_rest(self, idle: str) -> list[str]:
        """Return the statements for the actions that are taken when nothing else can run."""
        lines = []
        for group in self.groups:
            if group.place.base == "rest":
                statements = self._statements(group)
                lines += statements if statements[0].startswith("await ") else [*statements, idle]
        return lines


def _turns(number: int) -> list[str]:
    if number > 2:  # noqa: PLR2004 - two statements are as long as a loop
        return [f"for _ in range({number}):", "    await asyncio.sleep(0)"]
    return ["await asyncio.sleep(0)"] * number


def _is_simple(place: Start) -> bool:
    return place.base == "setup" and place.number == -1 and not place.done_callback_of


def _expression(score: Score, number: int, situation: Situation) -> str | None:
    """Return an action as an expression with the names of `main`; None if it has no short form."""
    action = score.actions[number]
    if action.name in _COMPLETIONS:
        completion = _COMPLETIONS[action.name].replace("OSError", short_failure(situation))
        return f"{'task' if situation.dependency == 'future' else 'wake'}.{completion}"
    if action.name == ActionName.FIRE_TIMER:
        timers = [each for each, one in enumerate(score.actions) if one.name == ActionName.FIRE_TIMER]
        if situation.scope == "timeout" and timers[0] == number:
            return "scope.reschedule(0)"
        return (
            f"await asyncio.sleep({action.delay + 0.1:.4g})  # a timer of the library fires" if action.at_rest else None
        )
    return {
        ActionName.CANCEL_CONTROLLER: "caller.cancel()",
        ActionName.UNCANCEL_CONTROLLER: "caller.uncancel()",
        ActionName.CANCEL_DEPENDENCY: "task.cancel()",
        ActionName.FAIL_CHILD: "child.set_exception(OSError())",
    }.get(action.name)


def moved(score: Score) -> Iterator[list[Group]]:
    """Yield other places for the actions of a counterexample, if they all belong to one gap."""
    rest = [Group((number,), Start("rest", 0, 0)) for number, action in enumerate(score.actions) if action.at_rest]
    gaps = {action.gap for action in score.actions if not action.at_rest}
    if len(gaps) != 1:
        return
    numbers = tuple(number for number, action in enumerate(score.actions) if not action.at_rest)
    group = Group(numbers, Start("setup", -1, 0))
    places = [Start("setup", -1, hops) for hops in range(_TURNS)]
    places += [dataclasses.replace(places[hops], done_callback_of="dependency") for hops in range(2)]
    places.append(Start("timer", -1, 0))
    for place in places:
        yield sorted([dataclasses.replace(group, place=place), *rest], key=lambda each: each.actions)
