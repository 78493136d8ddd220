"""And, or, not, implies, over Python values and solver terms alike.

A property of the specification is one function. The checker calls it with numbers and booleans from a run, the models
call it with a solver's terms, and both must mean the same. So the specification never uses `and`, `or`, `not` (which
ask a term for its truth) but the few functions here, which dispatch on what they are given.

The arithmetic that the specification needs (`+`, `-`, `>`, `<=`) is overloaded by every solver's terms already and
needs no help. A term is anything with `&`, `|` and `~`, as the booleans of Z3 have.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, TypeAlias

# A boolean or a number, concrete or symbolic. This is the one place where the border to a solver is untyped.
Truth: TypeAlias = Any
Number: TypeAlias = Any


def both(left: Truth, right: Truth) -> Truth:
    """Conjunction of two truths; short-circuits if the answer is known, so that terms stay small."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return left & right


def either(left: Truth, right: Truth) -> Truth:
    """Disjunction of two truths; short-circuits if the answer is known."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return left | right


def all_of(*truths: Truth) -> Truth:
    """Conjunction of any number of truths; of none, true."""
    return reduce(both, truths, True)  # noqa: FBT003 - the neutral element, not an option


def any_of(*truths: Truth) -> Truth:
    """Disjunction of any number of truths; of none, false."""
    return reduce(either, truths, False)  # noqa: FBT003 - the neutral element, not an option


def negate(truth: Truth) -> Truth:
    """Negation: `not` for a Python boolean, `~` for a term (where `~True` would be -2)."""
    return not truth if isinstance(truth, bool) else ~truth


def implies(premise: Truth, conclusion: Truth) -> Truth:
    """Material implication."""
    return either(negate(premise), conclusion)


def equal(left: Number, right: Number) -> Truth:
    """Equality of two numbers: a boolean, or the solver's equation."""
    return left == right
