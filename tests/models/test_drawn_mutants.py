"""Mutants of the machine that are drawn by rule are caught by the comparisons that are made anyway.

Each changes one place of the machine's source (see `mutating`). What catches it is what there is anyway: model and
real tasks in lockstep, over targets and situations that together use all of the machine, the numbers of paths that the
checker has recorded, and the verdicts that are recorded of proofs. One that nothing catches would be a rule of the
machine at which no comparison looks. By default a few are drawn, with TREADLE_TESTS=all twenty.
"""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mutating import Mutant, drawn
from pythons import ALL

from treadle.check.catalogue import Catalogue
from treadle.check.lockstep import Lockstep
from treadle.check.proofs import Proofs
from treadle.check.proving import candidate_of
from treadle.check.target import resolve_target
from treadle.schedule import Bounds, TaskKind
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import count_outcomes, explore, judge
from treadle_models.machine.stage import MachineLimits
from treadle_models.smt.prove import ProofVerdict, Prover, pairs
from treadle_models.spec import BY_NAME, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SEED, ALL_OF_THEM = 17, 20
COUNT = ALL_OF_THEM if ALL else 1
VERSION = sys.version_info[:2]
SECONDS = 60  # a comparison takes a tenth of that; a mutant that does not end is caught by that
_ORDINARY = Path(__file__).with_name("ordinary")
DRIVEN = (
    ("treadle-wait", "plain"),
    ("treadle-await", "uncancel/1"),
    ("taskgroup", "group"),
    ("osipenko-lock-repaired", "plain"),
    ("later-shield", "third-party"),
    ("loucadufault-wait-for", "timeout"),
    ("docs-example", "shared"),
    ("docs-example", "self"),
    ("docs-example", "pending"),
    ("treadle-joined", "nested"),
    ("rrevans-wait", "done/exception"),
    ("tacca-corrected", "future"),
    ("lendvorsky-counter", "cleanup/1"),
    *((f"{_ORDINARY / 'library.py'}:{name}", "plain") for name in ("gather_first_fails", "gather_two", "group_around")),
    *((f"{_ORDINARY / 'library.py'}:{name}", "plain") for name in ("wait_zero_after_all_of_the_turn", "timeout_zero")),
    *(
        (f"{_ORDINARY / 'wider.py'}:{name}", "plain")
        for name in (
            *("named_tasks", "names_like_the_star", "Starts", "leaves_a_timer_behind", "looks_now_and_then"),
            *("two_timers_the_later_one_first", "two_timers_at_once", "waits_for_nothing", "goes_round"),
            *("yields_until_done", "yields_and_counts", "shields_again_and_again", "uncancels_nothing"),
            *("manager_with_a_finally", "within_a_generator", "manager_that_gives_nothing", "sleeps_on"),
        )
    ),
)
"""Targets and situations in which model and real tasks go in lockstep, on the Python that runs this."""
COUNTED = (("treadle-await", "uncancel/1"), ("treadle-wait", "eager"), ("osipenko-repeat", "plain"))
"""Those of which the machine for 3.13 must have as many paths as the checker recorded."""
PROVED = (("treadle-await", "uncancel/1"), ("later-shield", "plain"))
"""Those of which there must be proved for 3.13 what is recorded."""
ORDINARY = (
    ("library.py:difference_below_zero", "uncancel/1", "phantom", ProofVerdict.REFUTED),
    ("wider.py:truth_of_a_count", "plain", "lost", ProofVerdict.PROVED),
    ("wider.py:truth_of_a_difference", "plain", "phantom", ProofVerdict.PROVED),
)
"""Targets that hang on the truth of counts, with the verdict that must come of them without bounds."""
OUTSIDE = (("library.py:coroutine_twice", "plain"),)
"""Targets that must stay outside of the subset."""

EQUAL: dict[str, str] = {}
"""Mutants that are no others: why the changed place makes no difference."""


class _DoesNotEndError(BaseException):
    """A mutant takes so long that it will not end."""


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _DoesNotEndError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _differs_from_real_tasks(name: str, situation: str) -> str:
    target = resolve_target(name)
    return Lockstep(target, candidate_of(target), VERSION).drive(situation, ()).doubt


def _counts_otherwise(name: str, situation: str) -> str:
    recorded = Catalogue.load("3.13", TaskKind.C, Bounds(events=2, steps=2)).cells[name][situation]
    play = make_play(name, situation, (3, 13), MachineLimits(events=2, steps=2))
    outcomes = count_outcomes(explore(play))
    if outcomes.total() != recorded["schedules"]:
        return f"{outcomes.total()} paths"
    for each, reading in pairs(situation):
        count = judge(outcomes, BY_NAME[each], reading)
        key = each if reading is Reading.WEAK else f"{each}@{reading}"
        if [count.exercised, count.violated] != recorded["counts"].get(key, [0, 0]):
            return f"{key}: {count}"
    return ""


def _proves_otherwise(name: str, situation: str) -> str:
    recorded, proof = Proofs.load((3, 13)), Prover(name, (3, 13)).prove(situation)
    return "; ".join(recorded.differences(proof))


def _says_otherwise(name: str, situation: str) -> str:
    proof = Prover(candidate_of(resolve_target(f"{_ORDINARY / name}")), (3, 13)).prove(situation)
    wanted = next((each, verdict) for file, _, each, verdict in ORDINARY if file == name)
    found = next(each.verdict for each in proof.answers if each.property == wanted[0])
    return "" if found is wanted[1] else f"{wanted[0]} is {found}"


def _takes_it(name: str, situation: str) -> str:
    proof = Prover(candidate_of(resolve_target(f"{_ORDINARY / name}")), (3, 13)).prove(situation)
    return "" if proof.outside else "it is taken for modelled"


def caught_by(mutant: Mutant | None) -> str:
    """Say which comparison catches a mutant, and how; nothing if none does. Without a mutant nothing may be caught."""
    comparisons = (
        *((_differs_from_real_tasks, each) for each in DRIVEN),
        *((_counts_otherwise, each) for each in COUNTED),
        *((_proves_otherwise, each) for each in PROVED),
        *((_says_otherwise, each[:2]) for each in ORDINARY),
        *((_takes_it, each) for each in OUTSIDE),
    )
    for compare, (name, situation) in comparisons:
        try:
            with _at_most(SECONDS), mutant.applied() if mutant is not None else nullcontext():
                doubt = compare(name, situation)
        except _DoesNotEndError:
            doubt = "it does not end"
        except Exception as error:  # noqa: BLE001 - whatever a mutant does
            doubt = f"{type(error).__name__}: {error}"
        if doubt:
            return f"{name}, {situation}: {doubt}"
    return ""


@pytest.mark.parametrize("mutant", drawn(COUNT, SEED), ids=str)
def test_a_mutant_that_is_drawn_is_caught(mutant: Mutant) -> None:
    found = caught_by(mutant)
    if str(mutant) in EQUAL:
        assert not found, f"it is caught, so it is no longer true that {EQUAL[str(mutant)]}"
    else:
        assert found, "no comparison looks at this rule"


def test_the_machine_as_it_is_is_not_caught() -> None:
    assert not caught_by(None)


def test_all_that_is_said_to_be_equal_is_drawn() -> None:
    """No reason stands here for a mutant that there is not."""
    names = {str(each) for each in drawn(ALL_OF_THEM, SEED)}
    assert set(EQUAL) <= names
