"""A cell that is judged in parts is the cell that is judged in one piece, but for the work that it took."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING

import pytest

from treadle.check import CellResult, Job, Target, judge, resolve_target
from treadle.check.parts import conclude, find_parts, judge_part
from treadle.explorer import Ended, Exploration, Limits, merge
from treadle.fingerprint import why_unsupported
from treadle.schedule import Bounds
from treadle.situation import Outcome
from treadle.workers.requests.targets import WIRE

if TYPE_CHECKING:
    from pathlib import Path

JOB = Job(target="rrevans-wait", situation="nested", bounds=Bounds(events=4, steps=1))


def judge_in_parts(job: Job, target: Target | None = None) -> CellResult:
    parts = find_parts(job, target=target)
    assert len(parts.groups) > 1
    found = [parts.exploration, *(judge_part(job, group, target=target) for group in parts.groups)]
    kind = Exploration[Outcome]
    crossed = [WIRE.read(kind, json.loads(json.dumps(WIRE.write(kind, each)))) for each in found]
    assert crossed == found
    return conclude(job, merge(crossed), parts=len(parts.groups), target=target)


LOCKED = """
import asyncio

LOCK = asyncio.Lock()


async def target(task):
    async with LOCK:
        task.cancel()
        await asyncio.wait([task])
"""
"""It keeps a lock, which is bound to the loop on which somebody waited for it first."""


def without_work(cell: CellResult) -> CellResult:
    return dataclasses.replace(cell, executions=0, states=None, notes=())


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_the_cell_is_the_same_and_says_that_it_was_judged_in_parts() -> None:
    cell = judge_in_parts(JOB)
    assert without_work(cell) == without_work(judge(JOB))
    assert cell.schedules > 0
    assert "parts, as --jobs asked for" in cell.notes[-1]


def test_the_cell_is_the_same_where_states_cannot_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = without_work(judge(JOB))
    for module in ("frontier", "search"):
        monkeypatch.setattr(f"treadle.explorer.{module}.why_unsupported", lambda: "not on this Python")
    cell = judge_in_parts(JOB)
    assert without_work(cell) == whole
    assert cell.executions == cell.schedules
    assert cell.states is None


def test_a_target_that_has_no_such_situation_and_a_small_search_are_judged_in_one_piece() -> None:
    assert find_parts(dataclasses.replace(JOB, situation="done/result")).groups == ()
    assert find_parts(dataclasses.replace(JOB, bounds=Bounds(events=0, steps=1))).groups == ()


def test_parts_that_were_cut_off_never_hold_and_their_counterexamples_are_minimal_all_the_same() -> None:
    job = dataclasses.replace(JOB, target="osipenko-proposal", bounds=Bounds(events=3, steps=2))
    parts = find_parts(job)
    assert parts.groups
    late = dataclasses.replace(job, limits=Limits(deadline=time.monotonic() - 1, executions=1))
    found = merge([parts.exploration, *(judge_part(late, group) for group in parts.groups)])
    assert found.ended is Ended.STOPPED
    cell = conclude(job, found, parts=len(parts.groups))
    assert not any(str(finding.verdict) == "holds" for finding in cell.findings)
    violated = [finding.counterexample for finding in cell.findings if finding.counterexample is not None]
    assert violated
    whole = {each.property: each.counterexample for each in judge(job).findings}
    for finding in cell.findings:
        if finding.counterexample is not None:
            expected = whole[finding.property]
            assert expected is not None
            assert finding.counterexample.minimal
            assert finding.counterexample.events == expected.events


def test_what_a_target_keeps_is_bound_to_one_loop_in_parts_and_in_one_situation_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "locked.py").write_text(LOCKED, encoding="utf-8")
    name = f"{tmp_path / 'locked.py'}:target"
    target = resolve_target(name)
    job = Job(target=name, situation="shared", bounds=Bounds(events=2, steps=2))
    whole = judge(job, target=target)
    assert not whole.stopped
    assert {each.property for each in whole.findings if each.counterexample is not None} >= {"requested"}
    assert not any("raises RuntimeError" in did for did in whole.outcomes.values())
    assert judge(dataclasses.replace(job, situation="nested"), target=target).stopped == ""
    assert judge(job, target=target) == whole
    assert without_work(judge_in_parts(job, target)) == without_work(whole)
