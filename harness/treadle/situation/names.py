"""Find situations by their names; they are defined in `treadle_models.situations`."""

from __future__ import annotations

from treadle.errors import MisuseError
from treadle_models.situations import Situation, SituationError, instances, situation_of


def parse_situation(name: str, *, symbols: bool = False) -> Situation:
    """Return the situation of this name; raise `MisuseError` if there is none.

    `symbols`: it may have a symbol for a number, which real tasks cannot have.
    """
    try:
        situation = situation_of(name)
    except SituationError as error:
        raise MisuseError(str(error)) from None
    if situation.any_count and not symbols:
        message = (
            f"the situation {name!r} has a symbol for a number, which only `treadle prove` can have; give a number "
            f"instead: {', '.join(instances(name))}"
        )
        raise MisuseError(message)
    return situation
