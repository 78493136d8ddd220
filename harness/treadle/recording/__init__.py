"""Executions, written down for people to read.

- `recorder`: the records of one execution, callback by callback and action by action
- `engine`: has every callback and every action written down
- `requests`: who cancels whom
- `minimality`: how sure it is that nothing smaller shows the same
- `lines`: which lines of the program a callback ran
"""

from __future__ import annotations

from treadle.recording.engine import RecordingEngine
from treadle.recording.minimality import minimality
from treadle.recording.recorder import Recorder, state_of

__all__ = ["Recorder", "RecordingEngine", "minimality", "state_of"]
