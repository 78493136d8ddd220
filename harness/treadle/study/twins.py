"""Show twins: two executions side by side, and what code can read in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.display import Displayed
from treadle.ledger.pictures import twin_views
from treadle.loop.aside import aside
from treadle.report.display import svg, text
from treadle.report.svg import draw
from treadle.study.tables import Numbers

if TYPE_CHECKING:
    from treadle.report.page import TwinView


@dataclass(frozen=True)
class TwinPair(Displayed):
    """A pair of twins: two executions that look the same to the code, and need opposite decisions.

    :ivar view: the data of their pictures.
    """

    view: TwinView

    def __repr__(self) -> str:
        return f"<twins: {self.view.name}>"

    @property
    def readings(self) -> Numbers:
        """What the code can read in each, as their scripts printed it on stock asyncio, and what it must do."""
        rows = {what: (one, other) for what, one, other in self.view.readings}
        return Numbers("after `await task`", ("in one", "in the other"), rows, marked=True)


def twins() -> dict[str, TwinPair]:
    """Run all pairs on real tasks, and their scripts on stock asyncio; return them by name."""
    with aside():
        return {view.name: TwinPair(view) for view in twin_views()}


@svg.register
def _(pair: TwinPair) -> str:
    return draw(*pair.view.pictures)


@text.register
def _(pair: TwinPair) -> str:
    return f"twins, equal in {pair.view.sentence}\n{pair.readings}"
