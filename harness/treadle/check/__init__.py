"""Judge candidates and other targets: from situations and properties to verdicts.

- `job`: what to judge, and how far to go
- `target`, `given`: make a target from a name or a function
- `adapter`: which library a short function of the user calls
- `verdict`: the result for one property in one situation, and for all of them
- `worlds`: the world of a target in a situation
- `judge`: explores and judges one target in one situation
- `unsupported`: calls that cannot be judged, because they need the outside world, or always fail
- `outside`: threads, processes and sockets of a target, and signals that it sends; `threads`: threads not joined
- `refused`: the messages about needs that the loop cannot serve
- `watch`: progress, deadline, and interruption of steps that do not end
- `parts`: a large search in parts, which may run in other processes
- `summary`: the results of one target over all its situations
- `counterexamples`: make a counterexample from a schedule, and replay it
- `nearest`: the schedule nearest to a counterexample that keeps its property
- `sides`, `lockstep`: the model of a target and real tasks, side by side
- `proving`: the proofs about a target, confirmed by real tasks
- `catalogue`, `proofs`: the recorded verdicts and proofs, to compare with
"""

from treadle.check.catalogue import Catalogue
from treadle.check.counterexamples import Counterexample, replay
from treadle.check.job import Job
from treadle.check.judge import judge
from treadle.check.target import Target, resolve_target
from treadle.check.verdict import CellResult, Finding
from treadle.verdict import Verdict

__all__ = [
    "Catalogue",
    "CellResult",
    "Counterexample",
    "Finding",
    "Job",
    "Target",
    "Verdict",
    "judge",
    "replay",
    "resolve_target",
]
