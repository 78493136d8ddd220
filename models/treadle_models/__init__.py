"""The mathematics of Treadle: the specification, the candidates, and the models that prove results about them.

From the bottom up; imports go down only, and never to the harness:

- `algebra`: and, or, not, implies, over Python values and solver terms alike
- `spec`: the properties, each written once, over one record of observations
- `situations`: the circumstances in which they are judged
- `candidates`: the implementations that are judged, one file each
- `machine`: asyncio's Task cancellation protocol as a transition system
- `automaton`: a candidate's own source as a control-flow automaton
- `explicit`: exhaustive search of the machine, and what is impossible
- `smt`: unbounded proofs, and certificates; the only one that needs a solver
- `coq`: proofs that Coq checks, if it is installed
"""
