"""How far an execution of a program goes."""

from __future__ import annotations

from dataclasses import dataclass

CALLBACKS = 5_000
"""After so many callbacks since the environment acted an execution is endless, unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramBounds:
    """How far an execution goes: `events` of the environment, `callbacks` after the last of them.

    `any_order` also opens the order of the ready queue, which asyncio promises to be first in, first out.
    """

    events: int
    callbacks: int = CALLBACKS
    any_order: bool = False
