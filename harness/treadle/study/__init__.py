"""What one calls in a notebook or at a prompt, and what comes back: things that show themselves.

    from treadle.study import verdicts

    table = verdicts("osipenko-proposal", "treadle-wait", events=2, steps=2)
    table                                   # the verdict table
    case = table["osipenko-proposal", "lost"]
    case                                    # its smallest counterexample, as a picture
    case.beside_nearest()                   # and beside it the nearest schedule in which it does not happen

Everything runs in the process that calls it, inside a notebook's own event loop too, and a function at hand is as good
a target as a name. A target that hangs takes the notebook with it; the command line gives each a process of its own.

- `verdicts`: one or more targets, judged
- `case`: a counterexample with all that belongs to it
- `programs`: any async program, explored
- `proofs`: proofs without bounds, and their certificates
- `twins`: what no code can tell apart
- `tables`: a few numbers beside each other
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
