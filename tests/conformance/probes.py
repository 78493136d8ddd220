"""Candidates of the tests' own: parts of asyncio that the machine has and no candidate of the catalogue uses."""

from __future__ import annotations

import asyncio

from treadle_models.candidates import Candidate


async def gathering(task: asyncio.Future[object]) -> None:
    """Cancel `task` and gather it: its exception is dropped, and a cancellation of the caller is passed on to it."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def gathering_until_done(task: asyncio.Future[object]) -> None:
    """The same until it is done, whatever happens to the caller."""
    while not task.done():
        try:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        except asyncio.CancelledError:
            continue


_EXCLUDES = {"self": "to cancel a task that gathers itself is a recursion without end"}

PROBES = {
    name: Candidate(
        name=name, function=function, owner=False, claim="", source="the tests'", summary="A probe.", excludes=_EXCLUDES
    )
    for name, function in (("gathering", gathering), ("gathering-until-done", gathering_until_done))
}


def target_of(name: str) -> str:
    """Return the target under which the checker finds a candidate or a probe."""
    return f"{__file__}:{PROBES[name].function.__name__}" if name in PROBES else name
