"""Functions that libraries ship, judged as they are installed: `aiotools.cancel_and_wait` and `later.cancel`.

The extra `libraries` installs both. Of their verdicts, only what is asserted here is expected of a release to come.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
from typing import TYPE_CHECKING, Any

import pytest

from treadle.check import CellResult, Finding, Job, Verdict, judge, resolve_target
from treadle.explorer import Ended
from treadle.report.script import write_script
from treadle.report.stock import REPRODUCED, run_on_stock
from treadle.schedule import Bounds
from treadle.situation import ALL_SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SHIPPED = ("aiotools:cancel_and_wait", "later:cancel")
BOUNDS = Bounds(events=1, steps=2)

every_shipped = pytest.mark.parametrize("name", SHIPPED)

pytest.importorskip("aiotools", reason="the extra `libraries` is not installed")
pytest.importorskip("later", reason="the extra `libraries` is not installed")


@functools.cache
def judged(name: str, situation: str) -> CellResult:
    return judge(Job(target=name, situation=situation, bounds=BOUNDS))


def finding(cell: CellResult, name: str) -> Finding:
    (found,) = (each for each in cell.findings if each.property == name)
    return found


@every_shipped
@pytest.mark.parametrize("situation", ALL_SITUATIONS)
def test_a_shipped_function_is_judged_in_every_situation(name: str, situation: str) -> None:
    cell = judged(name, situation)
    assert cell.ended is not Ended.STOPPED, cell.stopped
    assert Verdict.NO_VIOLATION_FOUND not in {each.verdict for each in cell.findings}


@every_shipped
def test_a_shipped_function_loses_a_cancellation_of_its_caller(name: str) -> None:
    """With one event, and on stock asyncio too, by a script that imports the library or holds its source."""
    target = resolve_target(name)
    assert not target.in_catalogue
    lost = finding(judged(name, "plain"), "lost")
    assert lost.verdict is Verdict.VIOLATED
    counterexample = lost.counterexample
    assert counterexample is not None
    assert (counterexample.events, counterexample.minimal) == (1, True)
    run = run_on_stock(write_script(counterexample, target))
    assert run.status == REPRODUCED, run.output


def test_later_as_it_is_shipped_is_the_candidate_in_every_verdict_and_count() -> None:
    """`later-shield` is that algorithm; only the text of its last error is another.

    In `nested` it goes round and round for long, and what is no candidate is disturbed there for longer.
    """
    for situation in ALL_SITUATIONS:
        shipped, candidate = judged("later:cancel", situation), judged("later-shield", situation)
        if situation == "nested":
            assert shipped.schedules > candidate.schedules
            assert [each.verdict for each in shipped.findings] == [each.verdict for each in candidate.findings]
            continue
        told = [
            (
                cell.ended,
                cell.schedules,
                cell.outcomes,
                [(each.property, each.verdict, each.exercised, each.violating) for each in cell.findings],
            )
            for cell in (shipped, candidate)
        ]
        assert told[0] == told[1], situation


# The same by hand, without Treadle: a caller that was cancelled, and what its call came to.


async def call_that_is_cancelled(
    call: Callable[[Any], Awaitable[object]], *, fails: bool, late: bool
) -> tuple[str, int]:
    """Cancel the caller during its call: while the dependency is being cancelled, or (`late`) once that has ended."""

    async def depend() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            if not late:
                caller.cancel()
            if fails:
                raise ZeroDivisionError from None
            raise

    async def control() -> tuple[str, int]:
        current = asyncio.current_task()
        assert current is not None
        try:
            await call(dependency)
        except (asyncio.CancelledError, ArithmeticError) as error:
            return type(error).__name__, current.cancelling()
        return "returned", current.cancelling()

    dependency = asyncio.create_task(depend())
    await asyncio.sleep(0)
    caller = asyncio.create_task(control())
    if late:
        dependency.add_done_callback(lambda _: caller.cancel())
    return await caller


@pytest.mark.parametrize(
    ("name", "fails", "late", "outcome"),
    [
        ("aiotools:cancel_and_wait", False, True, "returned"),
        ("aiotools:cancel_and_wait", True, True, "returned"),
        ("later:cancel", True, False, "ZeroDivisionError"),
        ("later:cancel", False, False, "CancelledError"),
    ],
)
def test_by_hand_a_cancelled_caller_goes_on_or_fails_with_what_is_not_its_own(
    name: str, fails: bool, late: bool, outcome: str
) -> None:
    """The count says that the caller was cancelled; but for the last row, no `CancelledError` does.

    In the second, the dependency has failed: `aiotools` drops that too.
    """
    module, _, attribute = name.partition(":")
    call = getattr(importlib.import_module(module), attribute)
    assert asyncio.run(call_that_is_cancelled(call, fails=fails, late=late)) == (outcome, 1)
