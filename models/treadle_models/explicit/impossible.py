"""What no code can do: readings of withdrawn requests, both modes at once, and `undisturbed` after `await task`.

Each is an argument about states of the machine, not about candidates. If two histories lead to the same state, any code
that runs afterwards does the same after both; if they need opposite things (a clash), it is wrong after one of them.
Code that decides when its wait has ended knows less: only what it can read there. If two executions are equal in that
and need opposite things (twins), it is wrong in one of them, though other ways to wait may do better.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import edges, make_play
from treadle_models.explicit.probe import PROBES
from treadle_models.explicit.search import explore
from treadle_models.explicit.twins import READABLE, find_twins, moments, needs
from treadle_models.machine.freeze import freeze, thaw
from treadle_models.machine.play import End, Play, State
from treadle_models.machine.stage import MachineLimits
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.explicit.twins import Twins

_UNCANCELLED = "others uncancel the caller"
_LIMITS = MachineLimits(events=0, steps=2)  # histories add to these
_LONGEST = 3

_WAITING = "treadle-wait"  # a candidate that begins to wait in its first step; the histories come from outside


@dataclass(frozen=True, slots=True)
class Clash:
    """Two histories within one gap that lead to the same state, while only the first must end in a cancellation."""

    reading: Reading
    situation: str
    must_raise: tuple[str, ...]
    must_not: tuple[str, ...]


def clash(reading: Reading, version: tuple[int, int]) -> Clash | None:
    """Return two histories that no code can distinguish, though it must; None if three actions are not enough."""
    for situation in ("uncancel/0", "uncancel/1"):
        play = make_play(_WAITING, situation, version, _LIMITS)
        for state in _inside(play):
            found: dict[object, dict[bool, tuple[str, ...]]] = {}
            for history in _histories():
                outcome = _after(play, state, history)
                if outcome is None:
                    continue
                visible, demands = outcome
                need = demands[reading]
                if need is not None:
                    group = found.setdefault(visible, {})
                    group.setdefault(need, history)
                    if len(group) == 2:  # noqa: PLR2004 - both needs
                        return Clash(reading, situation, group[True], group[False])
    return None


@cache
def confused(reading: Reading, waiting: str, version: tuple[int, int]) -> Twins | None:
    """Return two executions that look the same when this wait has ended, and need opposite things, or None.

    The search covers two events and two steps; if it finds none, a solver proves that there are none at all
    (`treadle_models.smt.twins`).
    """
    return find_twins(moments(_UNCANCELLED, version, reading=reading, waiting=waiting), READABLE)


def possible_readings(version: tuple[int, int]) -> dict[str, tuple[Reading, ...]]:
    """Return for each way to wait the readings that code can keep by what it reads when the wait has ended.

    `any code`: the readings that some way to wait allows. Each of the others has a `clash`.
    """
    found = {
        waiting: tuple(reading for reading in Reading if confused(reading, waiting, version) is None)
        for waiting in PROBES
    }
    found["any code"] = tuple(reading for reading in Reading if any(reading in each for each in found.values()))
    return found


def _inside(play: Play) -> Iterator[State]:
    """Yield the states, between two callbacks, before any action of others and with the controller inside."""
    for state in explore(play).states:
        world = thaw(state.shape, state.counters)
        if world.calls[0].inside and world.phase in ("gap", "rest"):
            yield state


def _histories() -> Iterator[tuple[str, ...]]:
    for length in range(_LONGEST + 1):
        yield from itertools.product(("cancel", "uncancel"), repeat=length)


def _after(play: Play, state: State, history: tuple[str, ...]) -> tuple[object, dict[Reading, bool | None]] | None:
    """Run a history in one gap; return what code can know of the state, and what each reading demands of it."""
    play.world = world = thaw(state.shape, state.counters)
    play.current = play.sending = None
    call = world.calls[0]
    for action in history:
        if action == "uncancel" and not play.withdrawable(call):
            return None
        play.request(f"{action}-0")
    seen = play.observe(at_rest=False, circling=False)[0]._replace(left=True)
    demands: dict[Reading, bool | None] = {}
    for reading in Reading:
        must, must_not = needs(seen, reading)
        demands[reading] = True if must else False if must_not else None
    zero = 0
    call.requests = call.withdrawals = call.outstanding = call.by_call = call.forwarded = zero
    call.by_others = False
    return freeze(world)[0], demands


@dataclass(frozen=True, slots=True)
class Depth:
    """How soon `undisturbed` is violated: actions from entry, and whether the call ran in between."""

    candidate: str
    choices: tuple[int, ...]
    requests: int


def disturbed_before_a_guard(candidate: str, version: tuple[int, int]) -> Depth | None:
    """Let the call make its first step, then cancel the caller; return the requests to the dependency, if too many.

    Between the two actions and the count of requests no line of the call runs, so no guard can make a difference.
    """
    play = make_play(candidate, "plain", version, _LIMITS)
    state = next(edges(play, None)).target
    choices: list[int] = []
    for _ in range(2):
        if isinstance(state, End):
            return None
        step = next(edges(play, state))
        choices += step.choices
        if isinstance(step.target, End):
            return None
        state = step.target
        world = thaw(state.shape, state.counters)
        play.world = world
        if not world.calls[0].inside:
            return None
        play.current = play.sending = None
        play.request("cancel-0")
        requests = world.calls[0].by_call + world.calls[0].forwarded
        if requests > 1:
            return Depth(candidate, tuple(choices), requests)
    return None


def forwarding_alone(version: tuple[int, int]) -> tuple[Depth, ...]:
    """Return the candidates whose dependency gets two requests before any line of theirs could prevent it."""
    found = (disturbed_before_a_guard(name, version) for name, each in CANDIDATES.items() if not each.owner)
    return tuple(each for each in found if each is not None)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A state in which `prompt` and `joined-always` demand opposite things, reached by these actions."""

    actions: tuple[str, ...]
    must_leave: bool
    must_stay: bool


def modes_exclude_each_other(version: tuple[int, int]) -> Exclusion:
    """Return why no code has both modes: a dependency that absorbs its cancellation, and a caller that is cancelled.

    In that state the caller has a request outstanding, so `prompt` has it leave in its next step; the dependency is
    not done and never will be, so `joined-always` has it stay for ever. The state does not depend on the call: it is
    reached by what the environment and the dependency do, whatever a call that has not left yet is doing.
    """
    play = make_play("treadle-joined", "plain", version, MachineLimits(events=1, steps=1))
    state = next(edges(play, None)).target
    actions: list[str] = []
    for wanted in ("controller-0", "dependency", "forever", "cancel-0"):
        if isinstance(state, End):
            break
        step = next(edge for edge in edges(play, state) if edge.text == wanted)
        actions.append(step.text)
        state = step.target
    if isinstance(state, End):
        message = "the machine does not reach the state of this argument"
        raise ArithmeticError(message)  # noqa: TRY004 - not the type of anything is wrong, but the argument
    world = thaw(state.shape, state.counters)
    call, dependency = world.calls[0], world.dependency
    absorbs = dependency is not None and not dependency.done and world.actor.wait is None
    return Exclusion(tuple(actions), must_leave=call.inside and call.outstanding > 0, must_stay=absorbs)
