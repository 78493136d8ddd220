"""The candidates: every published way to cancel a task and wait for it, and three of our own.

Each file but `_candidate` holds one, as ordinary asyncio code of the standard library alone, with its metadata. Those
of the thread of CPython's gh-103486 are written in our own lines from what the thread states; their behaviour, each
await and each exception, is that of the thread, faults included. `CANDIDATES` collects them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from treadle_models.candidates import (
    cbornet_example,
    docs_example,
    later_shield,
    lendvorsky_counter,
    loucadufault_wait_for,
    osipenko_check,
    osipenko_lock,
    osipenko_lock_repaired,
    osipenko_proposal,
    osipenko_repeat,
    rrevans_wait,
    tacca_corrected,
    tacca_wait_done,
    taskgroup,
    treadle_await,
    treadle_joined,
    treadle_wait,
    vietthan_cancel_task,
)
from treadle_models.candidates._candidate import OWNER_EXCLUDES, Candidate

__all__ = ["CANDIDATES", "OWNER_EXCLUDES", "Candidate"]

CANDIDATES: Mapping[str, Candidate] = MappingProxyType(
    {
        module.CANDIDATE.name: module.CANDIDATE
        for module in (
            docs_example,
            osipenko_check,
            osipenko_proposal,
            osipenko_repeat,
            osipenko_lock,
            osipenko_lock_repaired,
            taskgroup,
            later_shield,
            tacca_wait_done,
            tacca_corrected,
            rrevans_wait,
            cbornet_example,
            vietthan_cancel_task,
            lendvorsky_counter,
            loucadufault_wait_for,
            treadle_wait,
            treadle_joined,
            treadle_await,
        )
    }
)
"""The candidates by name: those of the thread in the order of the claims ledger, a repaired twin after its original,
then our own."""
