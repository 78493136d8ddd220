"""What is impossible after `await task`, and what suffices: each topic is computed from the model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from treadle.ledger.twins import PAIRS
from treadle_models.explicit.impossible import clash, forwarding_alone, modes_exclude_each_other, possible_readings
from treadle_models.explicit.twins import (
    ENVIRONMENTS,
    find_twins,
    guards,
    moments,
    sufficient,
)
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle_models.explicit.twins import Guard

_WAYS = ("returned", "cancelled", "failed")
_NAMES = {
    "way out": "how the await ended",
    "count": "count",
    "snapshot": "snapshot",
    "dependency count": "the dependency's cancelling()",
    "dependency ended": "how the dependency ended",
}
_ACTIONS = {
    "controller-0": "the caller enters the call, which cancels the dependency and waits",
    "dependency": "the dependency runs",
    "forever": "it absorbs its cancellation and waits for ever",
    "cancel-0": "somebody cancels the caller",
}
_VERSIONS = (("up to 3.12", (3, 12)), ("from 3.13 on", (3, 13)))


def answer(topic: str, version: tuple[int, int] = sys.version_info[:2]) -> list[str]:
    """Return the answer to a topic, as lines. Raises `KeyError` for an unknown topic."""
    topics: dict[str, Callable[[tuple[int, int]], list[str]]] = {
        "readable": _readable,
        "guard": _guard,
        "twins": _twins,
        "modes": _modes,
        "readings": lambda _: _readings(),
        "forwarding": _forwarding,
    }
    return topics[topic](version)


def _readable(version: tuple[int, int]) -> list[str]:
    lines = [
        "After `await task`, code can read how the await ended and with which exception (its type, message and",
        "traceback are equal in the twins; there is nothing to compare its identity with), the caller's",
        "cancelling() (count) and its value at entry (snapshot), and the dependency's cancelling(), cancelled()",
        "and done(). The smallest sets of these that allow a correct guard, within two events and two steps,",
        "by what others may do:",
        "",
    ]
    alone = find_twins(moments("alone", version), ("way out", "dependency count", "dependency ended"))
    told = "twins; nothing else but the caller's own count tells them apart" if alone else "suffices"
    lines.append(f"  the exception alone: {told}")
    for environment in ENVIRONMENTS:
        sets = [" and ".join(_NAMES[name] for name in each) for each in sufficient(moments(environment, version))]
        lines.append(f"  {environment}: {', or '.join(sets) or 'nothing suffices'}")
    lines += [
        "",
        "A request that is pending at entry is in the count already and has not been thrown: code that lets a turn of",
        "the loop pass first, as `treadle-await` does, gets it there, and from then on none is pending.",
        "That what suffices does so in every execution, Z3 proves: tests/models/test_twins.py",
    ]
    return [*lines, "twins: treadle claims twins"]


def _guard(version: tuple[int, int]) -> list[str]:
    lines = [
        "The guards `left comparison right` over count, snapshot, the dependency's cancelling(), 0, 1 and 2 that",
        "are right in every execution within two events and two steps: raise CancelledError if and only if",
        "",
    ]
    for environment in ENVIRONMENTS:
        found = guards(moments(environment, version))
        lines.append(f"  {environment}: {', or '.join(map(_told, found)) or 'no guard is right'}")
    known = moments("may be cancelling already", version)
    lines += ["", "asked when the await returned, when it was cancelled and when it failed. Asked less often:", ""]
    for left_out in _WAYS:
        asked = tuple(way for way in _WAYS if way != left_out)
        found = guards(known, asked)
        lines.append(f"  not when it {_past(left_out)}: {', or '.join(map(_told, found)) or 'no guard is right'}")
    lines += ["", "That it is so in every execution, Z3 proves: tests/models/test_twins.py"]
    return [*lines, "`treadle-await` is that guard, after a turn of the loop: treadle check treadle-await"]


def _past(way: str) -> str:
    return "was cancelled" if way == "cancelled" else way


def _told(guard: Guard) -> str:
    return f"{guard.left} {guard.comparison} {guard.right}"


def _twins(version: tuple[int, int]) -> list[str]:
    lines = ["Two executions that look the same to the code after `await task`. In one it must raise CancelledError,"]
    lines += ["in the other it must not. Equal is", ""]
    for pair in PAIRS:
        found = find_twins(moments(pair.environment, version), pair.readable)
        lines.append(f"  {pair.sentence}: {'twins' if found else 'there are none'}")
        if found:
            lines += [f"      treadle claims --script {pair.name}-{end}" for end in ("raise", "return")]
    return [*lines, "", "The scripts run on stock Python and print what the code can read, and what it must do."]


def _modes(version: tuple[int, int]) -> list[str]:
    found = modes_exclude_each_other(version)
    return [
        "A state of the model, reached by what the environment and the dependency do, whatever the call is doing:",
        "",
        *(f"  {_ACTIONS[action]}" for action in found.actions),
        "",
        f"the caller has been cancelled and is inside: prompt has it leave in its next step: {_yes(found.must_leave)}",
        f"the dependency is not done and never will be: joined-always has it stay for ever: {_yes(found.must_stay)}",
        "So no code has both modes where a dependency may absorb its cancellation and never end.",
    ]


def _yes(truth: bool) -> str:  # noqa: FBT001 - it is the only argument
    return "yes" if truth else "no"


def _readings() -> list[str]:
    lines = [
        "Others may withdraw a request with uncancel(). Which readings of `lost` and `phantom` code can keep that",
        "decides by what it can read where its wait has ended:",
        "",
    ]
    for name, version in _VERSIONS:
        lines += [
            f"  {name}, {waiting}: {', '.join(readings)}" for waiting, readings in possible_readings(version).items()
        ]
    lines += [
        "",
        "For a reading that is missing there are twins, executions that look the same and need opposite things.",
        "Where it is missing for any code, two histories within one gap even lead to one state:",
        "",
    ]
    for name, version in _VERSIONS:
        for reading in Reading:
            found = clash(reading, version)
            if found is not None:
                lines.append(
                    f"  {name}, {reading}: after {_history(found.must_raise)} it must raise, "
                    f"after {_history(found.must_not)} it must not"
                )
    return [*lines, "", "That the others can be kept in every execution, Z3 proves: tests/models/test_readings.py"]


def _history(actions: tuple[str, ...]) -> str:
    return ", ".join(actions) or "nothing"


def _forwarding(version: tuple[int, int]) -> list[str]:
    return [
        "C.cancel() cancels what C awaits. So with `task.cancel(); await task`, a cancellation of the caller right",
        "after its first step is a second request to the dependency, before any further line of the call runs;",
        "no guard can prevent it. It is so in",
        "",
        *(f"  {each.candidate}: {each.requests} requests" for each in forwarding_alone(version)),
        "",
        "and not in those that wait on a future of their own, as asyncio.wait does.",
    ]
