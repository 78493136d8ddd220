"""`env.every_task`: whoever a program makes may be cancelled, and what it raises then need not count."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import treadle
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle import Env


async def wait() -> None:
    await asyncio.sleep(1)


async def swallow() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(1)


def test_a_task_that_swallows_is_found_without_being_named() -> None:
    async def program(env: Env) -> None:
        env.every_task()
        await asyncio.wait([asyncio.create_task(swallow())])

    (found,) = treadle.explore(program, events=1).violations
    assert found.property == "swallowed"
    assert found.text.startswith("swallow was cancelled while it ran")


def test_the_program_itself_and_the_tasks_of_asyncio_are_spared() -> None:
    async def program(env: Env) -> None:
        env.every_task()
        await asyncio.gather(asyncio.sleep(1))
        await asyncio.wait([asyncio.create_task(asyncio.sleep(1))])

    assert treadle.explore(program, events=2).verdict is Verdict.HOLDS


def test_what_is_in_some_files_may_swallow() -> None:
    async def program(env: Env) -> None:
        env.every_task(may_swallow=lambda file: file == __file__)
        await asyncio.wait([asyncio.create_task(swallow())])

    assert treadle.explore(program, events=1).verdict is Verdict.HOLDS


def test_what_is_raised_counts_where_nobody_was_disturbed_and_else_only_if_it_must() -> None:
    async def program(env: Env, *, forgives: bool, fails: bool) -> None:
        env.every_task(forgives=forgives)
        await asyncio.create_task(wait())
        assert not fails

    async def forgiving(env: Env) -> None:
        await program(env, forgives=True, fails=False)

    async def strict(env: Env) -> None:
        await program(env, forgives=False, fails=False)

    async def failing(env: Env) -> None:
        await program(env, forgives=True, fails=True)

    assert treadle.explore(forgiving, events=1).verdict is Verdict.HOLDS
    (found,) = treadle.explore(strict, events=1).violations
    assert (found.property, found.events) == ("raises", 1)
    (found,) = treadle.explore(failing, events=1).violations
    assert (found.property, found.events) == ("raises", 0)


def test_what_is_left_running_by_who_was_disturbed_and_ended_well_is_told() -> None:
    async def program(env: Env) -> None:
        env.every_task(forgives=True)
        first, second = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.wait([first])
        if not first.cancelled():
            await second

    (found,) = treadle.explore(program, events=1).violations
    assert (found.property, found.events) == ("left-running", 1)


def test_an_eager_or_late_task_may_be_cancelled_as_well() -> None:
    async def program(env: Env) -> None:
        env.every_task()
        made = asyncio.Task(swallow(), loop=asyncio.get_running_loop())
        await asyncio.wait([made])

    (found,) = treadle.explore(program, events=1).violations
    assert found.property == "swallowed"
