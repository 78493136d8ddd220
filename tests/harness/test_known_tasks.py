"""Every task of a program is known, whoever made it; and with tasks in pure Python all is as with those in C."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from asyncio import Task
from typing import TYPE_CHECKING, Any

import pytest
from pythons import ALL

from treadle.loop import Loop, base_task, surroundings
from treadle.programs import ProgramProperty, explore
from treadle.schedule import TaskKind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from treadle.programs import Env

    Make = Callable[[Coroutine[Any, Any, Any], asyncio.AbstractEventLoop], Any]

every_kind = pytest.mark.parametrize("kind", list(TaskKind))


class OwnTask(asyncio.Task):  # type: ignore[type-arg]
    """As a library has one, made before anything is explored."""


class LabelledTask(asyncio.Task):  # type: ignore[type-arg]
    def __init__(self, label: str, coroutine: Any, **options: Any) -> None:
        super().__init__(coroutine, **options)
        self.label = label


def made_by_factory(coroutine: Any, loop: asyncio.AbstractEventLoop) -> Any:
    loop.set_task_factory(lambda loop, coroutine, **options: asyncio.Task(coroutine, loop=loop, **options))
    return loop.create_task(coroutine)


def made_by_another_factory(coroutine: Any, loop: asyncio.AbstractEventLoop) -> Any:
    loop.set_task_factory(lambda loop, coroutine, **options: OwnTask(coroutine, loop=loop, **options))
    return loop.create_task(coroutine)


WAYS: dict[str, Make] = {
    "asyncio.Task": lambda coroutine, loop: asyncio.Task(coroutine, loop=loop),
    "asyncio.Task without a loop": lambda coroutine, _: asyncio.Task(coroutine),
    "asyncio.tasks.Task": lambda coroutine, loop: asyncio.tasks.Task(coroutine, loop=loop),
    "Task, imported by name": lambda coroutine, loop: Task(coroutine, loop=loop),
    "a class of its own": lambda coroutine, loop: OwnTask(coroutine, loop=loop),
    "a class with another constructor": lambda coroutine, loop: LabelledTask("one", coroutine, loop=loop),
    "a factory": made_by_factory,
    "a factory with a class of its own": made_by_another_factory,
}
every_way = pytest.mark.parametrize("way", WAYS)


async def wait_for(future: asyncio.Future[Any]) -> None:
    await future


async def fail() -> None:
    raise ValueError


def cancelling(make: Make) -> Any:
    async def program(env: Env) -> None:
        loop = asyncio.get_running_loop()
        tasks = [env.cancellable(make(wait_for(env.future()), loop)) for _ in range(2)]
        assert all(isinstance(task, asyncio.Task) for task in tasks)
        assert set(tasks) <= asyncio.all_tasks()
        assert [tasks.index(task) for task in set(tasks)] == [0, 1], "a set of tasks has another order"
        await asyncio.wait(tasks)
        assert not any(task.cancelled() for task in tasks)

    return program


@every_kind
@every_way
def test_a_task_can_be_cancelled_and_counts_like_one_of_create_task(way: str, kind: TaskKind) -> None:
    if (kind is TaskKind.PY or list(WAYS).index(way) % 2) and not ALL:
        pytest.skip("with TREADLE_TESTS=all")
    found = explore(cancelling(WAYS[way]), events=2, task=kind)
    usual = explore(cancelling(lambda coroutine, _: asyncio.create_task(coroutine)), events=2, task=kind)
    assert (found.verdict, found.schedules) == (usual.verdict, usual.schedules)
    assert found.verdict is Verdict.VIOLATED
    traces = [[(each.who, each.text) for each in one.violations[0].trace] for one in (found, usual)]
    assert traces[0] == traces[1]


@every_kind
@every_way
def test_a_task_that_is_left_running_is_named(way: str, kind: TaskKind) -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        task = WAYS[way](wait_for(loop.create_future()), loop)
        await asyncio.sleep(0)
        assert not task.done()

    (violation,) = explore(program, task=kind).violations
    assert violation.property is ProgramProperty.LEFT_RUNNING
    assert "wait_for waits for a future" in violation.text


@every_kind
@every_way
def test_what_nobody_retrieves_is_told_of_the_task_that_raised_it(way: str, kind: TaskKind) -> None:
    async def program() -> None:
        kept = WAYS[way](fail(), asyncio.get_running_loop())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert kept.done()

    (violation,) = explore(program, task=kind).violations
    assert violation.property is ProgramProperty.UNRETRIEVED
    assert "nobody retrieved what fail raised: ValueError" in violation.text


@every_kind
@every_way
def test_a_deadlock_names_every_task(way: str, kind: TaskKind) -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        await WAYS[way](wait_for(loop.create_future()), loop)

    (violation,) = explore(program, task=kind).violations
    assert violation.property is ProgramProperty.DEADLOCK
    assert "program waits for wait_for; wait_for waits for a future" in violation.text


def test_a_class_kept_in_a_table_makes_tasks_that_are_known_by_their_first_step() -> None:
    """Their hash cannot be had: only their address."""
    table = {"task": base_task(TaskKind.C)}

    async def program() -> None:
        _ = table["task"](wait_for(asyncio.get_running_loop().create_future()))
        await asyncio.sleep(0)

    for kind in TaskKind:
        (violation,) = explore(program, task=kind).violations
        assert violation.property is ProgramProperty.LEFT_RUNNING
        assert "wait_for waits" in violation.text


@every_kind
@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12")
def test_eager_tasks_are_known_before_those_that_they_make(kind: TaskKind) -> None:
    async def inner() -> None:
        await asyncio.sleep(1)

    async def outer(loop: asyncio.AbstractEventLoop) -> None:
        _ = asyncio.Task(inner(), loop=loop, eager_start=True)  # type: ignore[call-arg]
        raise ValueError

    async def program() -> None:
        loop = asyncio.get_running_loop()
        _ = asyncio.Task(outer(loop), loop=loop, eager_start=True)  # type: ignore[call-arg]

    found = explore(program, task=kind)
    told = [each.text for each in found.violations]
    assert any("inner waits for asyncio.sleep()" in each for each in told), told
    assert any("nobody retrieved what outer raised" in each for each in told), told


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are new in Python 3.12")
def test_a_program_reads_the_factory_that_it_has_set() -> None:
    async def program() -> None:
        loop = asyncio.get_running_loop()
        factory: Any = asyncio.eager_task_factory  # type: ignore[attr-defined]
        loop.set_task_factory(factory)
        assert loop.get_task_factory() is factory
        loop.set_task_factory(None)
        assert loop.get_task_factory() is None

    assert explore(program).verdict is Verdict.HOLDS


@every_kind
def test_the_classes_of_asyncio_are_given_back(kind: TaskKind) -> None:
    before = asyncio.Task, asyncio.tasks.Task, Task, OwnTask.__hash__
    with surroundings(kind):
        assert asyncio.Task is Task is not before[0]
        assert issubclass(asyncio.Task, base_task(kind))
    assert (asyncio.Task, asyncio.tasks.Task, Task, OwnTask.__hash__) == before
    loop = Loop()
    with surroundings(kind):
        made = asyncio.Task
    coroutine = asyncio.sleep(0)
    assert made(coroutine, loop=loop) is not None, "a class that was kept goes on making tasks"
    loop.run_forever()


class Thing:
    """What a task returns, and a weak reference may watch."""


async def gives(found: list[weakref.ref[Thing]]) -> Thing:
    thing = Thing()
    found.append(weakref.ref(thing))
    await asyncio.sleep(0)
    return thing


async def lets_a_task_go(env: Env) -> None:
    found: list[weakref.ref[Thing]] = []
    task = asyncio.create_task(gives(found))
    itself = weakref.ref(task)
    assert type(await task) is Thing
    del task
    await asyncio.wait([env.future(), env.future()])
    assert itself() is None
    assert found[0]() is None


async def lets_it_go_and_fails(env: Env) -> None:
    await lets_a_task_go(env)
    asyncio.create_task(gives([]), name="second")  # type: ignore[unused-awaitable]  # noqa: RUF006 - that is the point
    await asyncio.sleep(0)
    await env.future()
    raise RuntimeError


async def fails_soon() -> None:
    await asyncio.sleep(0)
    raise LookupError


async def lets_a_failure_go(env: Env) -> None:
    asyncio.create_task(fails_soon())  # type: ignore[unused-awaitable]  # noqa: RUF006 - that is the point
    await asyncio.wait([env.future(), env.future()])


@every_kind
def test_a_task_to_which_nobody_refers_goes_when_it_is_over(kind: TaskKind) -> None:
    explored = explore(lets_a_task_go, task=kind)
    assert explored.verdict is Verdict.HOLDS, str(explored)
    assert explored.schedules > 1


@every_kind
def test_it_goes_where_an_execution_is_written_down(kind: TaskKind) -> None:
    explored = explore(lets_it_go_and_fails, task=kind, events=0)
    (violation,) = explored.violations
    assert violation.property is ProgramProperty.RAISES, str(explored)
    assert violation.text.startswith("RuntimeError")
    states = {state.name: state.ended for state in violation.trace[-1].tasks}
    assert states == {"program": "exception", "gives": "result", "second": "result"}


@every_kind
def test_one_that_failed_before_it_went_is_told_with_its_name(kind: TaskKind) -> None:
    explored = explore(lets_a_failure_go, task=kind)
    (violation,) = explored.violations
    assert violation.property is ProgramProperty.UNRETRIEVED
    assert violation.text.startswith("nobody retrieved what fails_soon raised: LookupError")
    assert violation.schedules == explored.schedules > 1


@every_kind
@every_way
def test_what_the_collector_takes_is_told_of_as_well(way: str, kind: TaskKind) -> None:
    """The task is in a cycle with its exception, and no weak reference leads to it when it speaks."""

    async def fails_and_knows_itself() -> None:
        itself = asyncio.current_task()
        raise ValueError(itself is not None)

    async def program(env: Env) -> None:
        WAYS[way](fails_and_knows_itself(), asyncio.get_running_loop())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if env.branch():
            gc.collect()
        await env.future()

    found = explore(program, task=kind)
    (violation,) = found.violations
    assert violation.property is ProgramProperty.UNRETRIEVED
    assert (violation.schedules, found.schedules) == (2, 2)
    assert "nobody retrieved what fails_and_knows_itself raised: ValueError" in violation.text
