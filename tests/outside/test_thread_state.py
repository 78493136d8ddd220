"""What a thread of an executor keeps until it runs again belongs to the state, as what the loop's thread keeps does."""

from __future__ import annotations

import asyncio
import contextvars
import decimal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from treadle.explorer import Limits, enumerate_schedules, quiet, visit_states
from treadle.programs import explore, make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from treadle import Env

local = threading.local()
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")


def keep_in_local(name: str) -> None:
    local.name = name


def keep_in_context(name: str) -> None:
    variable.set(name)


def keep_in_thread(name: str) -> None:
    threading.current_thread().name = name


def keep_in_decimal(name: str) -> None:
    decimal.getcontext().prec = ord(name)


KEPT: dict[str, tuple[Callable[[str], None], Callable[[], object]]] = {
    "threading.local": (keep_in_local, lambda: local.name),
    "a context variable": (keep_in_context, variable.get),
    "the name of the thread": (keep_in_thread, lambda: threading.current_thread().name),
    "the context of decimal": (keep_in_decimal, lambda: chr(decimal.getcontext().prec)),
}


@pytest.mark.parametrize("where", KEPT)
def test_each_state_once_finds_what_every_schedule_finds(where: str) -> None:
    keep, kept = KEPT[where]

    async def write(answer: Awaitable[object], name: str) -> None:
        await answer
        await asyncio.get_running_loop().run_in_executor(None, keep, name)

    async def wait(answer: Awaitable[object]) -> None:
        await answer

    async def program(env: Env) -> None:
        await asyncio.gather(write(env.future("a"), "a"), write(env.future("b"), "b"))
        await asyncio.gather(*(wait(env.future()) for _ in range(2)))
        assert await asyncio.get_running_loop().run_in_executor(None, kept) == "b"

    with quiet():
        world = ProgramWorld(make_source(program), ProgramBounds(events=0))
        every = enumerate_schedules(world, Limits())
        once = visit_states(world, Limits(), few=0, distrust=False)
    assert sorted(tally.schedules for tally in every.tallies.values()) == [every.schedules // 2] * 2
    assert (once.schedules, once.tallies) == (every.schedules, every.tallies)
    assert bool(once.opaque) == (where == "threading.local")


def test_an_executor_with_threads_of_its_own_is_refused() -> None:
    """What those have in their `threading.local` a thread that is simulated would not find."""

    async def program() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(keep_in_local, "a").result()
            await asyncio.get_running_loop().run_in_executor(pool, lambda: local.name)

    found = explore(program)
    assert found.verdict is Verdict.UNSUPPORTED
    assert "loop.run_in_executor()" in str(found)
