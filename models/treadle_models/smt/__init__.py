"""Verdicts without bounds, and certificates that another solver can check. Needs Z3 (`treadle[proofs]`).

- `control`: the shapes of states and the rules between them; counters are symbolic
- `template`: the fixed set of facts; `invariant`: which of them hold in each shape
- `obligations`: what has to be shown; `solver`: the border to Z3; `loops`: circles in which a call never ends
- `prove`: proved, refuted, unknown
- `certificate`: the obligations as an SMT-LIB file
"""
