"""Explore any async program, also inside a notebook."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from treadle.loop.aside import aside
from treadle.programs import explore as explore_program

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def _aside(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that also works where an event loop already runs, as in a notebook."""

    @functools.wraps(function)
    def beside(*args: P.args, **options: P.kwargs) -> T:
        with aside():
            return function(*args, **options)

    return beside


explore = _aside(explore_program)
"""`treadle.explore`, for notebooks: it works inside of a running event loop, too."""
