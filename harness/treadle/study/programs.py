"""Any async program, explored inside a notebook too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.loop.aside import aside
from treadle.programs import explore as explore_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.programs import Explored


def explore(program: Callable[..., object], *, name: str = "", **options: object) -> Explored:
    """Explore an async function as `treadle.explore` does; see there for the options."""
    with aside():
        return explore_program(program, name=name, **options)
