"""What a program finds around it: clocks that show the loop's time, and chance that begins alike in each execution."""

# ruff: noqa: ASYNC110, ASYNC251, S311 - what a program should not do is what this is about

from __future__ import annotations

import asyncio
import random
import threading
import time
from random import random as draw
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from judging import job

from treadle.check import judge
from treadle.explorer import Ended
from treadle.loading import load_module
from treadle.loop import Loop, surroundings
from treadle.loop.clock import EPOCH
from treadle.programs import ProgramProperty, explore
from treadle.schedule import TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from judging import Write

    from treadle.programs import Env

REAL = time.monotonic


def test_all_clocks_follow_the_loop_also_where_they_were_imported_by_name() -> None:
    async def program(env: Env) -> None:
        loop = asyncio.get_running_loop()
        began = time.monotonic(), time.perf_counter(), time.time() - EPOCH, monotonic(), loop.time()
        assert len(set(began)) == 1
        assert loop.time() > 1_000, "to libraries 0 is never"
        await asyncio.sleep(2.5)
        await env.future()
        now = loop.time()
        assert now - began[0] >= 2.5
        assert time.monotonic() == time.perf_counter() == monotonic() == now
        assert time.time() == EPOCH + now
        assert time.monotonic_ns() == time.perf_counter_ns() == now * 1_000_000_000
        assert time.time_ns() == (EPOCH + now) * 1_000_000_000

    found = explore(program)
    assert found.verdict is Verdict.HOLDS, found.violations[0].text


def test_the_date_never_shows_less_than_was_slept() -> None:
    async def program() -> None:
        began = time.time()
        await asyncio.sleep(0.1)
        assert 0.1 <= time.time() - began < 0.1001

    assert explore(program).verdict is Verdict.HOLDS


def test_a_program_that_waits_until_a_clock_says_so_ends() -> None:
    async def program() -> None:
        until = time.monotonic() + 10
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(left / 2 if left > 1 else left)

    assert explore(program).verdict is Verdict.HOLDS


def test_sleeping_blocks_the_loop_and_lets_its_time_pass() -> None:
    async def program() -> None:
        log: list[str] = []
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(1, log.append, "due meanwhile")
        loop.call_later(5, log.append, "due later")
        time.sleep(2)
        assert log == []
        assert loop.time() == began + 2
        await asyncio.sleep(0)
        assert log == [], "as on the stock loop: timers come after what is ready when a turn begins"
        await asyncio.sleep(0)
        assert log == ["due meanwhile"]
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)

    began = REAL()
    assert explore(program, events=0).verdict is Verdict.HOLDS
    assert REAL() - began < 60


def test_on_a_loop_that_is_used_by_itself_sleeping_makes_timers_due_in_the_next_turn() -> None:
    loop = Loop()
    log: list[object] = []

    async def main() -> None:
        loop.call_later(1, log.append, "timer")
        loop.sleep(3)
        loop.call_soon(log.append, "before it")
        await asyncio.sleep(0)
        log.append(loop.time())
        await asyncio.sleep(0)

    loop.run_until_complete(main())
    assert log[0] == "before it"
    assert set(log[1:]) == {"timer", 3.0}


def test_other_threads_and_other_loops_have_the_real_clock() -> None:
    seen: list[float] = []

    async def program() -> None:
        thread = threading.Thread(target=lambda: seen.append(time.monotonic()))
        thread.start()
        thread.join()
        seen.append(time.monotonic())

    began = REAL()
    with surroundings(TaskKind.C):
        assert began <= time.monotonic() <= REAL()
        loop = Loop()
        loop.run_until_complete(program())
        stock = asyncio.new_event_loop()
        stock.run_until_complete(program())
        stock.close()
    assert [value >= began for value in seen] == [True, False, True, True]


def test_clocks_and_chance_are_given_back() -> None:
    async def program() -> None:
        random.random()

    state = random.getstate()
    before = time.monotonic, time.time, time.sleep, monotonic
    assert explore(program).verdict is Verdict.HOLDS
    assert (time.monotonic, time.time, time.sleep, monotonic) == before
    assert time.monotonic is REAL is monotonic
    assert random.getstate() == state


def test_chance_begins_alike_in_each_execution() -> None:
    drawn: set[tuple[float, ...]] = set()

    async def program(env: Env) -> None:
        env.branch()
        drawn.add((random.random(), draw(), random.gauss(), random.choice(range(1000))))
        await env.future()
        assert env.branch() or random.random() < 2

    found = explore(program)
    assert found.verdict is Verdict.HOLDS, found.stopped
    assert found.executions > 3
    assert len(drawn) == 1


def test_what_depends_on_chance_is_found_again() -> None:
    async def program(env: Env) -> None:
        await env.future()
        assert random.random() > 1

    (violation,) = explore(program).violations
    assert violation.property is ProgramProperty.RAISES
    assert violation.token is not None


BY_THE_CLOCK = """
import asyncio, time
from random import random

async def gives_up(task):
    task.cancel()
    until = time.monotonic() + 0.5
    while not task.done():
        if time.monotonic() > until:
            raise TimeoutError
        await asyncio.sleep(0.3)

async def draws(task):
    task.cancel()
    for _ in range(int(30 * random())):
        await asyncio.sleep(0)
"""


def test_a_target_that_waits_by_the_clock_sees_time_pass(write: Write) -> None:
    """It polls for a dependency that suppresses its cancellation, and gives up after two timers, not never."""
    cell = judge(job(f"{write(BY_THE_CLOCK)}:gives_up", events=1, steps=1))
    assert "raises TimeoutError" in {does for all_of_them in cell.outcomes.values() for does in all_of_them}


def test_a_target_draws_the_same_in_each_execution(write: Write) -> None:
    cell = judge(job(f"{write(BY_THE_CLOCK)}:draws", events=1, steps=1))
    assert cell.ended is not Ended.STOPPED, cell.stopped


LATE = """\
import asyncio
import time

now = None


async def program():
    began = time.time() if now is None else now()
    await asyncio.sleep(1)
    assert (time.time() if now is None else now()) - began >= 1
"""


def test_a_clock_that_is_bound_to_a_name_later_follows_the_loop(tmp_path: Path) -> None:
    """As many names as before may stand for something else, which a fixture has bound meanwhile."""
    file = tmp_path / "late.py"
    file.write_text(LATE, encoding="utf-8")
    module: Any = load_module(str(file), what="program")
    for now in (None, time.monotonic):
        module.now = now
        explored = explore(module.program)
        assert explored.verdict is Verdict.HOLDS, str(explored)
