"""What shows itself: as a picture in a notebook, as text in a terminal.

The data lies below what draws it, so it names its drawer and does not import it: `treadle.report.drawers` knows a
function for each class. Where jinja2 is missing there is no picture, and a notebook shows the text.
"""

from __future__ import annotations

import importlib
from typing import Protocol

_DRAWER = "treadle.report.drawers"


class Printer(Protocol):
    """What IPython prints with."""

    def text(self, text: str) -> None:
        """Print text."""


class Displayed:
    """A base of classes whose instances show themselves; see IPython's rich display for the names of the methods."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        """Give each class the method itself: IPython asks the class for it that has a `__repr__`."""
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
