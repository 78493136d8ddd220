"""Checker, exhaustive search of the machine, and proof: three ways to a verdict, which must be one verdict.

The search counts the paths of the machine, and the checker has recorded how many schedules it ran, so both are compared
by number: in all, and for each property the schedules that exercise it and that violate it. By default a part of the
catalogue is compared, chosen so that each candidate and each situation is in it; TREADLE_MODELS=full compares all.
"""

from __future__ import annotations

import os

import pytest

from treadle.check.catalogue import Catalogue
from treadle.check.verdict import Verdict as Checked
from treadle.schedule import Bounds, TaskKind
from treadle_models.candidates import CANDIDATES
from treadle_models.explicit.instance import SITUATIONS, excluded, make_play
from treadle_models.explicit.search import count_outcomes, explore, judge
from treadle_models.machine.stage import Limits
from treadle_models.smt.prove import Verdict, pairs, prove
from treadle_models.spec import BY_NAME, Reading

FULL = os.environ.get("TREADLE_MODELS") == "full"
PLAIN = [(name, "plain") for name in CANDIDATES]
LIGHT = ("docs-example", "treadle-wait")
OTHERS = [(name, situation) for name in LIGHT for situation in SITUATIONS[1:]]
HEAVY = [
    ("osipenko-repeat", "uncancel/0"),
    ("taskgroup", "timeout"),
    ("later-shield", "pending"),
    ("loucadufault-wait-for", "cleanup/1"),
    ("treadle-joined", "nested"),
    ("treadle-await", "uncancel/1"),
]
CELLS = [(n, s) for n in CANDIDATES for s in SITUATIONS] if FULL else [*PLAIN, *OTHERS, *HEAVY]
VERSIONS = ((3, 11), (3, 13))


def _counted(name: str, situation: str, version: tuple[int, int], bounds: Bounds) -> tuple[int, dict[str, list[int]]]:
    play = make_play(name, situation, version, Limits(events=bounds.events, steps=bounds.steps))
    outcomes = count_outcomes(explore(play))
    counts = {}
    for name_of_property, reading in pairs(situation):
        count = judge(outcomes, BY_NAME[name_of_property], reading)
        if count.exercised:
            key = name_of_property if reading is Reading.WEAK else f"{name_of_property}@{reading}"
            counts[key] = [count.exercised, count.violated]
    return outcomes.total(), counts


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: ".".join(map(str, each)))
@pytest.mark.parametrize(("name", "situation"), CELLS)
def test_the_machine_has_as_many_paths_as_the_checker_ran_schedules(
    name: str, situation: str, version: tuple[int, int]
) -> None:
    if excluded(name, situation, version):
        pytest.skip(excluded(name, situation, version))
    bounds = Bounds(events=2, steps=2)
    catalogue = Catalogue.load("{}.{}".format(*version), TaskKind.C, bounds)
    recorded = catalogue.cells[name][situation]
    assert _counted(name, situation, version, bounds) == (recorded["schedules"], recorded["counts"])


AGREES = {
    Checked.HOLDS: {Verdict.PROVED},
    Checked.VIOLATED: {Verdict.REFUTED},
    Checked.NOT_EXERCISED: {Verdict.NOT_EXERCISED},
}
PROVED = [
    *((name, "plain") for name in CANDIDATES if name not in ("later-shield", "osipenko-lock-repaired")),
    *(("treadle-wait", each) for each in ("pending", "unstarted", "third-party", "uncancel/0", "future", "self")),
    ("osipenko-check", "cleanup/1"),
    ("tacca-corrected", "cleanup/1+future"),
    ("osipenko-repeat", "uncancel/1"),
]
UNKNOWN = {("osipenko-repeat", "uncancel/1", "prompt")}
PROOFS = [(n, s) for s in SITUATIONS for n in CANDIDATES] if FULL else PROVED


@pytest.mark.parametrize(("name", "situation"), PROOFS)
def test_what_holds_within_bounds_is_proved_and_what_is_violated_is_refuted(name: str, situation: str) -> None:
    """An unknown agrees with anything, and is listed above."""
    version = (3, 13)
    catalogue = Catalogue.load("3.13", TaskKind.C, Bounds(events=3, steps=3))
    for answer in prove(name, situation, version).answers:
        recorded = catalogue.expected(name, situation, answer.property, answer.reading)
        if answer.verdict is Verdict.UNKNOWN:
            assert (name, situation, answer.property) in UNKNOWN
            assert answer.reason
            continue
        assert recorded is not None
        assert answer.verdict in AGREES[recorded], (answer, recorded)


def test_every_reading_that_differs_is_judged_where_others_may_uncancel() -> None:
    judged = pairs("uncancel/0")
    assert len(judged) == len(BY_NAME) + 2 * 3
    assert len(pairs("plain")) == len(BY_NAME)
