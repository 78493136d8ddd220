"""A dependency that fails with an exception of any class, in the checker, in the model and in scripts."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest
from asking import VERSION, cell_of, driven_proof, target_in
from pythons import ALL

from treadle.check import Verdict
from treadle.check.lockstep import AT_FAULT, Lockstep
from treadle.check.proving import candidate_of
from treadle.check.target import Target, resolve_target
from treadle.report.script import stage_script
from treadle.report.stock import REPRODUCED
from treadle.situation.call import contains
from treadle.situation.failures import FAILING, BrokenError, StoppedError
from treadle_models.machine.actor import FAILURES
from treadle_models.machine.code import ERRORS
from treadle_models.machine.futures import Futures
from treadle_models.smt.prove import ProofVerdict
from treadle_models.spec import FAILURE_KEPT, LOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from treadle.check import Finding

TAKES = """\
import asyncio


async def stop(task):
    task.cancel()
    await asyncio.wait([task])
    try:
        task.result()
    except asyncio.CancelledError:
        pass
    except {}:
        pass
"""
TIMES_OUT = "import asyncio\n\n\nasync def stop(task):\n    async with asyncio.timeout(5):\n        await task\n"


@pytest.fixture(name="write")
def _write(tmp_path: Path) -> Callable[[str], Target]:
    return partial(target_in, tmp_path)


def _finding(target: Target, situation: str, name: str) -> Finding:
    return next(each for each in cell_of(target, situation).findings if each.property == name)


def _proved(target: Target, situation: str, name: str) -> ProofVerdict:
    proof = driven_proof(target, situation)
    return next(each.verdict for each in proof.answers if each.property == name)


@pytest.mark.parametrize(
    ("caught", "situation", "kept"),
    [
        ("TimeoutError", "plain", True),
        ("TimeoutError", "fails/timeout", False),
        ("TimeoutError", "fails/group", True),
        ("OSError", "fails/timeout", False),
        ("ExceptionGroup", "fails/group", False),
        ("Exception", "fails/base", True),
        ("BaseException", "fails/base", False),
        ("KeyError", "future+fails/cancelled", False),
    ],
)
def test_a_call_that_takes_a_class_for_its_own_drops_a_failure_of_that_class(
    write: Callable[[str], Target], caught: str, situation: str, *, kept: bool
) -> None:
    """In the last case it takes the future's failure, a subclass of CancelledError, for a cancellation."""
    target = write(TAKES.format(caught))
    found = _finding(target, situation, FAILURE_KEPT.name)
    assert found.verdict is (Verdict.HOLDS if kept else Verdict.VIOLATED)
    proved = ProofVerdict.PROVED if kept else ProofVerdict.REFUTED
    assert _proved(target, situation, FAILURE_KEPT.name) is proved


@pytest.mark.parametrize("situation", ["fails/timeout", "fails/group", "fails/base", "future+fails/cancelled"])
def test_a_dropped_failure_shows_on_stock_asyncio(write: Callable[[str], Target], situation: str) -> None:
    target = write(TAKES.format("BaseException"))
    found = _finding(target, situation, FAILURE_KEPT.name)
    assert found.counterexample is not None
    script, run = stage_script(found.counterexample, target)
    assert run.status == REPRODUCED, script


def test_a_short_script_fails_with_the_very_class(write: Callable[[str], Target]) -> None:
    target = write(TAKES.format("TimeoutError"))
    found = _finding(target, "fails/timeout", FAILURE_KEPT.name)
    assert found.counterexample is not None
    script, _ = stage_script(found.counterexample, target)
    assert "raise TimeoutError" in script
    assert "OSError" not in script


def test_a_task_that_raises_a_subclass_of_cancelled_error_is_cancelled() -> None:
    """So no failure of it is there to be dropped; a future with that exception has failed."""
    target = resolve_target("treadle-wait")
    assert _finding(target, "fails/cancelled", FAILURE_KEPT.name).verdict is Verdict.NOT_EXERCISED
    assert _proved(target, "fails/cancelled", FAILURE_KEPT.name) is ProofVerdict.NOT_EXERCISED
    assert _finding(target, "future+fails/cancelled", FAILURE_KEPT.name).verdict is Verdict.HOLDS


