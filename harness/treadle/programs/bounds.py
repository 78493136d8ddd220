"""How far an execution of a program goes."""

from __future__ import annotations

from dataclasses import dataclass

CALLBACKS = 5_000
"""After so many callbacks since the environment acted an execution is endless, unless told otherwise."""

PATIENCE = 100
"""After so many callbacks since it acted, and a fifth as many timers, the environment acts no more, unless told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramBounds:
    """How far an execution goes: `events` of the environment, `callbacks` after the last of them.

    With events left, something is done only within the `patience`: so many callbacks, and a fifth as many timers, after
    what was done last. `any_order` also opens the order of the ready queue, which asyncio promises to be first in,
    first out.
    """

    events: int
    callbacks: int = CALLBACKS
    patience: int = PATIENCE
    any_order: bool = False

    @property
    def timers(self) -> int:
        """The number of timers after which the environment has no patience any more."""
        return max(1, self.patience // 5)
