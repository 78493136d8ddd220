"""Judging: verdicts, searches that are cut off, and targets that are not the same twice."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from judging import GOOD, SMALL, SWALLOWS, Write, finding, job, verdicts

from treadle.check import Job, Verdict, judge, replay, resolve_target, watch
from treadle.check.worlds import loop_for
from treadle.explorer import Ended, Limits
from treadle.report.script import write_script
from treadle.schedule import Bounds, TaskKind
from treadle.tokens import Token
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import BY_NAME, MODES, PROPERTIES, Reading


def test_a_good_target_holds_everything_that_is_exercised(write: Write) -> None:
    cell = judge(job(f"{write(GOOD)}:good", events=2))
    found = verdicts(cell)
    assert list(found) == [each.name for each in (*PROPERTIES, *MODES)]
    assert set(found.values()) == {Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_EXERCISED}
    assert [name for name, verdict in found.items() if verdict is Verdict.VIOLATED] == ["joined-always"]
    assert (cell.ended, cell.stopped) == (Ended.BOUNDED, "")
    assert cell.schedules > cell.executions > 100
    assert cell.states is not None
    assert cell.python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert cell.kinds == ("completion", "dependency", "event", "timer")
    for each in cell.findings:
        assert each.reading == "weak"
        assert each.exercised <= cell.schedules
        assert (each.violating > 0) == (each.verdict is Verdict.VIOLATED)
        assert (each.counterexample is not None) == (each.verdict is Verdict.VIOLATED)
        if each.verdict is Verdict.NOT_EXERCISED:
            assert (each.exercised, each.reason) == (0, "its premise was true in no schedule")


def test_the_outcome_table_counts_every_schedule_once(write: Write) -> None:
    place = write(GOOD)
    for situation, controllers in (("plain", 1), ("cleanup/1", 1)):
        cell = judge(job(f"{place}:good", situation))
        assert sum(sum(does.values()) for does in cell.outcomes.values()) == controllers * cell.schedules
    assert set(cell.outcomes) == {"cancelled", "exception", "never", "running", "suppressed"}
    assert cell.outcomes["running"] == {"raises CancelledError": cell.outcomes["running"]["raises CancelledError"]}
    assert cell.outcomes["never"].keys() == {"waits"}


def test_a_bad_target_gets_a_minimal_counterexample(write: Write) -> None:
    cell = judge(job(f"{write(SWALLOWS)}:swallows", events=3))
    lost = finding(cell, "lost")
    assert lost.verdict is Verdict.VIOLATED
    assert 0 < lost.violating <= lost.exercised
    counterexample = lost.counterexample
    assert counterexample is not None
    assert counterexample.minimal
    assert counterexample.events == 1
    assert [record.kind for record in counterexample.trace].count("event") == 1
    assert "event" in counterexample.kinds
    assert not BY_NAME["lost"].holds(counterexample.outcome[0].observation)
    fewer = judge(job(f"{cell.target}", events=0))
    assert finding(fewer, "lost").verdict is Verdict.NOT_EXERCISED


def test_what_a_contract_excludes_is_not_exercised_for_that_reason() -> None:
    cell = judge(job("taskgroup", "done/result"))
    assert set(verdicts(cell).values()) == {Verdict.NOT_EXERCISED}
    gc.collect()
    assert {each.reason for each in cell.findings} == {
        f"excluded by its contract: {CANDIDATES['taskgroup'].excludes['done/result']}"
    }
    assert (cell.schedules, cell.ended) == (0, Ended.EXHAUSTED)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on there are eager tasks")
def test_before_python_3_12_there_are_no_eager_tasks_to_judge() -> None:
    assert {each.reason for each in judge(job("treadle-wait", "eager")).findings} == {"Python 3.11 has no eager tasks"}


def test_in_self_only_no_self_hang_is_judged() -> None:
    for name, verdict in (("treadle-joined", Verdict.HOLDS), ("osipenko-lock", Verdict.NOT_EXERCISED)):
        cell = judge(job(name, "self"))
        assert finding(cell, "no-self-hang").verdict is verdict
        others = [each for each in cell.findings if each.property != "no-self-hang"]
        assert {each.verdict for each in others} == {Verdict.NOT_EXERCISED}


def test_readings_are_told_apart_where_others_may_uncancel_and_only_there() -> None:
    readings = tuple(Reading)
    cell = judge(job("treadle-await", "uncancel/0", readings=readings))
    for each in (*PROPERTIES, *MODES):
        found = [found.reading for found in cell.findings if found.property == each.name]
        assert found == ([*map(str, readings)] if each.readings else ["weak"])
    cell = judge(job("treadle-await", "plain", readings=(Reading.NET, Reading.ANY)))
    assert {each.reading for each in cell.findings} == {"net"}


def test_a_target_that_cannot_be_entered_is_not_exercised_for_that_reason() -> None:
    for situation in ("plain", "third-party", "unstarted"):
        cell = judge(job("osipenko-lock", situation))
        assert {each.reason for each in cell.findings} == {
            "the call could not be entered: AttributeError: 'Lock' object has no attribute 'task'"
        }
        assert set(verdicts(cell).values()) == {Verdict.NOT_EXERCISED}
    gc.collect()


def test_a_search_that_was_cut_off_never_says_holds() -> None:
    for limits in (Limits(executions=20), Limits(deadline=time.monotonic() - 1)):
        cell = judge(job("loucadufault-wait-for", events=2, limits=limits))
        assert cell.ended is Ended.STOPPED
        assert cell.stopped
        assert Verdict.HOLDS not in verdicts(cell).values()
        assert {each.reason for each in cell.findings if each.verdict is Verdict.NO_VIOLATION_FOUND} == {cell.stopped}


def test_after_a_search_that_was_cut_off_the_bounds_are_raised_until_it_is_minimal() -> None:
    whole = finding(judge(job("docs-example", events=3, steps=3)), "lost").counterexample
    cut = finding(judge(job("docs-example", events=3, steps=3, limits=Limits(executions=1000))), "lost").counterexample
    assert whole is not None
    assert cut is not None
    assert cut.minimal
    assert (cut.events, cut.callbacks) == (whole.events, whole.callbacks)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # of the owner that was left
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_execution_that_does_not_end_is_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of an owner that is never entered: before the call there is no gap in which it would be given up."""
    source = """
    import asyncio
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def owner(coroutine):
        while True:
            await asyncio.sleep(0)
        yield asyncio.create_task(coroutine)
    """
    monkeypatch.setattr(watch, "_ENDLESS", 1)  # ticks: about three seconds
    cell = judge(job(f"{write(source)}:owner"))
    assert (cell.ended, cell.stopped) == (Ended.STOPPED, watch.ENDLESS)
    assert set(verdicts(cell).values()) == {Verdict.NOT_EXERCISED}
    gc.collect()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # of the owner that was left
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("limits", [Limits(), Limits(deadline=0.0)], ids=["endless", "time is up"])
def test_an_execution_that_swallows_the_end_of_its_time_is_cut_off_as_well(
    limits: Limits, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
    import asyncio
    from contextlib import asynccontextmanager

    tries = 0

    @asynccontextmanager
    async def owner(coroutine):
        global tries
        while (tries := tries + 1) < 1_000_000_000:
            try:
                await asyncio.sleep(0)
            except BaseException:
                pass
        yield asyncio.create_task(coroutine)
    """
    monkeypatch.setattr(watch, "_ENDLESS", 1)
    began = time.monotonic()
    cell = judge(job(f"{write(source)}:owner", limits=limits))
    assert time.monotonic() - began < 15
    assert (cell.ended, cell.stopped) == (Ended.STOPPED, watch.TIME_IS_UP if limits.deadline == 0 else watch.ENDLESS)
    gc.collect()


def test_only_what_was_proved_minimal_is_called_so() -> None:
    """With 50 executions, all schedules without an event are covered, and not all with one."""
    cell = judge(job("osipenko-proposal", events=3, steps=3, limits=Limits(executions=50)))
    found = {each.property: each.counterexample for each in cell.findings if each.counterexample is not None}
    assert {name: each.minimal for name, each in found.items() if name in ("lost", "phantom")} == {
        "lost": False,
        "phantom": True,
    }
    assert {each.minimal for each in found.values() if each.events} == {False}


def test_a_target_that_is_not_the_same_twice_is_told(write: Write) -> None:
    source = """
    import asyncio

    calls = 0

    async def moody(task):
        global calls
        calls += 1
        task.cancel()
        if calls % 3 == 0:
            await asyncio.sleep(0)
        await asyncio.wait([task])
    """
    cell = judge(job(f"{write(source)}:moody"))
    assert cell.ended is Ended.STOPPED
    assert cell.stopped.startswith("nondeterminism: two runs under one schedule differ at choice point ")
    assert "it keeps state in a module or class from one run to the next" in cell.stopped
    assert Verdict.HOLDS not in verdicts(cell).values()


def test_a_violation_that_does_not_come_again_is_told(write: Write) -> None:
    source = """
    import asyncio

    calls = 0

    async def forgets_at_first(task):
        global calls
        calls += 1
        if calls > 1:
            task.cancel()
            await asyncio.wait([task])
    """
    cell = judge(job(f"{write(source)}:forgets_at_first"))
    assert cell.ended is Ended.STOPPED
    assert re.match(
        "nondeterminism: a schedule of .*written.py:forgets_at_first in the situation plain violated `[a-z-]*` once "
        "and did not when it was run again: the target keeps state from one run to the next",
        cell.stopped,
    )
    assert finding(cell, "requested").counterexample is None


def test_what_a_target_prints_is_not_seen(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    source = GOOD.replace(
        "    if not", "    print('so', 'much')\n    import sys; print('noise', file=sys.stderr)\n    if not"
    )
    judge(job(f"{write(source)}:good"))
    assert capfd.readouterr() == ("", "")


def test_a_target_that_wants_the_outside_world_is_told_what_it_called(write: Write) -> None:
    source = GOOD.replace("await asyncio.wait([task])", "await asyncio.to_thread(print)")
    cell = judge(job(f"{write(source)}:good"))
    assert cell.ended is Ended.STOPPED
    assert "loop.run_in_executor() (which asyncio.to_thread uses)" in cell.stopped


def test_progress_is_the_number_of_executions() -> None:
    told: list[int] = []
    cell = judge(job("treadle-await", events=2), progress=told.append)
    assert sum(told) == cell.executions


def test_what_only_callbacks_out_of_turn_can_show_is_labelled_so_and_has_no_script() -> None:
    job = Job(target="osipenko-proposal", situation="plain", bounds=Bounds(events=1, steps=2))
    beyond = judge(dataclasses.replace(job, bounds=dataclasses.replace(job.bounds, any_order=True)))
    before = {each.property: each for each in judge(job).findings}
    assert "ready-order" in beyond.kinds
    labelled = set()
    for each in beyond.findings:
        found = each.counterexample
        if found is not None and found.beyond_stock:
            labelled.add(each.property)
            assert write_script(found, resolve_target(job.target)) == ""
            assert replay(Token.parse(str(found.token)), resolve_target(job.target)).trace == found.trace
        elif found is not None:
            assert before[each.property].verdict is Verdict.VIOLATED
    assert labelled == {"accepts-done"}
    assert before["accepts-done"].verdict is not Verdict.VIOLATED


def test_two_threads_do_not_judge_on_one_loop() -> None:
    """Neither could run while the other does."""
    mine = loop_for(TaskKind.C)
    assert loop_for(TaskKind.C) is mine
    assert loop_for(TaskKind.PY) is not mine
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(loop_for, TaskKind.C).result() is not mine


def test_what_two_threads_ask_at_once_is_answered_in_turn() -> None:
    """What is replaced while targets run is there once: standard output, clocks, the class of tasks."""
    before = sys.stdout, sys.stderr, sys.unraisablehook, time.monotonic, asyncio.Task
    jobs = [Job(target=name, situation="plain", bounds=SMALL) for name in ("osipenko-proposal", "treadle-wait")]
    alone = [judge(each) for each in jobs]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(judge, jobs)) == alone
    assert (sys.stdout, sys.stderr, sys.unraisablehook, time.monotonic, asyncio.Task) == before
