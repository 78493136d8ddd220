"""A function at hand as a target, as in a notebook's cell, where it has no place to be imported from."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from treadle.check.target import Target, resolve_target
from treadle.errors import MisuseError
from treadle.situation import Subject

if TYPE_CHECKING:
    from collections.abc import Callable


def target_of(given: str | Callable[..., object]) -> Target:
    """Return the target of this name, or this function as a target; raise `MisuseError` for what can be neither."""
    if isinstance(given, str):
        return resolve_target(given)
    name = getattr(given, "__name__", "")
    plain = inspect.unwrap(given)
    if not name or not inspect.iscoroutinefunction(plain):
        message = f"{given!r} is no async function, so it cannot wait for a task"
        raise MisuseError(message)
    try:
        inspect.signature(given).bind(object())
    except TypeError as error:
        message = f"{name!r} cannot be called with the task as its only argument: {error}"
        raise MisuseError(message) from None
    file = inspect.getsourcefile(plain)
    return Target(
        name=name,
        subject=Subject(function=plain),
        module=plain.__module__,
        attribute=name,
        files=frozenset({file} if file else ()),
    )
