"""Show an explored program: a violation as a picture, and otherwise the counts as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.programs.result import Explored  # noqa: TC001 - the drawers are registered by it
from treadle.report.display import html, svg, text
from treadle.report.layout import count
from treadle.report.picture import Words, picture_of
from treadle.report.render import render
from treadle.report.svg import draw
from treadle.trace import Gap

if TYPE_CHECKING:
    from treadle.programs.result import Violation
    from treadle.report.picture import Picture


def picture_of_violation(explored: Explored, found: Violation) -> Picture:
    """Lay out the smallest execution that violates a property."""
    names = dict.fromkeys(["environment", *(task.name for record in found.trace for task in record.tasks)])
    names |= dict.fromkeys(record.who for record in found.trace)
    share = f"in {found.schedules:,} of {explored.schedules:,} schedules"
    return picture_of(
        Gap(),
        found.trace,
        list(names),
        Words(
            title=found.property.sentence,
            verdict="violated",
            subtitle=(f"{explored.name}: {share}; at most {count(explored.events, 'event')}",),
            closing=(found.text,),
        ),
    )


@svg.register
def _(explored: Explored) -> str | None:
    if not explored.violations:
        return None
    return draw(picture_of_violation(explored, explored.violations[0]))


@html.register
def _(explored: Explored) -> str | None:
    if explored.violations and explored.violations[0].trace:
        return None  # a picture says more
    return render("program.html", explored=explored)


@text.register
def _(explored: Explored) -> str:
    return explored.__str__()