def test_a_guard_for_ordinary_exceptions_loses_a_cancellation_where_another_one_comes(
    write: Callable[[str], Target],
) -> None:
    source = (
        "import asyncio\n\n\nasync def stop(task):\n    me = asyncio.current_task()\n    before = me.cancelling()\n"
        "    task.cancel()\n    try:\n        await task\n    except {} as failure:\n"
        "        if me.cancelling() > before:\n            raise asyncio.CancelledError from failure\n        raise\n"
        "    if me.cancelling() > before:\n        raise asyncio.CancelledError\n"
    )
    narrow, wide = (source.format(each) for each in ("Exception", "BaseException"))
    assert _finding(write(narrow), "plain", LOST.name).verdict is Verdict.HOLDS
    assert _finding(write(narrow), "fails/base", LOST.name).verdict is Verdict.VIOLATED
    assert _finding(write(wide + "# wide\n"), "fails/base", LOST.name).verdict is Verdict.HOLDS
    assert _finding(resolve_target("treadle-await"), "fails/base", LOST.name).verdict is Verdict.HOLDS


def test_a_group_that_was_split_and_raised_again_still_has_the_failure(write: Callable[[str], Target]) -> None:
    source = (
        "import asyncio\n\n\nasync def stop(task):\n    task.cancel()\n    await asyncio.wait([task])\n"
        "    try:\n        if not task.cancelled():\n            task.result()\n    except* Exception:\n        {}\n"
    )
    assert _finding(write(source.format("raise")), "fails/group", FAILURE_KEPT.name).verdict is Verdict.HOLDS
    assert _finding(write(source.format("pass")), "fails/group", FAILURE_KEPT.name).verdict is Verdict.VIOLATED


def test_a_group_counts_as_raised_if_all_its_members_are() -> None:
    one, other = ValueError(), KeyError()
    failure = ExceptionGroup("it fails", [one, other])
    assert contains(failure.derive([one, other]), failure)
    assert contains(ExceptionGroup("around", [failure]), failure)
    assert not contains(failure.derive([one]), failure)
    assert not contains(ExceptionGroup("another", [ValueError()]), failure)


def test_model_and_checker_fail_with_the_same_classes() -> None:
    assert list(FAILURES) == list(FAILING)
    for failure, name in FAILURES.items():
        kind = FAILING[failure].kind
        above = {each.__name__ for each in kind.__mro__ if each is not object}
        assert ERRORS[name].names == above, failure


@pytest.mark.parametrize("failure", [each for each in FAILING if each][:: 1 if ALL else 3])
def test_the_model_goes_in_lockstep_with_real_tasks(failure: str) -> None:
    for name in ("treadle-await", "taskgroup", "loucadufault-wait-for"):
        target = resolve_target(name)
        lockstep = Lockstep(target, candidate_of(target), VERSION)
        for situation in (f"fails/{failure}", f"timeout+fails/{failure}", f"group+fails/{failure}"):
            driven = lockstep.drive(situation, ())
            assert (driven.doubt, driven.schedules > 5) == ("", True)


@pytest.mark.skipif(VERSION >= (3, 13), reason="up to 3.12, asyncio.timeout() asks for the very class CancelledError")
def test_a_machine_that_forgets_with_what_a_task_was_cancelled_is_found_out(
    write: Callable[[str], Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    def any_cancellation(machine: Futures, _future: Any) -> Any:
        return machine.error("CancelledError")

    target = write(TIMES_OUT)
    assert Lockstep(target, candidate_of(target), VERSION).drive("fails/cancelled", ()).doubt == ""
    monkeypatch.setattr(Futures, "cancelled_error", any_cancellation)
    assert AT_FAULT in Lockstep(target, candidate_of(target), VERSION).drive("fails/cancelled", ()).doubt


def test_the_classes_are_what_they_stand_for() -> None:
    assert issubclass(StoppedError, asyncio.CancelledError)
    assert issubclass(BrokenError, BaseException)
    assert not issubclass(BrokenError, Exception)
    assert not issubclass(BrokenError, (KeyboardInterrupt, SystemExit))
