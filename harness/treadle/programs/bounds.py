"""How far an execution of a program goes."""

from __future__ import annotations

from dataclasses import dataclass

CALLBACKS = 5_000
"""Default: an execution is endless after so many callbacks without an action of the environment."""

PATIENCE = 100
"""Default: after so many callbacks, or a fifth as many timers, without an action, the environment acts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramBounds:
    """How far an execution goes: at most `events` of the environment, and `callbacks` after its last action.

    While events are left, the environment acts only within its `patience`: so many callbacks, and a fifth as many
    timers, after its last action. `any_order`: also try other orders of the ready queue, which asyncio promises to be
    first in, first out.
    """

    events: int
    callbacks: int = CALLBACKS
    patience: int = PATIENCE
    any_order: bool = False

    @property
    def timers(self) -> int:
        """The number of timers after which the patience of the environment is over."""
        return max(1, self.patience // 5)
