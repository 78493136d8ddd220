"""Judge an observation: for each property and reading, when it is violated and when it applies at all.

An observation of the machine has expressions in place of numbers, so the answers are formulas. Most observations are
equal, and most properties do not apply to them, so each is judged once, and only properties that may apply are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula, Linear
from treadle_models.spec import CIRCLE_ENDS, MODES, NO_SELF_HANG, PROPERTIES, Reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from treadle_models.situations import Situation
    from treadle_models.spec import Observation

Pair = tuple[str, Reading]
"""A property, by its name, under a reading."""

_ALL = [
    (each, reading)
    for each in (*PROPERTIES, *MODES, CIRCLE_ENDS)
    for reading in (tuple(Reading) if each.readings else (Reading.WEAK,))
]


def pairs_of(situation: Situation) -> tuple[Pair, ...]:
    """Return what is judged in a situation: each property, under all readings if others may uncancel."""
    itself, mutual = situation.dependency == "itself", situation.dependency == "mutual"
    return tuple(
        (each.name, reading)
        for each, reading in _ALL
        if (situation.uncancel or reading is Reading.WEAK)
        and (each is NO_SELF_HANG or not itself)
        and (each is CIRCLE_ENDS) is mutual
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """When an observation violates a property under a reading, and when it exercises it."""

    pair: Pair
    wrong: Formula
    applies: Formula


_known: dict[tuple[object, ...], tuple[Judgement, ...]] = {}


def judge(seen: Iterable[Observation]) -> tuple[Judgement, ...]:
    """Return the judgements on observations, without properties that are always kept and never exercised."""
    return tuple(each for one in seen for each in _judge(one))


def _judge(seen: Observation) -> tuple[Judgement, ...]:
    key = tuple([each.key() if isinstance(each, Linear) else each for each in seen])
    if key not in _known:
        found = (
            Judgement(
                (each.name, reading),
                _formula(each.holds(seen, reading), negated=True),
                _formula(each.applies(seen, reading), negated=False),
            )
            for each, reading in _ALL
        )
        _known[key] = tuple(each for each in found if each.wrong != FALSE or each.applies != FALSE)
    return _known[key]


def _formula(truth: object, *, negated: bool) -> Formula:
    if isinstance(truth, bool):
        return TRUE if truth is not negated else FALSE
    formula: Formula = truth  # type: ignore[assignment]  # because the observation has terms
    return ~formula if negated else formula
