"""A counterexample with all that belongs to it: target, nearest schedule without it, script, stock asyncio."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from treadle.check.nearest import Contrast, find_contrast
from treadle.display import Displayed
from treadle.loop.aside import aside
from treadle.report.diagram import print_diagram
from treadle.report.display import printed, svg, text
from treadle.report.picture import Picture, picture_of_counterexample, picture_of_neighbour
from treadle.report.render import render
from treadle.report.script import write_script
from treadle.report.source import read_source
from treadle.report.stock import StockRun, run_on_stock
from treadle.report.svg import draw

if TYPE_CHECKING:
    from treadle.check import Counterexample, Target


@dataclass(frozen=True)
class Pictures(Displayed):
    """Pictures side by side; as text, their contents one below the other."""

    pictures: tuple[Picture, ...]

    def __repr__(self) -> str:
        return f"<{len(self.pictures)} pictures>"


@dataclass(frozen=True)
class Page(Displayed):
    """A picture to step through, in a trusted notebook or in a browser; printed, it is a diagram."""

    html: str
    diagram: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return "<a picture to step through, in a notebook or a browser>"

    def __str__(self) -> str:
        return self.diagram


@dataclass(frozen=True)
class Case(Displayed):
    """One counterexample of a target. A notebook shows it as a picture; `print` prints a diagram.

    :ivar found: the counterexample.
    :ivar target: the target.
    """

    found: Counterexample
    target: Target

    def __repr__(self) -> str:
        return f"<{self.found.token}>"

    @property
    def token(self) -> str:
        """The token, which `treadle replay` and `treadle script` take."""
        return str(self.found.token)

    @cached_property
    def contrast(self) -> Contrast:
        """The nearest schedule that keeps the property, and the moment that decides."""
        with aside():
            return find_contrast(self.found, self.target)

    @cached_property
    def script(self) -> str:
        """The stand-alone script; empty if stock asyncio offers no way to act at these gaps."""
        return write_script(self.found, self.target)

    @cached_property
    def stock(self) -> StockRun:
        """The result of running the script on stock asyncio, in a new interpreter."""
        return run_on_stock(self.script)

    @property
    def picture(self) -> Picture:
        """The picture of the counterexample."""
        return picture_of_counterexample(self.found, self.contrast)

    def beside_nearest(self) -> Pictures:
        """Return a picture of it beside the nearest schedule that keeps the property, if there is one."""
        good = picture_of_neighbour(self.found, self.contrast)
        return Pictures((self.picture,) if good is None else (self.picture, good))

    def steps(self) -> Page:
        """Return a picture to step through with the arrow keys, the line that runs marked in the source."""
        source = read_source(self.target)
        told = None if source is None else {"file": source.file, "first": source.first, "lines": source.lines}
        pictures = self.beside_nearest().pictures
        html = render("steps.html", pictures=pictures, source=told and {**told, "anchor": "source-of-case"})
        return Page(html, str(self))


@svg.register
def _(case: Case) -> str:
    return draw(case.picture)


@text.register
def _(case: Case) -> str:
    return printed(lambda console: print_diagram(console, case.found, stock=case.stock.status))


@svg.register
def _(shown: Pictures) -> str:
    return draw(*shown.pictures)


@text.register
def _(shown: Pictures) -> str:
    return "\n\n".join(map(_told, shown.pictures))


def _told(picture: Picture) -> str:
    words = picture.words
    said = () if words.verdict == "violated" else words.subtitle
    return "\n".join([words.title, *said, *(f"  {box.told}" for box in picture.boxes)])
