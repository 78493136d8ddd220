"""One cause is one finding, two causes are two, and each is shown by a counterexample with no action too many."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

import treadle

if TYPE_CHECKING:
    from treadle import Env, Explored


def found(explored: Explored) -> list[str]:
    return [str(each.property) for each in explored.violations]


def check(condition: bool) -> None:
    assert condition


async def asserts_in_two_places(env: Env) -> None:
    if env.branch():
        check(not env.branch())
    else:
        check(not env.branch())


async def asserts_in_one_place(env: Env) -> None:
    for _ in range(2):
        check(not env.branch())


async def recurses_to_its_assertion(env: Env) -> None:
    def down(levels: int) -> None:
        if levels:
            down(levels - 1)
        else:
            raise AssertionError

    down(env.choose((0, 1, 2, 3)))


async def hears_of_one_failure_in_two_places(env: Env) -> None:
    async def fails() -> None:
        check(False)

    task = asyncio.create_task(fails())
    if env.branch():
        await task
    else:
        await asyncio.wait([task])
        task.result()


@pytest.mark.parametrize(
    ("program", "number"),
    [
        (asserts_in_two_places, 2),
        (asserts_in_one_place, 1),
        (recurses_to_its_assertion, 2),  # from the first level and from one below
        (hears_of_one_failure_in_two_places, 1),
    ],
)
def test_faults_behind_one_assertion_are_told_by_who_calls_it(program: Any, number: int) -> None:
    explored = treadle.explore(program)
    assert found(explored) == ["raises"] * number, str(explored)
    assert len({each.text for each in explored.violations}) == number


async def asserts_twice_in_a_line(env: Env) -> None:
    number = env.choose((0, 1, 2))
    assert number != 1; assert number != 2  # noqa: E702 # fmt: skip


async def raises_from_two_causes(env: Env) -> None:
    try:
        if env.branch():
            check(False)
        else:
            int("it")
    except (AssertionError, ValueError) as error:
        told = "it could not be done"
        raise RuntimeError(told) from error


async def times_out_where_it_waits(env: Env) -> None:
    """That it is cancelled at one line or the other is no cause of its own."""
    async with asyncio.timeout(1):
        if env.branch():
            await asyncio.sleep(2)
        await asyncio.sleep(2)


async def fails_in_groups(env: Env) -> None:
    async def one() -> None:
        raise ValueError

    async def two() -> None:
        raise KeyError

    async with asyncio.TaskGroup() as group:
        for fails in env.choose(((one, one), (one, two), (one,), (two,))):
            group.create_task(fails())


async def fails_in_groups_alone_and_together(env: Env) -> None:
    async def one() -> None:
        raise ValueError

    async def two() -> None:
        raise KeyError

    async def three() -> None:
        raise IndexError

    async with asyncio.TaskGroup() as group:
        for fails in env.choose(((one, two), (one, three), (one,))):
            group.create_task(fails())


@pytest.mark.parametrize(
    ("program", "number"),
    [
        (asserts_twice_in_a_line, 2),
        (raises_from_two_causes, 2),
        (times_out_where_it_waits, 1),
        (fails_in_groups, 2),
        (fails_in_groups_alone_and_together, 3),
    ],
)
def test_two_causes_behind_one_chain_of_calls_are_told_as_two_and_each_once(program: Any, number: int) -> None:
    explored = treadle.explore(program)
    assert found(explored) == ["raises"] * number, str(explored)
    assert len({each.text for each in explored.violations}) == number


def test_the_members_of_a_group_are_told() -> None:
    texts = [each.text for each in treadle.explore(fails_in_groups_alone_and_together).violations]
    together = [each for each in texts if each.startswith("ExceptionGroup: ")]
    assert any("ValueError, test_findings.py" in each and "KeyError, test_findings.py" in each for each in together)


def test_workers_that_are_numbered_are_one_finding_when_they_are_stuck() -> None:
    async def program(env: Env) -> None:
        async def work() -> None:
            if env.branch():
                await asyncio.Event().wait()

        names = ("w-0", "w_1", "w 2")
        await asyncio.wait([asyncio.create_task(work(), name=name) for name in names])

    assert found(treadle.explore(program)) == ["deadlock"]


async def gets_stuck_in_two_ways(env: Env) -> None:
    lock, event = asyncio.Lock(), asyncio.Event()

    async def takes_it_twice() -> None:
        await lock.acquire()
        await lock.acquire()

    async def waits_for_nobody() -> None:
        await event.wait()

    await asyncio.wait([asyncio.create_task((takes_it_twice if env.branch() else waits_for_nobody)())])


async def gets_stuck_with_one_or_two(env: Env) -> None:
    """One fault, which may hit more than one: what is told is the least of it."""
    event = asyncio.Event()

    async def waits() -> None:
        await event.wait()

    async def also_waits() -> None:
        await event.wait()

    tasks = [asyncio.create_task(waits())]
    if env.branch():
        tasks.append(asyncio.create_task(also_waits()))
    await asyncio.wait(tasks)


def test_two_ways_to_get_stuck_are_two_findings() -> None:
    explored = treadle.explore(gets_stuck_in_two_ways)
    assert found(explored) == ["deadlock", "deadlock"], str(explored)
    assert [each.schedules for each in explored.violations] == [1, 1]


def test_one_way_to_get_stuck_is_one_finding_however_many_it_hits() -> None:
    explored = treadle.explore(gets_stuck_with_one_or_two)
    assert found(explored) == ["deadlock"], str(explored)
    assert explored.violations[0].schedules == 2
    assert "also_waits" not in explored.violations[0].text


def test_the_failure_that_nobody_retrieved_is_told_with_the_deadlock_that_it_causes() -> None:
    async def program(env: Env) -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        queue.put_nowait(1)

        async def worker() -> None:
            await queue.get()
            await env.future("reply")
            raise ValueError

        _ = asyncio.create_task(worker())  # noqa: RUF006 - that is the fault
        await queue.join()

    explored = treadle.explore(program)
    assert found(explored) == ["deadlock"], str(explored)
    assert "nobody retrieved what worker raised: ValueError" in explored.violations[0].text


def test_a_failure_that_nobody_retrieved_elsewhere_too_is_a_finding_of_its_own() -> None:
    async def program(env: Env) -> None:
        async def worker() -> None:
            raise ValueError

        await asyncio.wait([asyncio.create_task(worker())])
        if env.branch():
            await asyncio.Event().wait()

    assert found(treadle.explore(program)) == ["deadlock", "unretrieved"]


def test_tasks_of_one_name_that_are_left_are_one_finding() -> None:
    async def program() -> None:
        async def worker() -> None:
            await asyncio.Event().wait()

        _ = [asyncio.create_task(worker()) for _ in range(5)]
        await asyncio.sleep(0)

    explored = treadle.explore(program)
    assert found(explored) == ["left-running"], str(explored)
    assert explored.violations[0].schedules == 1


async def loses_a_connection(env: Env) -> None:
    pool: asyncio.Queue[str] = asyncio.Queue()
    pool.put_nowait("one")

    async def use(reply: Any) -> None:
        connection = await pool.get()
        await reply
        pool.put_nowait(connection)

    await asyncio.wait([env.cancellable(asyncio.create_task(use(env.future("reply"))))])
    assert pool.qsize() == 1


@pytest.mark.parametrize("options", [{}, {"random": 200}, {"limit": 6}])
def test_the_environment_does_nothing_that_a_counterexample_does_not_need(options: dict[str, Any]) -> None:
    (violation,) = treadle.explore(loses_a_connection, **options).violations
    acts = [record.text for record in violation.trace if record.who == "environment"]
    assert acts == ["use.cancel()"]
    assert violation.kinds == ("event",)


async def needs_one_of_three(env: Env) -> None:
    futures = [env.future(f"f {number}") for number in range(3)]
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    raise AssertionError


def test_of_what_is_free_no_more_is_done_than_needed() -> None:
    (violation,) = treadle.explore(needs_one_of_three, events=2).violations
    assert [record.text for record in violation.trace if record.who == "environment"] == ["f 0 completes"]
    assert violation.minimal
