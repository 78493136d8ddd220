"""Run a program many times and collect its outcomes, without knowledge of cancellation or of what the program does.

- `program`: the interface between the program that is explored and the scheduler that answers its choice points
- `schedulers`: one for enumerating, one for replaying a schedule
- `outcomes`, `tally`: distinct outcomes by number, and how often each was reached, both packed if there are many
- `graph`: the states that were visited, and the schedules in it; `states`: the scheduler that builds it
- `growth`: detects programs for which that is useless
- `ends`: a sample of what it left out; `distrust`: runs on from there, and compares
- `search`: every schedule by re-execution, or every state once
- `marks`: left by a long search, so that another process goes on from there; `written`: writes what is in them,
  `unfinished`: reads it
- `roots`: goes on from where a search was split; `subtrees`: splits it at choices; `frontier`: at states; `parts`: a
  search in parts, and its merged results
- `sampling`, `random_walk`, `pct`: schedules drawn at random, for programs with too many of them; `samplers`: the table
  of all samplers
- `shrink`: makes a schedule smaller
- `memory`: the memory limit of searches
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
