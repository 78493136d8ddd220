"""Make a target from a function object, for example one of a notebook, which cannot be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from treadle.check.target import Target, files_of, resolve_target, subject_of
from treadle.inspecting import layers, text_of
from treadle.telling import repr_told
from treadle_models.candidates import OWNER_EXCLUDES

if TYPE_CHECKING:
    from collections.abc import Callable


def target_of(given: str | Callable[..., object]) -> Target:
    """Return the target with this name, or this function as a target; raise `MisuseError` if it can be neither."""
    if issubclass(type(given), str):  # `__class__` may lie
        return resolve_target(cast("str", given))
    *_, inner = layers(given)
    name = text_of(inner, "__name__") or repr_told(given)
    subject = subject_of(given, name)
    return Target(
        name=name,
        subject=subject,
        module=text_of(inner, "__module__"),
        attribute=name,
        files=files_of(subject.function),
        excludes=OWNER_EXCLUDES if subject.owner else {},
    )
