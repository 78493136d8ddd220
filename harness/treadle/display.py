"""A base class of results that display themselves: as a picture in a notebook, as text in a terminal.

The data is in a lower layer than the code that draws it, so it does not import its drawer, but names it:
`treadle.report.drawers` has a function for each class. Without jinja2 there is no picture, and a notebook shows the
text.
"""

from __future__ import annotations

import importlib
from typing import Protocol

_DRAWER = "treadle.report.drawers"


class Printer(Protocol):
    """The printer that IPython passes."""

    def text(self, text: str) -> None:
        """Print text."""


class Displayed:
    """Base of classes whose instances display themselves, by the methods of IPython's rich display."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Give each class its own `_repr_pretty_`: IPython looks for it in the class that defines `__repr__`."""
        super().__init_subclass__()
        cls._repr_pretty_ = Displayed._repr_pretty_  # type: ignore[method-assign]

    def _repr_html_(self) -> str | None:
        return _drawn("html", self)

    def _repr_svg_(self) -> str | None:
        return _drawn("svg", self)

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:  # noqa: FBT001 - IPython's signature
        printer.text("..." if cycle else str(self))

    def __str__(self) -> str:
        return _drawn("text", self) or object.__repr__(self)


def _drawn(how: str, thing: object) -> str | None:
    drawer = importlib.import_module(_DRAWER)
    drawn: str | None = drawer.draw(how, thing)
    return drawn
