"""Find situations by their names; they are defined in `treadle_models.situations`."""

from __future__ import annotations

from treadle.errors import MisuseError
from treadle_models.situations import Situation, SituationError, situation_of


def parse_situation(name: str) -> Situation:
    """Return the situation of this name; raise `MisuseError` if there is none."""
    try:
        return situation_of(name)
    except SituationError as error:
        raise MisuseError(str(error)) from None
