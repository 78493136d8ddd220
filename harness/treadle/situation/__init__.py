"""The world of `check`: a controller, its dependency and the environment, on real tasks.

- `names`: finds situations by their names
- `actor`: the most general dependency; `failures`: the exceptions with which it fails
- `call`: what is observed of one call
- `causes`: on whose behalf code runs; `roles`: task classes that report who cancels whom, and what was read
- `subject`: what is judged; `stage`: the set-up; `approach`: the controllers; `scopes`: the scopes around a controller
- `environment`, `actions`: what the environment can do in a gap, as data with names
- `promptness`: which controllers must leave, gap by gap; `polling`: whether a call polls; `patience`: limits on
  waiting; `waiting`: applies them
- `world`: all of it together, to be run by an engine
- `outcome`: how the calls of one execution ended; `trusted`: whether a target may keep anything
- `record`: an execution with its trace and score
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
