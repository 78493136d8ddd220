"""From candidates, situations and properties to verdicts.

- `job`: what to judge, and how far to go
- `target`, `given`: from a name, or a function at hand, to something that can be judged
- `adapter`: which library a short function of the user's is about
- `verdict`: what is said about one property in one situation, and how it was reached
- `worlds`: a target in a situation, on the one loop
- `judge`: one target in one situation, explored and judged
- `unsupported`: what cannot be judged: a call that needs the outside world, or that fails whatever happens
- `outside`: threads, processes and sockets of a target, and signals that it sends; `threads`: those not waited for
- `refused`: how it is told that a target needs what the loop cannot give
- `watch`: whether a search lives, has time left, and whether a step does not end
- `parts`: a large search, in parts that can run anywhere
- `summary`: what is said of one target over all its situations
- `counterexamples`: from a schedule to a counterexample, and back
- `nearest`: the schedule nearest to one that keeps its property
- `sides`, `lockstep`: the model of a target and real tasks, side by side
- `proving`: what is proved of a target, where real tasks go along
- `catalogue`, `proofs`: what was recorded earlier, to compare with: verdicts, and what is proved
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
