"""Functions for notebooks and the prompt, whose results display themselves.

    from treadle.study import verdicts

    table = verdicts("osipenko-proposal", "treadle-wait", events=2, steps=2)
    table                                   # the verdict table
    case = table["osipenko-proposal", "lost"]
    case                                    # its counterexample in the plainest situation
    case.beside_nearest()                   # the same beside the nearest schedule that keeps the property

Everything runs in the process that calls it, also inside a notebook's own event loop. A target may be a name or an
async function. A target that hangs also hangs the notebook; the command line gives each target a process of its own.

- `verdicts`: judge one or more targets
- `case`: a counterexample with all that belongs to it
- `programs`: explore any async program
- `proofs`: proofs without bounds, and their certificates
- `twins`: executions that no code can distinguish
- `tables`: numbers side by side
"""

from treadle.study.case import Case
from treadle.study.programs import explore
from treadle.study.proofs import Proofs, check_certificate, prove
from treadle.study.tables import Numbers
from treadle.study.twins import TwinPair, twins
from treadle.study.verdicts import Verdicts, explore_situation, verdicts

__all__ = [
    "Case",
    "Numbers",
    "Proofs",
    "TwinPair",
    "Verdicts",
    "check_certificate",
    "explore",
    "explore_situation",
    "prove",
    "twins",
    "verdicts",
]
