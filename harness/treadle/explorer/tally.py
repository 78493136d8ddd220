"""How often an outcome was reached, and the smallest schedule that leads to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from treadle.schedule import Schedule


@dataclass(slots=True)
class Tally:
    """An outcome: how many schedules lead to it, and the smallest of them."""

    schedules: int
    size: tuple[int, ...]
    example: Schedule
