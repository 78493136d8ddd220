"""From candidates, situations and properties to verdicts.

- `job`: what to judge, and how far to go
- `target`: from a name to something that can be judged
- `verdict`: what is said about one property in one situation, and how it was reached
- `judge`: one target in one situation, explored and judged
- `unsupported`: what cannot be judged: a call that needs the outside world, or that fails whatever happens
- `refused`: how it is told that a target needs what the loop cannot give
- `counterexamples`: from a schedule to a counterexample, and back
- `catalogue`: what was recorded earlier, to compare with
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
