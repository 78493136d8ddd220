"""What the tests of targets, verdicts and counterexamples share: calls to judge, and what is asked of a result."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from treadle.check import CellResult, Finding, Job, Verdict, judge
from treadle.schedule import Bounds
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import Reading

Write = Callable[..., str]

SMALL = Bounds(events=2, steps=2)

# All tests of a candidate run in one process, so that `judged` judges it once for them.
every_candidate = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CANDIDATES]
)

GOOD = """
import asyncio

async def good(task):
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
"""

SWALLOWS = """
import asyncio

async def swallows(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        return
"""

OWNER = """
import asyncio
from contextlib import asynccontextmanager

@asynccontextmanager
async def owner(coroutine):
    task = asyncio.create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
"""


def job(target: str, situation: str = "plain", *, events: int = 1, steps: int = 2, **options: Any) -> Job:
    return Job(target=target, situation=situation, bounds=Bounds(events=events, steps=steps), **options)


@functools.cache
def judged(target: str, situation: str, bounds: Bounds = SMALL) -> CellResult:
    """Judge under all readings on C tasks, in each process once."""
    return judge(Job(target=target, situation=situation, bounds=bounds, readings=tuple(Reading)))


def finding(cell: CellResult, name: str, reading: str = "weak") -> Finding:
    (found,) = (each for each in cell.findings if (each.property, each.reading) == (name, reading))
    return found


def verdicts(cell: CellResult) -> dict[str, Verdict]:
    return {each.property: each.verdict for each in cell.findings}
