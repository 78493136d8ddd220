"""The situations: the circumstances in which a candidate is judged, each varying one thing.

`plain` varies nothing. Every other name, an *aspect*, changes one field of `Situation`; aspects that change different
fields combine with a plus: `cleanup/1+done/cancelled`.

The number in `cleanup/3` and `uncancel/3` may be any up to 99. In `cleanup/N` it is a symbol: what is proved there
holds for every number. Real tasks can be cancelled only a certain number of times, so there its *instances* are run.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping


class SituationError(ValueError):
    """There is no situation with that name; the message lists those that there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A situation: the state when the call begins, and what may happen.

    `dependency` is one of waiting, unstarted, result, exception, cancelled (done so at entry), eager, future, nested,
    itself, mutual. `count` is the controller's `cancelling()` at entry; `any_count`: it is that or any larger number.
    `failure` says with what the dependency fails: an ordinary exception, or timeout, group, cancelled, base. `again`:
    the controller calls twice, and the second call is judged.
    """

    name: str
    dependency: str = "waiting"
    count: int = 0
    any_count: bool = False
    failure: str = ""
    pending: bool = False
    third_party: bool = False
    uncancel: bool = False
    controllers: int = 1
    scope: str = ""
    again: bool = False


class _Changes(TypedDict, total=False):
    """The fields of a situation that an aspect changes."""

    dependency: str
    count: int
    any_count: bool
    failure: str
    pending: bool
    third_party: bool
    uncancel: bool
    controllers: int
    scope: str
    again: bool


_ASPECTS: Mapping[str, tuple[str, _Changes]] = MappingProxyType(
    {
        "plain": ("the controller runs normally; it may be cancelled from outside and from the dependency's step", {}),
        "cleanup/1": ("the controller is being cancelled and calls from a finally", {"count": 1}),
        "cleanup/2": ("the controller was cancelled twice and calls from a finally", {"count": 2}),
        "pending": ("a cancel of the controller is pending at entry", {"pending": True}),
        "unstarted": ("the dependency has not had its first step", {"dependency": "unstarted"}),
        "done/result": ("the dependency is done at entry, with a result", {"dependency": "result"}),
        "done/exception": ("the dependency is done at entry, with an exception", {"dependency": "exception"}),
        "done/cancelled": ("the dependency is done at entry, cancelled", {"dependency": "cancelled"}),
        "third-party": ("others, and the dependency itself, may cancel the dependency too", {"third_party": True}),
        "shared": ("two controllers call on one dependency", {"controllers": 2}),
        "self": ("the controller calls on itself", {"dependency": "itself"}),
        "uncancel/0": ("others may uncancel the controller, whose count is 0 at entry", {"uncancel": True}),
        "uncancel/1": ("others may uncancel the controller, whose count is 1 at entry", {"uncancel": True, "count": 1}),
        "timeout": ("inside asyncio.timeout(), which may fire during the call", {"scope": "timeout"}),
        "group": ("the controller is the body of a TaskGroup, a child of which may fail", {"scope": "group"}),
        "eager": ("the dependency was made by an eager task factory (3.12 and later)", {"dependency": "eager"}),
        "future": ("the dependency is a plain asyncio.Future", {"dependency": "future"}),
        "nested": ("the dependency is itself inside a call on a third task", {"dependency": "nested"}),
    }
)

_FURTHER: Mapping[str, tuple[str, _Changes]] = MappingProxyType(
    {
        "cleanup/3": ("the controller was cancelled three times and calls from a finally", {"count": 3}),
        "cleanup/N": (
            "the controller was cancelled any number of times and calls from a finally; only a proof can have it",
            {"count": 1, "any_count": True},
        ),
        "uncancel/N": (
            "others may uncancel the controller, whose count is any number from 1 at entry; only a proof can have it",
            {"uncancel": True, "count": 1, "any_count": True},
        ),
        "fails/timeout": ("the dependency fails with a TimeoutError", {"failure": "timeout"}),
        "fails/group": ("the dependency fails with an ExceptionGroup", {"failure": "group"}),
        "fails/cancelled": ("the dependency fails with a subclass of CancelledError", {"failure": "cancelled"}),
        "fails/base": ("the dependency fails with a BaseException that the loop survives", {"failure": "base"}),
        "again": (
            "the controller calls, is cancelled out of the call, and calls once more from a finally",
            {"again": True},
        ),
        "mutual": (
            "the dependency waits, and is then inside a call of the same function on the controller",
            {"dependency": "mutual"},
        ),
    }
)
_KNOWN: Mapping[str, tuple[str, _Changes]] = MappingProxyType({**_ASPECTS, **_FURTHER})
_COUNTED = re.compile(r"(cleanup|uncancel)/([1-9]\d?)")

_COMBINATIONS = tuple(
    f"{controller}+{dependency}"
    for controller in ("cleanup/1", "pending")
    for dependency in ("unstarted", "done/result", "done/exception", "done/cancelled", "future")
)

ALL_SITUATIONS: tuple[str, ...] = (*_ASPECTS, *_COMBINATIONS)
"""The situations that are judged by default; any other combination can be named too."""

FURTHER_SITUATIONS: tuple[str, ...] = tuple(_FURTHER)
"""Situations that are judged where they are asked for by name."""


def describe(name: str) -> str:
    """Describe a situation in words."""
    return "; ".join(_known(aspect)[0] for aspect in name.split("+"))


def instances(name: str, most: int = 3) -> tuple[str, ...]:
    """Return the situations that stand for one with a symbol where real tasks run; for any other, itself."""
    if not situation_of(name).any_count:
        return (name,)
    return tuple(instance(name, count) for count in range(1, most + 1))


def instance(name: str, count: int) -> str:
    """Return the name of a situation with a number in place of its symbol."""
    return name.replace("/N", f"/{count}")


def _known(aspect: str) -> tuple[str, _Changes]:
    """Return what an aspect is, and what it changes; raise `SituationError` if there is none of that name."""
    if aspect in _KNOWN:
        return _KNOWN[aspect]
    counted = _COUNTED.fullmatch(aspect)
    if counted:
        number = int(counted[2])
        if counted[1] == "cleanup":
            return f"the controller was cancelled {number} times and calls from a finally", {"count": number}
        told = f"others may uncancel the controller, whose count is {number} at entry"
        return told, {"uncancel": True, "count": number}
    near = difflib.get_close_matches(aspect, _KNOWN, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    message = f"there is no situation {aspect!r}.{hint} There are: {', '.join(_KNOWN)}; combine them with +"
    raise SituationError(message)


def situation_of(name: str) -> Situation:
    """Return the situation of this name; raise `SituationError` if there is none."""
    fields: _Changes = {}
    for aspect in name.split("+"):
        changes = _known(aspect)[1]
        clash = sorted(set(changes) & set(fields))
        if clash or (aspect == "plain" and "+" in name):
            message = f"the situation {name!r} contradicts itself: {', '.join(clash) or 'plain cannot be combined'}"
            raise SituationError(message)
        fields.update(changes)
    situation = Situation(name=name, **fields)
    if situation.dependency == "itself" and dataclasses.replace(situation, name="self") != _alone():
        message = f"the situation {name!r}: self stands alone: only no-self-hang is judged there"
        raise SituationError(message)
    if situation.dependency == "mutual" and (situation.controllers > 1 or situation.scope or situation.again):
        message = f"the situation {name!r}: mutual can be combined with neither shared, again nor a scope"
        raise SituationError(message)
    if situation.again and (situation.pending or situation.controllers > 1 or situation.scope):
        message = f"the situation {name!r}: again can be combined with neither pending, shared nor a scope"
        raise SituationError(message)
    return situation


def _alone() -> Situation:
    """Return the situation in which the controller calls on itself."""
    return Situation(name="self", **_ASPECTS["self"][1])
