"""A function at hand as a target, as in a notebook's cell, where it has no place to be imported from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.check.target import OWNER_EXCLUDES, Target, files_of, resolve_target, subject_of

if TYPE_CHECKING:
    from collections.abc import Callable


def target_of(given: str | Callable[..., object]) -> Target:
    """Return the target of this name, or this function as a target; raise `MisuseError` for what can be neither."""
    if isinstance(given, str):
        return resolve_target(given)
    inner = getattr(given, "func", given)  # of a partial
    name = getattr(inner, "__name__", "") or repr(given)
    subject = subject_of(given, name)
    return Target(
        name=name,
        subject=subject,
        module=getattr(inner, "__module__", ""),
        attribute=name,
        files=files_of(subject.function),
        excludes=OWNER_EXCLUDES if subject.owner else {},
    )
