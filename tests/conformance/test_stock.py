"""Our loop against stock asyncio: every schedule of many explorations must end alike on both, on every Python found.

By default on this interpreter alone, by `make matrix` on all that `pythons` finds. The schedules of all candidates with
one event are compared, and with C tasks those of one candidate with two, with TREADLE_CONFORMANCE=full of all of them.
"""

from __future__ import annotations

import sys

import pytest
from pythons import EVERY, FULL, compare, drive, every_kind, every_version, sample

FAULTS = {
    "last-in-first-out": ("--task", "C"),
    "steps-first": ("--task", "C"),
    "drops-context": ("--task", "C"),
    "late-cancel": ("--task", "C"),
    "other-uncancel": ("--task", "Py", "--situation", "uncancel/0", "--deep", "all"),
}


@every_kind
@every_version
def test_every_schedule_ends_alike_on_stock_asyncio(version: str, kind: str) -> None:
    sample(version)
    if not EVERY:
        pytest.skip("their traces are compared; the rest with TREADLE_TESTS=all")
    compare(version, "--task", kind, "--deep", "all" if FULL else "", at_least=50_000 if FULL else 5_000)


@every_kind
@every_version
def test_every_schedule_leaves_the_same_trace_on_stock_asyncio(version: str, kind: str) -> None:
    sample(version)
    if kind != "C" and not EVERY:
        pytest.skip("with TREADLE_TESTS=all")
    compare(version, "--task", kind, "--traces", "--candidate", "later-shield", at_least=2_500)


@every_kind
@every_version
def test_a_play_sees_what_plain_tasks_on_an_unmodified_loop_do(version: str, kind: str) -> None:
    sample(version)
    compare(version, "--task", kind, "--exact", at_least=250)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_loop_with_a_fault_is_told_from_stock_asyncio(fault: str) -> None:
    """The comparison is worth nothing if it cannot see a difference."""
    summary = drive(sys.executable, "--fault", fault, *FAULTS[fault], "--candidate", "treadle-await")
    assert summary["differences"] > 0
    assert summary["differences"] < summary["schedules"], "not even a schedule without a cancel ends alike"
