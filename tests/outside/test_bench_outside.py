"""The programs of the benchmark do the same over the machine's loopback and in memory, where nothing is wrong."""

from __future__ import annotations

import asyncio
import importlib.util

import pytest
from outside import EVENTS, PROGRAMS

import treadle
from treadle.verdict import Verdict


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_ends_on_both(name: str) -> None:
    if name != "echo" and importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed; `make bench` installs it")
    asyncio.run(PROGRAMS[name]())
    explored = treadle.explore(PROGRAMS[name], events=EVENTS[name])
    assert (explored.verdict, explored.executions > 10) == (Verdict.HOLDS, True), str(explored)
