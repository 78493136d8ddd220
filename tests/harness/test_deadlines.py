"""Deadlines that are no moment, one that never comes and one that is no number, mean what they do on a stock loop."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from treadle.loop import Loop
from treadle.programs import ProgramProperty, explore
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Forever = Callable[[], Coroutine[object, object, object]]


async def sleeps() -> None:
    await asyncio.sleep(math.inf)


async def waits_with_a_timeout() -> None:
    async with asyncio.timeout(math.inf):
        await asyncio.Event().wait()


async def waits_for_both() -> None:
    await asyncio.wait([asyncio.create_task(asyncio.Event().wait())], timeout=math.inf)


@pytest.mark.parametrize("forever", [sleeps, waits_with_a_timeout, waits_for_both])
def test_whoever_sleeps_for_ever_is_stuck(forever: Forever) -> None:
    (violation,) = explore(forever).violations
    assert violation.property is ProgramProperty.DEADLOCK


def test_time_never_comes_to_where_it_does_not_end() -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        server = asyncio.create_task(asyncio.sleep(math.inf))
        await asyncio.wait([server], timeout=2)
        server.cancel()
        await asyncio.wait([server])
        assert (server.cancelled(), loop.time() - began) == (True, 2)

    found = explore(program, events=2)
    assert (found.verdict, found.violations) == (Verdict.HOLDS, ())


def test_a_loop_with_nothing_else_to_do_says_so() -> None:
    loop = Loop()
    with pytest.raises(RuntimeError, match="deadlock"):
        loop.run_until_complete(sleeps())
    assert loop.time() == 0


def test_what_is_no_number_is_due_at_once() -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        future = loop.create_future()
        loop.call_later(math.nan, future.set_result, "at once")
        assert await future == "at once"
        assert loop.time() == began

    assert explore(program, events=0).verdict is Verdict.HOLDS
    Loop().run_until_complete(program())
