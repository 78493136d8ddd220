"""Lay out twins as a picture: two executions side by side, and below them all that the code could read in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.ledger.twins import play_twins
from treadle.report.page import TwinView
from treadle.report.picture import Words, picture_of
from treadle.report.stock import run_on_stock
from treadle.report.story import lanes
from treadle_models.situations import describe

if TYPE_CHECKING:
    from treadle.check import Counterexample
    from treadle.ledger.twins import PlayedTwins
    from treadle.report.picture import Picture

_NEEDED = "needed"


def twin_views() -> tuple[TwinView, ...]:
    """Run every pair on real tasks, and their scripts on stock asyncio, and lay out what these printed."""
    return tuple(map(view, play_twins()))


def view(twins: PlayedTwins) -> TwinView:
    """Lay out one pair."""
    read = [_printed(run_on_stock(script).output) for script in twins.scripts]
    needs = [each.pop(_NEEDED, "unknown: the script did not come to its end") for each in read]
    readings = [(what, read[0].get(what, ""), read[1].get(what, "")) for what in dict.fromkeys([*read[0], *read[1]])]
    readings.append(("what the code must do", needs[0], needs[1]))
    return TwinView(
        name=twins.pair.name,
        sentence=twins.pair.sentence,
        pictures=(_picture(twins.raises, needs[0]), _picture(twins.returns, needs[1])),
        readings=tuple(readings),
        scripts=tuple(zip(twins.names, needs, twins.scripts, strict=True)),
    )


def _printed(output: str) -> dict[str, str]:
    pairs = (line.partition(": ") for line in output.splitlines())
    return {what: value for what, colon, value in pairs if colon}


def _picture(played: Counterexample, need: str) -> Picture:
    situation = played.token.situation
    words = Words(title=f"must {need}", subtitle=(f"{situation}: {describe(situation)}",))
    return picture_of(played.beginning, played.trace, lanes(played), words)
