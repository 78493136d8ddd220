"""Many executions of one program. Knows nothing of cancellation, nor of what the program does.

- `program`: what is explored, and who answers its choice points
- `schedulers`: one for enumerating, one for replaying a schedule
- `tally`: how often an outcome was reached
- `graph`: the states that were visited, and the schedules in it; `states`: the scheduler that makes it
- `growth`: where that is in vain
- `ends`: a sample of what it left out; `distrust`: goes on from there, and compares
- `search`: every schedule by re-execution, or every state once
- `roots`: goes on from where a search was split; `subtrees`: splits it where choices are; `frontier`: where states are;
  `parts`: a search in parts, and what they found together
- `sampling`, `random_walk`, `pct`: schedules drawn at random, for programs too large for all of them; `samplers`: the
  table of all ways to draw them
- `shrink`: from a schedule to a smaller one
- `memory`: how much of it a search may take
- `watchdog`, `quiet`: notices a step that does not end; keeps a program's output out of ours
"""

from treadle.explorer.frontier import Frontier, find_frontier
from treadle.explorer.parts import PARTS, Cut, Parts, find_parts, in_groups, merge, nothing_found
from treadle.explorer.pct import PctSampler
from treadle.explorer.program import Answers, Execution, Program, Repeated, Scheduler
from treadle.explorer.quiet import alone, quiet
from treadle.explorer.random_walk import RandomWalk
from treadle.explorer.roots import Root
from treadle.explorer.samplers import SAMPLERS, Draw, draw_schedules
from treadle.explorer.sampling import Noting, Sampler, sample_schedules
from treadle.explorer.schedulers import CAUSES, EnumeratingScheduler, ReplayScheduler
from treadle.explorer.search import (
    NONDETERMINISM,
    Ended,
    Exploration,
    Limits,
    Search,
    collecting_by_hand,
    enumerate_schedules,
    visit_states,
)
from treadle.explorer.shrink import shrink
from treadle.explorer.subtrees import split
from treadle.explorer.tally import Tally
from treadle.explorer.watchdog import NOT_ENDED, StepTimeoutError, Watchdog

__all__ = [
    "CAUSES",
    "NONDETERMINISM",
    "NOT_ENDED",
    "PARTS",
    "SAMPLERS",
    "Answers",
    "Cut",
    "Draw",
    "Ended",
    "EnumeratingScheduler",
    "Execution",
    "Exploration",
    "Frontier",
    "Limits",
    "Noting",
    "Parts",
    "PctSampler",
    "Program",
    "RandomWalk",
    "Repeated",
    "ReplayScheduler",
    "Root",
    "Sampler",
    "Scheduler",
    "Search",
    "StepTimeoutError",
    "Tally",
    "Watchdog",
    "alone",
    "collecting_by_hand",
    "draw_schedules",
    "enumerate_schedules",
    "find_frontier",
    "find_parts",
    "in_groups",
    "merge",
    "nothing_found",
    "quiet",
    "sample_schedules",
    "shrink",
    "split",
    "visit_states",
]
