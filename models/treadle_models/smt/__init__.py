"""Verdicts without bounds, and certificates that another solver can check. Needs Z3 (`treadle[proofs]`).

- `template`: the fixed set of facts; `step`: the effect of a rule on counters, and on their bounds
- `judge`: when an observation violates a property
- `control`: the shapes of states and the rules between them; counters are symbolic
- `invariant`: which facts hold in each shape; `loops`: cycles in which a call never ends
- `obligations`: what must be shown; `written`: formulas as text; `solver`: the interface to Z3
- `concrete`: the rules on numbers, to find traces; `bounded`: the same with a solver, as a cross-check
- `prove`: the verdicts *proved*, *refuted* and *unknown*
- `twins`: twins and right guards after `await task`, without bounds
- `system`: the transition system of a target, as clauses; `describe`: its shapes in words
- `certificate`: system and invariant as a file; `verify`: whether one shows what it claims;
  `questions`, `second`: what cvc5 is asked
"""
