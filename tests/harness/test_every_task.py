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


def test_a_result_that_is_the_cancellation_has_not_swallowed_it() -> None:
    async def collect() -> BaseException | None:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError as error:
            return error
        return None

    async def program(env: Env) -> None:
        env.every_task()
        await asyncio.wait([asyncio.create_task(collect())])

    assert treadle.explore(program, events=1).verdict is Verdict.HOLDS


def test_a_task_may_be_cancelled_only_when_a_condition_holds() -> None:
    async def program(env: Env) -> None:
        waiting: list[object] = []

        async def work() -> None:
            await asyncio.sleep(1)
            waiting.append(asyncio.current_task())
            await asyncio.sleep(1)

        env.every_task(when=lambda task: task in waiting)
        task = asyncio.create_task(work())
        await asyncio.wait([task])
        assert waiting

    explored = treadle.explore(program, events=1)
    assert explored.verdict is Verdict.HOLDS
    assert explored.schedules > 1


def test_who_waits_again_and_again_for_somebody_who_was_cancelled_is_forgiven() -> None:
    async def program(env: Env) -> None:
        env.every_task(forgives=True)
        done: list[int] = []

        async def work() -> None:
            await asyncio.sleep(1)
            done.append(1)

        task = asyncio.create_task(work())
        while not done:  # noqa: ASYNC110 - it polls on purpose
            await asyncio.sleep(0)
        await task

    assert not treadle.explore(program, events=1).violations


def test_what_is_left_behind_by_who_is_not_disturbed_is_usual() -> None:
    async def program(env: Env) -> None:
        env.every_task(forgives=True)
        first, _ = asyncio.create_task(wait()), asyncio.create_task(asyncio.sleep(100))
        await asyncio.wait([first])

    assert treadle.explore(program, events=1).verdict is Verdict.HOLDS
