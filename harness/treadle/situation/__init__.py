"""The world of `check`: a controller, its dependency and the environment, on real tasks.

- `names`: the situations by their names
- `actor`: the most general dependency
- `call`: what is observed of one call
- `causes`: on whose behalf code runs; `roles`: task classes that tell who cancels whom, and what was read
- `subject`: what is judged; `stage`: the set-up; `scopes`: what is around a controller there
- `environment`, `actions`: what others may do in a gap, as data with names
- `promptness`: who has to leave, gap by gap; `polling`: whether a call polls; `patience`: for how long it is waited;
  `waiting`: doing that
- `world`: all of it together, which an engine runs
- `outcome`: how the calls of one execution ended; `trusted`: whether a target can have kept anything
- `record`: one execution, written down
"""

from treadle.situation.actions import ActionName
from treadle.situation.names import parse_situation
from treadle.situation.outcome import CallOutcome, Outcome
from treadle.situation.record import RecordedSituation, Score
from treadle.situation.subject import Subject
from treadle.situation.world import SituationWorld
from treadle_models.situations import ALL_SITUATIONS, Situation

__all__ = [
    "ALL_SITUATIONS",
    "ActionName",
    "CallOutcome",
    "Outcome",
    "RecordedSituation",
    "Score",
    "Situation",
    "SituationWorld",
    "Subject",
    "parse_situation",
]
