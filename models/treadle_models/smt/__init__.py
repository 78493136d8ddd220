"""Verdicts without bounds, and certificates that another solver can check. Needs Z3 (`treadle[proofs]`).

- `template`: the fixed set of facts; `step`: what a rule does to counters, and to bounds of them
- `judge`: when an observation violates a property
- `control`: the shapes of states and the rules between them; counters are symbolic
- `invariant`: which facts hold in each shape; `loops`: circles in which a call never ends
- `obligations`: what has to be shown; `written`: as text; `solver`: the border to Z3
- `concrete`: the rules on numbers, to find traces; `bounded`: the same with a solver, as a cross-check
- `prove`: proved, refuted, unknown
- `twins`: twins and right guards after `await task`, without bounds
- `system`: the transition system of a target, as clauses; `describe`: its shapes in words
- `certificate`: system and invariant as a file; `verify`: whether one shows what it claims;
  `questions`, `second`: what cvc5 is asked
"""
