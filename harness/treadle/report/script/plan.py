"""Plan how to act at the gaps of a score on stock asyncio, with nothing but `call_soon`.

The stock loop calls no code between two callbacks. But a callback of our own that is in the queue right before callback
*g* acts in gap *g*, and does not change the order of the others. To put it there, the environment must call `call_soon`
right before callback *g* is put into the queue. So

- if *g* is the first callback that callback *p* put there, act in gap *p* and hop once: call `call_soon` from there;
- if an action of the environment put it there, hop once, from right before that action;
- if it is there from the set-up, the script's own code comes first.

If *g* is not the first of several callbacks put there by one callback, hops do not help. But done callbacks of a future
run in the order of their registration. So if the callback before *g* is the dependency's own step, the action becomes a
done callback of the future for which the dependency waits; and if both wait for the dependency, one of the dependency,
registered between the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.situation import Score


@dataclass(frozen=True, slots=True)
class Start:
    """Where a group of actions starts: `hops` turns after item `number` of the set-up, or after an action.

    `base` is setup (after its item of that number; -1: after all), action (right before it) or rest (when the queue is
    empty). With `done_callback_of`, the actions do not run at the end of the hops: there they are registered as a done
    callback of that future, "dependency" or "wait" (what the dependency waits for).
    """

    base: str
    number: int
    hops: int
    done_callback_of: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The actions of one gap, by their numbers in the score, and where they start."""

    actions: tuple[int, ...]
    place: Start


class CannotPlaceError(Exception):
    """There is no way to act at this gap on a stock loop with public API."""


def plan(score: Score, who: dict[int, str]) -> list[Group]:
    """Place the actions of each gap; `who` names the task that ran each callback. Raise `CannotPlaceError`."""
    groups: list[Group] = []
    gaps: dict[int, list[int]] = {}
    for number, action in enumerate(score.actions):
        if action.at_rest:
            groups.append(Group((number,), Start("rest", 0, 0)))
        else:
            gaps.setdefault(action.gap, []).append(number)
    groups += [Group(tuple(numbers), _place(score, gap, who)) for gap, numbers in gaps.items()]
    return sorted(groups, key=lambda group: group.actions)


def _place(score: Score, gap: int, who: dict[int, str]) -> Start:
    if gap == 0:
        return Start("setup", -1, 0)
    if gap >= len(score.origins):
        raise CannotPlaceError
    origin = score.origins[gap]
    if origin.by == "callback":
        if origin.rank:
            return _between(score, gap, who)
        before = _place(score, origin.number, who)
        if before.done_callback_of:
            raise CannotPlaceError
        return replace(before, hops=before.hops + 1)
    if (origin.by == "setup") == (origin.rank == 0):
        raise CannotPlaceError
    return Start("setup", origin.rank - 1, 1) if origin.by == "setup" else Start("action", origin.number, 1)


def _between(score: Score, gap: int, who: dict[int, str]) -> Start:
    """Place the gap between two callbacks that one callback has put into the queue."""
    maker = score.origins[gap].number
    if who.get(gap - 1) == "dependency" and score.origins[gap - 1].number == maker:
        # The step before this gap was made ready by the future for which the dependency waited.
        waited_since = _last(who, "dependency", before=gap - 1)
        place = Start("setup", -1, 0) if waited_since is None else _place(score, waited_since + 1, who)
        return replace(place, done_callback_of="wait")
    if who.get(maker) == "dependency" and gap in who:
        registered = _last(who, who[gap], before=gap)
        if registered is not None:
            return replace(_place(score, registered, who), done_callback_of="dependency")
    raise CannotPlaceError


def _last(who: dict[int, str], name: str, *, before: int) -> int | None:
    """Return the last callback before this one that was a step of the task with that name."""
    return max((number for number, each in who.items() if each == name and number < before), default=None)
