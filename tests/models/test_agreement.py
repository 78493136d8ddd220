"""Checker, exhaustive search of the machine, and proof: three ways to a verdict, which must be one verdict.

The search counts the paths of the machine, and the checker has recorded how many schedules it ran, so both are compared
by number: in all, and for each property the schedules that exercise it and that violate it. What is proved and refuted
is recorded too, for each candidate, situation and property, and compared with what the checker found. By default all
records are compared, and a part of them is made anew, chosen so that each candidate and each situation is in it;
TREADLE_MODELS=full makes all of them anew.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from treadle.check import Verdict as Checked
from treadle.check.catalogue import Catalogue
from treadle.check.proofs import NOT_EXERCISED, PROVED, REFUTED, UNKNOWN, VERSIONS, Proofs
from treadle.schedule import Bounds, TaskKind
from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import excluded, make_play
from treadle_models.explicit.search import count_outcomes, explore, judge
from treadle_models.machine.stage import MachineLimits
from treadle_models.situations import ALL_SITUATIONS
from treadle_models.smt.prove import Prover, pairs
from treadle_models.spec import BY_NAME, Reading

FULL = os.environ.get("TREADLE_MODELS") == "full"

# The checker and the search

SMALL = Bounds(events=2, steps=2)
PART = [
    *((name, "plain", (3, 13)) for name in CANDIDATES if name not in ("later-shield", "osipenko-lock-repaired")),
    *(("treadle-wait", situation, (3, 13)) for situation in ALL_SITUATIONS if situation not in ("plain", "shared")),
    ("docs-example", "shared", (3, 11)),
    ("taskgroup", "timeout", (3, 11)),
    ("osipenko-lock-repaired", "cleanup/1", (3, 11)),
    ("later-shield", "unstarted", (3, 11)),
    ("later-shield", "plain", (3, 14)),
    ("loucadufault-wait-for", "uncancel/1", (3, 11)),
    ("treadle-joined", "nested", (3, 12)),
    ("treadle-await", "uncancel/1", (3, 12)),
]
EVERYTHING = [(n, s, v) for v in VERSIONS for n in CANDIDATES for s in ALL_SITUATIONS if not excluded(n, s, v)]


def _counted(name: str, situation: str, version: tuple[int, int]) -> tuple[int, dict[str, list[int]]]:
    play = make_play(name, situation, version, MachineLimits(events=SMALL.events, steps=SMALL.steps))
    outcomes = count_outcomes(explore(play))
    counts = {}
    for name_of_property, reading in pairs(situation):
        count = judge(outcomes, BY_NAME[name_of_property], reading)
        if count.exercised:
            key = name_of_property if reading is Reading.WEAK else f"{name_of_property}@{reading}"
            counts[key] = [count.exercised, count.violated]
    return outcomes.total(), counts


@pytest.mark.parametrize(
    ("name", "situation", "version"),
    EVERYTHING if FULL else [each for each in PART if not excluded(*each)],
    ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) else each,
)
def test_the_machine_has_as_many_paths_as_the_checker_ran_schedules(
    name: str, situation: str, version: tuple[int, int]
) -> None:
    catalogue = Catalogue.load("{}.{}".format(*version), TaskKind.C, SMALL)
    recorded = catalogue.cells[name][situation]
    assert _counted(name, situation, version) == (recorded["schedules"], recorded["counts"])


# The checker and the proof

AGREES = {
    Checked.HOLDS: PROVED,
    Checked.VIOLATED: REFUTED,
    Checked.NOT_EXERCISED: NOT_EXERCISED,
}
# Two calls of the `wait_for` of 3.11, each with a timer and a cancellation of its own, at any two of their points.
TOO_MANY_SHAPES = {((3, 11), "loucadufault-wait-for", "shared")}


@pytest.mark.parametrize("minor", range(11, 16))
def test_what_holds_within_bounds_is_proved_and_what_is_violated_is_refuted(minor: int) -> None:
    """An unknown agrees with anything, but there are few."""
    version = (3, minor)
    proofs, catalogue = Proofs.load(version), Catalogue.load(f"3.{minor}", TaskKind.C, Bounds(events=3, steps=3))
    seen: Counter[str] = Counter()
    for name in CANDIDATES:
        for situation in ALL_SITUATIONS:
            for the_property, reading in pairs(situation):
                proved = proofs.expected(name, situation, the_property, reading)
                checked = catalogue.expected(name, situation, the_property, reading)
                assert proved is not None
                assert checked is not None
                seen[proved] += 1
                if proved == UNKNOWN:
                    assert ((3, minor), name, situation) in TOO_MANY_SHAPES
                else:
                    assert proved == AGREES[checked], (name, situation, the_property, reading)
    assert seen.total() == len(CANDIDATES) * sum(len(pairs(situation)) for situation in ALL_SITUATIONS)
    assert seen[PROVED] > 3_000
    assert seen[REFUTED] > 700
    assert seen[UNKNOWN] < 10


def test_an_unknown_has_its_reason() -> None:
    for version in VERSIONS:
        for cells in Proofs.load(version).cells.values():
            for cell in cells.values():
                assert all(cell[UNKNOWN].values())


FEW = {
    "osipenko-check": ("plain", "cleanup/1", "uncancel/1"),
    "osipenko-repeat": ("uncancel/1",),
    "taskgroup": ("plain", "timeout"),
    "later-shield": ("third-party",),
    "treadle-wait": tuple(each for each in ALL_SITUATIONS if each not in ("shared", "group")),
    "tacca-corrected": ("shared", "group", "nested"),
}


@pytest.mark.parametrize("version", VERSIONS if FULL else VERSIONS[-1:], ids=lambda each: ".".join(map(str, each)))
@pytest.mark.parametrize("name", CANDIDATES if FULL else FEW)
def test_every_proof_and_refutation_is_found_again(name: str, version: tuple[int, int]) -> None:
    prover, recorded = Prover(name, version), Proofs.load(version)
    for situation in ALL_SITUATIONS if FULL else FEW[name]:
        proof = prover.prove(situation)
        assert len(proof.answers) == len(pairs(situation))
        assert recorded.differences(proof) == []


def test_a_proof_that_is_not_as_recorded_is_noticed() -> None:
    proof = Prover("treadle-wait", (3, 13)).prove("plain")
    recorded = Proofs.load((3, 13))
    cell = recorded.cells["treadle-wait"]["plain"]
    changed = {
        **cell,
        PROVED: [each for each in cell[PROVED] if each != "lost"],
        REFUTED: {**cell[REFUTED], "lost": ""},
    }
    differences = Proofs({"treadle-wait": {"plain": changed}}).differences(proof)
    assert differences == ["treadle-wait, plain, lost (weak): was recorded as refuted, is proved"]


def test_every_reading_that_differs_is_judged_where_others_may_uncancel() -> None:
    judged = pairs("uncancel/0")
    assert len(judged) == len(BY_NAME) - 1 + 2 * 3
    assert len(pairs("plain")) == len(BY_NAME) - 1
    assert [name for name, _ in pairs("mutual")] == [name for name in BY_NAME if name not in dict(pairs("plain"))]
