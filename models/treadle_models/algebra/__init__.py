"""And, or, not, implies and arithmetic, over Python values and terms alike.

- `truths`: the functions in which the specification is written
- `linear`: terms of our own: linear expressions over named counters, and formulas over their comparisons
- `known`: what has been assumed so far on a path
"""

from treadle_models.algebra.linear import FALSE, TRUE, Formula, Linear, Relation, evaluate, variable
from treadle_models.algebra.truths import (
    Number,
    Truth,
    all_of,
    any_of,
    both,
    either,
    equal,
    implies,
    negate,
)

__all__ = [
    "FALSE",
    "TRUE",
    "Formula",
    "Linear",
    "Number",
    "Relation",
    "Truth",
    "all_of",
    "any_of",
    "both",
    "either",
    "equal",
    "evaluate",
    "implies",
    "negate",
    "variable",
]
