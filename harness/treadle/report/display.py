"""The representations of results: counterexamples as pictures, verdicts as tables, all of them as text.

A notebook prefers HTML to SVG, and code hosts remove style and script from HTML, but leave an SVG unchanged. So a
picture has only an SVG form, and a table is plain HTML that is readable without its style.
"""

from __future__ import annotations

import contextlib
import io
from functools import singledispatch
from typing import TYPE_CHECKING

from treadle.check import CellResult, Counterexample, Verdict
from treadle.check.catalogue import Catalogue
from treadle.check.nearest import find_contrast
from treadle.check.summary import summarize
from treadle.check.target import resolve_target
from treadle.errors import MisuseError
from treadle.report.console import PlainConsole
from treadle.report.diagram import print_diagram
from treadle.report.page import LETTERS, cell_of
from treadle.report.picture import picture_of_counterexample
from treadle.report.render import render
from treadle.report.stock import NOT_TRIED
from treadle.report.svg import draw as draw_svg
from treadle.report.table import heading, print_verdicts

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

_WIDTH = 100


def draw(how: str, thing: object) -> str | None:
    """Draw a result as svg, html or text; None if it has no such form."""
    try:
        return _DRAWERS[how](thing)
    except MisuseError:  # jinja2 is missing; the text is there all the same
        return None


@singledispatch
def svg(_: object) -> str | None:
    """Draw a picture."""
    return None


@singledispatch
def html(_: object) -> str | None:
    """Draw a table."""
    return None


@singledispatch
def text(_: object) -> str | None:
    """Write a result as text."""
    return None


_DRAWERS: dict[str, Callable[[object], str | None]] = {"svg": svg, "html": html, "text": text}


def printed(print_it: Callable[[Console], object]) -> str:
    """Return what is printed on a console as plain text, without colours and spaces at the ends of lines."""
    file = io.StringIO()
    print_it(
        PlainConsole(
            file=file, width=_WIDTH, highlight=False, markup=False, emoji=False, color_system=None, force_jupyter=False
        )
    )
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


@svg.register
def _(found: Counterexample) -> str:
    contrast = None
    with contextlib.suppress(MisuseError):  # a function without a name cannot be found again
        contrast = find_contrast(found, resolve_target(found.token.target))
    return draw_svg(picture_of_counterexample(found, contrast))


@text.register
def _(found: Counterexample) -> str:
    return printed(lambda console: print_diagram(console, found, stock=NOT_TRIED))


@html.register
def _(cell: CellResult) -> str:
    findings = [finding for finding in cell.findings if finding.verdict is not Verdict.NOT_EXERCISED]
    summary = summarize([cell], Catalogue({}))
    cells = [cell_of(summary.standings[each.property], (cell.situation,), "") for each in findings]
    return render(
        "exploration.html",
        cell=cell,
        heading=heading(cell, cell.findings[0].reading if cell.findings else "weak"),
        findings=[
            (finding, LETTERS[finding.verdict], each.mark) for finding, each in zip(findings, cells, strict=True)
        ],
        unexercised=len(cell.findings) - len(findings),
    )


@text.register
def _(cell: CellResult) -> str:
    summary = summarize([cell], Catalogue({}))
    reading = cell.findings[0].reading if cell.findings else "weak"
    return printed(lambda console: print_verdicts(console, [summary], reading=reading))
