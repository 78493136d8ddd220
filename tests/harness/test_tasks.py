"""Tasks: of the kind asked for, and in one order in every set."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import treadle
from treadle.loop import Loop, base_task, task_kind
from treadle.schedule import TaskKind

every_kind = pytest.mark.parametrize("kind", list(TaskKind))


class BrokenError(Exception):
    """What fails on purpose."""


def run(main: Any, kind: TaskKind) -> Any:
    loop = Loop(kind)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


@every_kind
def test_tasks_are_of_the_kind_asked_for_and_real(kind: TaskKind) -> None:
    async def main() -> None:
        task = asyncio.current_task()
        assert isinstance(task, base_task(kind))
        assert (asyncio.Task is base_task(TaskKind.C)) == (kind is TaskKind.C)

    with task_kind(kind):
        run(main(), kind)
    assert asyncio.Task is base_task(TaskKind.C)
    assert asyncio.current_task is asyncio.tasks.current_task


def test_a_switch_to_tasks_in_pure_python_is_undone_after_an_error() -> None:
    before = asyncio.Task, asyncio.current_task, asyncio.tasks._enter_task
    with pytest.raises(BrokenError), task_kind(TaskKind.PY):
        raise BrokenError
    assert (asyncio.Task, asyncio.current_task, asyncio.tasks._enter_task) == before


@every_kind
def test_many_tasks_in_a_set_come_in_one_order_every_time(kind: TaskKind) -> None:
    """A task group aborts its children, and `wait` hands out tasks, in the order of a set."""

    async def main() -> tuple[tuple[int, ...], ...]:
        aborted: list[int] = []

        async def child(number: int) -> None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                aborted.append(number)
                raise

        async def fail() -> None:
            raise BrokenError

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(child(number)) for number in range(24)]
                await asyncio.sleep(0)
                await fail()
        except* BrokenError:
            pass
        done, _ = await asyncio.wait(set(tasks))
        return tuple(aborted), tuple(tasks.index(task) for task in done)

    orders = set()
    garbage: list[object] = []
    with task_kind(kind):
        for number in range(200):
            orders.add(run(main(), kind))
            garbage.append([object() for _ in range(number % 7)])  # so that tasks lie elsewhere each time
    assert len(orders) == 1


@every_kind
def test_coroutines_that_are_completed_in_any_order_begin_in_the_order_in_which_they_were_passed(
    kind: TaskKind,
) -> None:
    """`as_completed` puts coroutines into a set, whose order differs from run to run."""
    begun: set[str] = set()
    garbage: list[object] = []

    async def program(env: Any) -> None:
        names: list[str] = []

        async def work(name: str) -> None:
            names.append(name)
            await env.future(name)

        garbage.append([object() for _ in range(len(garbage) % 7)])
        for each in asyncio.as_completed([work(name) for name in "abc"]):
            await each
        begun.add("".join(names))

    explored = treadle.explore(program, task=kind)
    assert (explored.verdict, explored.stopped, begun) == ("holds", "", {"abc"})
    assert "set" not in vars(asyncio.tasks)


def test_what_is_waited_for_twice_is_one_task_and_what_is_no_future_is_refused_as_on_stock() -> None:
    async def program(env: Any) -> None:
        async def work() -> int:
            await env.future()
            return 1

        coroutine = work()
        assert [await each for each in asyncio.as_completed([coroutine, coroutine])] == [1]
        tasks = {asyncio.create_task(work()) for _ in range(2)}
        assert (await asyncio.wait(tasks))[0] == tasks
        wait: Any = asyncio.wait
        for wrong, said in ((3, "'int' object is not iterable"), ([[]], "unhashable type: 'list'")):
            with pytest.raises(TypeError, match=said):
                await wait(wrong)
        with pytest.raises(TypeError, match="coroutines"):
            await wait([refused := work()])
        refused.close()

    explored = treadle.explore(program, events=1)
    assert (explored.verdict, [each.text for each in explored.violations]) == ("holds", [])
