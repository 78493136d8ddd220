"""What the catalogue knows of a candidate beside its code: who stated it, which claim it settles, what it excludes.

A candidate is ordinary asyncio code in a file of its own, which also holds its `CANDIDATE`. There are two kinds.
A *call* is `async def f(task) -> None`: awaiting it is the call that is judged. An *owner* is a function from a
coroutine to an asynchronous context manager: entering it creates the dependency and yields its task, and leaving
it, with `__aexit__(None, None, None)`, is the call. A task group needs the second kind, for it cannot adopt a task.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_OWN_TASK = "it creates its dependency itself, as a task that belongs to this one call"

OWNER_EXCLUDES: Mapping[str, str] = {
    "done/result": _OWN_TASK,
    "done/exception": _OWN_TASK,
    "done/cancelled": _OWN_TASK,
    "shared": _OWN_TASK,
    "self": _OWN_TASK,
    "future": _OWN_TASK,
    "mutual": _OWN_TASK,
    "again": "its call is the end of its context, so there is no second one",
}
"""What every owner excludes: the situations in which somebody else made the dependency, or it is done at entry."""

TASK_ONLY: Mapping[str, str] = {"future": "it reads the dependency's `cancelling()`, which only a task has"}
"""What a candidate excludes that calls a method of tasks on its dependency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One implementation of "cancel a task and wait for it", with what is known about it.

    `name` is the catalogue's name, in kebab-case. `function` is the code: a call, or an owner if `owner` is true.
    `claim` is the claim of the ledger that it settles, or "" for one of our own. `source` says in one line who stated
    it, when and where; `summary` says in one sentence what it does. `excludes` maps an aspect of a situation
    ("future", "done/result") to the reason why the candidate's contract excludes it.
    """

    name: str
    function: Callable[..., Any]
    owner: bool
    claim: str
    source: str
    summary: str
    excludes: Mapping[str, str]
