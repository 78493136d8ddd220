"""Record executions for people to read.

- `recorder`: the records of one execution, callback by callback and action by action
- `engine`: runs an execution and has it recorded
- `requests`: which task cancels which
- `minimality`: says whether a counterexample is proved minimal
- `folding`: shortens repetitions in a trace
- `lines`: which lines of the program a callback ran
"""

from __future__ import annotations

from treadle.recording.engine import RecordingEngine
from treadle.recording.folding import folded, repeated
from treadle.recording.minimality import minimality
from treadle.recording.recorder import Recorder, state_of

__all__ = ["Recorder", "RecordingEngine", "folded", "minimality", "repeated", "state_of"]
