"""The first program that is explored: a controller, its dependency and the environment, on real tasks.

- `names`: the situations by their names
- `actor`: the most general dependency
- `call`: what is observed of one call
- `roles`: task classes that tell who cancels whom, and what was read
- `stage`: the set-up
- `environment`, `actions`: what others may do in a gap, as data with names
- `play`: one execution, gap by gap, to its outcome; `polling`: what it does not wait for
- `record`: one execution, written down
"""

from treadle.situation.actions import ActionName
from treadle.situation.names import parse_situation
from treadle.situation.play import CallOutcome, Outcome, Play
from treadle.situation.record import RecordedPlay, Score
from treadle.situation.stage import Subject
from treadle_models.situations import ALL_SITUATIONS, Situation

__all__ = [
    "ALL_SITUATIONS",
    "ActionName",
    "CallOutcome",
    "Outcome",
    "Play",
    "RecordedPlay",
    "Score",
    "Situation",
    "Subject",
    "parse_situation",
]
