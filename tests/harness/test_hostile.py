"""Whatever a program's objects do when they are asked, it is the program that is judged, by both searches alike."""

from __future__ import annotations

import asyncio
import ctypes
import signal
from typing import TYPE_CHECKING, Any

import pytest
from hostile import FOUND

import treadle
from treadle.errors import MisuseError
from treadle.explorer import Limits, enumerate_schedules, visit_states
from treadle.programs import make_source
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env

each_program = pytest.mark.parametrize("program", FOUND, ids=lambda program: program.__name__)


@each_program
@pytest.mark.parametrize("options", [{}, {"random": 20}], ids=["all", "at random"])
def test_it_is_the_program_that_is_judged(program: Callable[[Env], Any], options: dict[str, Any]) -> None:
    if FOUND[program] == ["misuse"]:
        with pytest.raises(MisuseError, match=r"^env\."):
            treadle.explore(program, **options)
        return
    explored = treadle.explore(program, **options)
    assert [str(each.property) for each in explored.violations] == FOUND[program], str(explored)
    assert str(explored)


@each_program
def test_both_searches_find_the_same(program: Callable[[Env], Any]) -> None:
    if FOUND[program] == ["misuse"]:
        return
    source, bounds = make_source(program), ProgramBounds(events=2)
    every = enumerate_schedules(ProgramWorld(source, bounds), Limits())
    once = visit_states(ProgramWorld(source, bounds), Limits(), few=0)
    assert (every.schedules, set(every.tallies)) == (once.schedules, set(once.tallies)), (every, once)


def test_a_ctrl_c_leaves_at_once_and_all_is_as_it_was() -> None:
    async def program() -> None:
        asyncio.get_running_loop().call_soon(ctypes.pythonapi.PyErr_SetInterrupt)  # what Ctrl-C comes to
        await asyncio.Event().wait()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored where tests run in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            treadle.explore(program)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert asyncio._get_running_loop() is None
    assert not asyncio.run(works())


async def works() -> None:
    await asyncio.sleep(0)
