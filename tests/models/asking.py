"""What the tests of single situations share: a target from a text, asked of the checker and of the proof."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from judging import SMALL

from treadle.check import CellResult, Job, judge
from treadle.check.proving import prove_and_drive, replayed, told
from treadle.check.target import Target, resolve_target
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import count_outcomes, explore
from treadle_models.explicit.search import judge as count
from treadle_models.machine.stage import MachineLimits
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from pathlib import Path

    from treadle_models.smt.prove import Proof

VERSION = sys.version_info[:2]


def target_in(folder: Path, source: str) -> Target:
    """Write a module with a function `stop`, which is the target."""
    file = folder / "helper.py"
    file.write_text(source, encoding="utf-8")
    return resolve_target(f"{file}:stop")


def cell_of(target: Target, situation: str) -> CellResult:
    """Judge a target in a situation, within small bounds."""
    return judge(Job(target=target.name, situation=situation, bounds=SMALL), target=target)


def driven_proof(target: Target, situation: str) -> Proof:
    """Return what is proved of a target in a situation; real tasks must go along with the model."""
    proofs, driven = prove_and_drive(target, (situation,), VERSION)
    assert [each.doubt for each in driven] == [""]
    (proof,) = replayed(target, told(proofs, driven))
    return proof


def check_counts(name: str, situation: str) -> None:
    """Compare what the checker counts of a candidate in a situation with the explicit search of the model."""
    cell = cell_of(resolve_target(name), situation)
    play = make_play(name, situation, VERSION, MachineLimits(events=SMALL.events, steps=SMALL.steps))
    outcomes = count_outcomes(explore(play))
    assert outcomes.total() == cell.schedules
    for each in cell.findings:
        ours = count(outcomes, BY_NAME[each.property], Reading.WEAK)
        assert (ours.exercised, ours.violated) == (each.exercised, each.violating), (name, each.property)
