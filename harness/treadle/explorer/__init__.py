"""Many executions of one program. Knows nothing of cancellation, nor of what the program does.

- `program`: what is explored, and who answers its choice points
- `schedulers`: one for enumerating, one for replaying a schedule
- `tally`: how often an outcome was reached
- `states`: a scheduler that remembers states
- `search`: every schedule by re-execution, or every state once
- `watchdog`: notices a step that does not end
"""

from treadle.explorer.program import Execution, Program, Scheduler
from treadle.explorer.schedulers import ReplayScheduler
from treadle.explorer.search import Ended, Exploration, Limits, Search, enumerate_schedules, visit_states
from treadle.explorer.tally import Tally
from treadle.explorer.watchdog import StepTimeoutError, Watchdog

__all__ = [
    "Ended",
    "Execution",
    "Exploration",
    "Limits",
    "Program",
    "ReplayScheduler",
    "Scheduler",
    "Search",
    "StepTimeoutError",
    "Tally",
    "Watchdog",
    "enumerate_schedules",
    "visit_states",
]
