"""Random targets from all of the subset, on all versions of the machine: checker, search and proof say one thing.

What is proved is violated in no schedule of the search, what is not exercised is exercised in none, and a refutation
within the bounds is one of the search. On the version of this interpreter real tasks go along too, edge by edge and by
count. By default 60 targets are drawn; TREADLE_TESTS=all draws 1,000, with larger bounds.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from drawn import drawn
from pythons import ALL

from treadle.check.lockstep import Lockstep
from treadle.check.proving import candidate_of, replayed
from treadle.check.target import resolve_target
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import count_outcomes, explore, judge
from treadle_models.machine.stage import MachineLimits
from treadle_models.situations import situation_of
from treadle_models.smt.invariant import unfold
from treadle_models.smt.prove import Proof, ProofVerdict, Prover
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

SEEDS, PART = (1_000, 100) if ALL else (60, 20)
BOUNDS = (2, 2) if ALL else (1, 1)
SHAPES, STATES = (4_000, 100_000) if ALL else (150, 2_000)
VERSION = sys.version_info[:2]
VERSIONS = ((3, 11), (3, 12), (3, 13), (3, 14), (3, 15))
SITUATIONS = (
    *("plain", "plain", "cleanup/1", "pending", "uncancel/1", "uncancel/0", "timeout", "third-party", "unstarted"),
    *("future", "done/result", "done/exception", "nested", "group", "plain"),
)


def _contradictions(proof: Proof, bounds: tuple[int, int], seen: Counter[str]) -> list[str]:
    """Compare a proof with every path of the machine within bounds."""
    candidate = candidate_of(resolve_target(proof.candidate))
    limits = MachineLimits(events=bounds[0], steps=bounds[1])
    try:
        outcomes = count_outcomes(explore(make_play(candidate, proof.situation, proof.version, limits), STATES))
    except OverflowError:
        return []
    found = []
    for each in proof.answers:
        count = judge(outcomes, BY_NAME[each.property], each.reading)
        within = each.events <= bounds[0] and each.steps <= bounds[1]
        wrong = {
            ProofVerdict.PROVED: count.violated > 0,
            ProofVerdict.NOT_EXERCISED: count.exercised > 0,
            ProofVerdict.REFUTED: within and not count.violated,
            ProofVerdict.UNKNOWN: False,
        }[each.verdict]
        seen[each.verdict] += 1
        if wrong:
            found.append(f"{each.property} ({each.reading}) is {each.verdict}, and in the search {count}")
    return found


@pytest.mark.parametrize("first", range(0, SEEDS, PART))
def test_three_engines_say_one_thing_of_whatever_is_drawn(first: int, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    driven = 0
    wrong: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # abandoned executions leave coroutines that were never awaited
        logging.disable()
        for seed in range(first, first + PART):
            file = tmp_path / f"drawn_{seed}.py"
            file.write_text(drawn(seed), encoding="utf-8")
            target = resolve_target(f"{file}:target")
            version = VERSIONS[seed // 2 % 5] if seed % 2 else VERSION
            situation = SITUATIONS[seed % len(SITUATIONS)]
            prover = Prover(candidate_of(target), version)
            try:
                unfold(prover.controls, situation_of(situation), SHAPES)
            except OverflowError:
                seen["too large"] += 1
                continue
            proof = prover.prove(situation)
            assert not proof.outside, proof.outside
            found = _contradictions(proof, BOUNDS, seen)
            if version == VERSION:
                walk = Lockstep(target, candidate_of(target), version).drive(situation, ())
                driven += walk.schedules
                if walk.at_fault:
                    found.append(walk.doubt)
                found += [
                    each.reason
                    for each in replayed(target, [proof])[0].answers
                    if each.verdict is ProofVerdict.UNKNOWN and "a schedule of the model violates it" in each.reason
                ]
            wrong += [f"seed {seed}, {situation}, {version}: {each}" for each in found]
    logging.disable(logging.NOTSET)
    assert not wrong, "\n".join(wrong)
    told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(seen.items()))
    sys.stdout.write(f"seeds {first} to {first + PART - 1}: {told}; {driven} schedules of real tasks\n")
    assert seen[ProofVerdict.PROVED] > PART
    assert seen[ProofVerdict.REFUTED] > PART // 2
    assert driven > PART
