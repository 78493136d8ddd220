"""The situations: each name means what it says, seen from within a call on real tasks."""

from __future__ import annotations

import asyncio
import inspect
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from exploring import (
    ASPECTS,
    calls_of,
    cancel_and_wait,
    explore,
    needs_eager,
    observations,
    only_wait,
    seen_at_entry,
)

from treadle.explorer import Ended, Limits, enumerate_schedules
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS, SituationWorld, Subject, parse_situation
from treadle.situation.roles import FutureDependency, dependency_class

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.mark.parametrize(
    ("situation", "count"),
    [("plain", 0), ("uncancel/0", 0), ("cleanup/1", 1), ("uncancel/1", 1), ("cleanup/2", 2), ("pending", 1)],
)
def test_the_controller_enters_with_its_count(situation: str, count: int) -> None:
    assert seen_at_entry(situation, lambda _: asyncio.current_task().cancelling()) == {count}  # type: ignore[union-attr]
    assert {seen.count_entry for seen in observations(cancel_and_wait, situation)} == {count}


@pytest.mark.parametrize("situation", ["cleanup/1", "cleanup/2", "uncancel/1"])
def test_in_a_clean_up_the_cancelled_error_is_being_handled(situation: str) -> None:
    assert seen_at_entry(situation, lambda _: sys.exc_info()[0]) == {asyncio.CancelledError}
    assert seen_at_entry("plain", lambda _: sys.exc_info()[0]) == {None}


def test_a_pending_cancel_has_not_been_thrown_at_entry() -> None:
    def pending(_: object) -> object:
        return asyncio.current_task()._must_cancel  # type: ignore[union-attr]

    for situation in ALL_SITUATIONS:
        if situation not in {"eager", "self"}:
            assert seen_at_entry(situation, pending) == {"pending" in situation}
    assert {(seen.pending, seen.outstanding > 0) for seen in observations(cancel_and_wait, "pending")} == {(True, True)}
    assert {seen.pending for seen in observations(cancel_and_wait, "cleanup/1")} == {False}


def test_only_where_others_may_uncancel_are_requests_withdrawn() -> None:
    for situation, count in (("uncancel/0", 0), ("uncancel/1", 1)):
        seen = observations(cancel_and_wait, situation, events=2)
        assert {each.withdrawals for each in seen} == {0, 1}
        assert all(each.withdrawals <= each.requests + count for each in seen)
        assert any(each.requests == each.withdrawals == 1 for each in seen)
    for situation in ("plain", "cleanup/1"):
        assert {seen.withdrawals for seen in observations(cancel_and_wait, situation, events=2)} == {0}


def test_outstanding_is_what_no_uncancel_can_have_withdrawn() -> None:
    """An uncancel that comes before a request does not withdraw it."""
    seen = {
        (each.requests, each.withdrawals, each.outstanding)
        for each in observations(cancel_and_wait, "uncancel/1", events=2)
        if each.requests and each.withdrawals
    }
    assert seen == {(1, 1, 0), (1, 1, 1)}


@pytest.mark.parametrize("situation", ["plain", "pending", "uncancel/0", "uncancel/1", "shared", "timeout"])
def test_outstanding_is_at_most_what_was_asked_and_at_least_what_was_not_withdrawn(situation: str) -> None:
    """The readings of `lost` and `phantom` are ordered under this assumption."""
    for seen in observations(cancel_and_wait, situation, events=3, steps=1):
        asked = seen.requests + seen.pending
        assert max(0, asked - seen.withdrawals) <= seen.outstanding <= asked


def test_in_self_the_dependency_is_the_controller() -> None:
    seen: set[bool] = set()

    async def peek(task: Any) -> None:
        seen.add(task is asyncio.current_task())

    assert {each.itself for each in observations(peek, "self")} == seen == {True}
    assert {each.itself for each in observations(cancel_and_wait)} == {False}


def test_in_shared_two_controllers_call_on_one_dependency() -> None:
    dependencies: list[object] = []
    controllers: set[object] = set()

    async def peek(task: Any) -> None:
        dependencies.append(task)
        controllers.add(asyncio.current_task().get_name())  # type: ignore[union-attr]
        await cancel_and_wait(task)

    exploration = explore(peek, "shared")
    assert {len(outcome) for outcome in exploration.tallies} <= {0, 2}
    judged = [outcome for outcome in exploration.tallies if outcome]
    assert any(len({call.observation.requests for call in outcome}) == 2 for outcome in judged)
    assert all(call.observation.by_call <= 1 for outcome in judged for call in outcome)
    assert controllers == {"controller 1", "controller 2"}
    assert all(first is second for first, second in zip(dependencies[::2], dependencies[1::2], strict=True))


@pytest.mark.parametrize("situation", ["timeout", "group"])
def test_a_scope_may_fire_during_the_call_and_ends_as_it_should(situation: str) -> None:
    seen = observations(cancel_and_wait, situation)
    fired = [each for each in seen if each.scope_fired]
    assert {each.requests for each in fired if each.scope_alone} == {1}, "the scope is somebody else"
    assert any(each.scope_alone for each in fired)
    assert all(each.scope_kept for each in fired if each.scope_alone)
    assert any(not each.scope_fired for each in seen)
    assert not any(each.scope_fired for each in observations(cancel_and_wait, "plain"))


@pytest.mark.parametrize("situation", ["timeout", "group"])
def test_a_call_that_counts_the_cancel_of_a_scope_twice_breaks_it(situation: str) -> None:
    async def cancel_once_more(task: Any) -> None:
        task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            raise

    alone = [each for each in observations(cancel_once_more, situation) if each.scope_alone]
    assert alone
    assert not any(each.scope_kept for each in alone)


# The dependency


def state(task: Any) -> str:
    return inspect.getcoroutinestate(task.get_coro())


def test_in_shared_either_controller_may_be_cancelled_from_outside() -> None:
    """From outside too, and not only in the dependency's step: without a step, nothing else is left."""
    outcomes = explore(cancel_and_wait, "shared+future").tallies
    requests = {tuple(call.observation.requests for call in outcome) for outcome in outcomes}
    assert {(0, 0), (1, 0), (0, 1)} <= requests


def test_what_the_call_has_asked_of_its_caller_is_not_withdrawn_by_others() -> None:
    async def cancel_oneself(task: Any) -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()
        try:
            await cancel_and_wait(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])

    for situation, count in (("uncancel/0", 0), ("uncancel/1", 1)):
        seen = observations(cancel_oneself, situation, events=2)
        assert any(each.withdrawals for each in seen)
        assert all(each.withdrawals <= count + each.requests for each in seen)


def test_a_scope_is_not_alone_where_a_cancel_is_pending_at_entry() -> None:
    """Then somebody else has cancelled the controller, and the scope need not end as if nobody had."""
    alone = {seen.scope_alone for seen in observations(cancel_and_wait, "timeout") if seen.scope_fired}
    assert True in alone
    pending = [seen for seen in observations(cancel_and_wait, "pending+timeout") if seen.left and seen.scope_fired]
    assert not any(seen.scope_alone for seen in pending)


@pytest.mark.parametrize("situation", [name for name in ASPECTS if parse_situation(name).dependency == "waiting"])
def test_the_dependency_waits_at_entry_unless_the_situation_says_otherwise(situation: str) -> None:
    assert seen_at_entry(situation, lambda task: (task.done(), state(task), task._fut_waiter is None)) == {
        (False, inspect.CORO_SUSPENDED, False)
    }


def test_an_unstarted_dependency_has_had_no_step() -> None:
    assert seen_at_entry("unstarted", lambda task: (task.done(), state(task))) == {(False, inspect.CORO_CREATED)}


def test_an_unstarted_dependency_that_is_cancelled_never_has_a_step() -> None:
    assert {call.ending for call in calls_of(cancel_and_wait, "unstarted") if call.observation.done_exit} == {
        "cancelled"
    }


@pytest.mark.parametrize("ending", ["result", "exception", "cancelled"])
@pytest.mark.parametrize("before", ["", "cleanup/1+", "pending+"])
def test_a_dependency_that_is_done_at_entry_has_ended_so(before: str, ending: str) -> None:
    def look(task: Any) -> str:
        assert task.done()
        if task.cancelled():
            return "cancelled"
        return "result" if task.exception() is None else "exception"

    assert seen_at_entry(f"{before}done/{ending}", look) == {ending}
    for seen in observations(only_wait, f"{before}done/{ending}"):
        entry = {"result": seen.result_entry, "exception": seen.failed_entry, "cancelled": seen.cancelled_entry}
        assert [name for name, value in entry.items() if value] == [ending]
        assert seen.failed == (ending == "exception")
        assert seen.done_exit


def test_a_dependency_that_is_not_done_at_entry_is_not_reported_so() -> None:
    for seen in observations(cancel_and_wait):
        assert (seen.result_entry, seen.failed_entry, seen.cancelled_entry) == (False, False, False)


def test_a_future_as_the_dependency_is_no_task() -> None:
    assert seen_at_entry("future", lambda task: (type(task), isinstance(task, asyncio.Task))) == {
        (FutureDependency, False)
    }
    assert {call.ending for call in calls_of(only_wait, "future")} == {"result", "exception", "cancelled", "never"} | {
        "running"
    }


def test_a_dependency_is_a_real_task() -> None:
    assert seen_at_entry("plain", type) == {dependency_class(TaskKind.C)}
    assert issubclass(dependency_class(TaskKind.C), asyncio.Task)


@needs_eager
def test_an_eager_dependency_has_had_its_first_step_and_may_be_done() -> None:
    assert seen_at_entry("eager", lambda task: (task.done(), task._fut_waiter is None)) == {
        (False, False),
        (True, True),
    }


@needs_eager
def test_where_the_dependency_is_eager_the_tasks_of_the_call_are_too() -> None:
    order: list[str] = []

    async def make_a_task(task: Any) -> None:
        async def helper() -> None:
            order.append("helper")

        order.clear()
        made = asyncio.create_task(helper())
        order.append("call goes on")
        await made
        await cancel_and_wait(task)

    explore(make_a_task, "eager")
    assert order == ["helper", "call goes on"]
    explore(make_a_task, "plain")
    assert order == ["call goes on", "helper"]


def test_a_nested_dependency_is_itself_inside_a_call_on_a_third_task() -> None:
    callers: list[str] = []
    innermost: set[bool] = set()

    async def peek(task: Any) -> None:
        callers.append(asyncio.current_task().get_name())  # type: ignore[union-attr]
        if callers[-1] == "controller 1":
            innermost.add(task._fut_waiter is not None)
        await cancel_and_wait(task)

    exploration = explore(peek, "nested")
    assert set(callers[::2]) == {"dependency"}
    assert set(callers[1::2]) == {"controller 1"}
    assert len(callers) == 2 * exploration.executions
    assert innermost == {True}


def test_third_parties_and_the_dependency_itself_may_cancel_it() -> None:
    def endings(situation: str) -> set[str]:
        return {call.ending for call in calls_of(only_wait, situation) if call.observation.left}

    cancelled = "cancelled"  # in plain, only by the future that the dependency waits for
    asked: dict[str, set[int]] = {}

    async def count(task: Any) -> None:
        await only_wait(task)
        asked[situation].add(task.cancelling())

    for situation in ("plain", "third-party"):
        asked[situation] = set()
        explore(count, situation)
    assert asked["plain"] == {0}
    assert asked["third-party"] == {0, 1, 2}, "by somebody, or by itself, or by both"
    assert cancelled in endings("plain")
    for seen in observations(only_wait, "third-party"):
        assert (seen.by_call, seen.forwarded) == (0, 0)


def test_a_dependency_may_end_in_every_way_or_never() -> None:
    assert {call.ending for call in calls_of(cancel_and_wait, events=0)} == {
        "cancelled",
        "result",
        "exception",
        "suppressed",
        "never",
    } - {"result"}
    assert {call.ending for call in calls_of(only_wait, events=0)} >= {"result", "exception", "cancelled", "never"}


# Owners


@asynccontextmanager
async def owner(coroutine: Any) -> AsyncIterator[Any]:
    task = asyncio.create_task(coroutine)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize(
    "situation", ["plain", "cleanup/1", "pending", "unstarted", "third-party", "nested", "uncancel/1", "timeout"]
)
def test_an_owner_makes_the_dependency_and_leaving_it_is_the_call(situation: str) -> None:
    count, pending = parse_situation(situation).count, parse_situation(situation).pending
    seen = observations(owner, situation, owner=True)
    assert {each.count_entry for each in seen} == {count + pending}
    assert {each.pending for each in seen} == {pending}
    assert {each.by_call for each in seen if each.left} == {1}
    assert any(each.returned for each in seen) != pending


def test_an_owner_that_cannot_be_entered_is_told_and_stops_the_search() -> None:
    @asynccontextmanager
    async def broken(coroutine: Any) -> AsyncIterator[Any]:
        coroutine.close()
        if coroutine is not None:
            problem = "no room"
            raise OSError(problem)
        yield

    for situation in ("plain", "unstarted", "third-party", "cleanup/1", "uncancel/1", "timeout"):
        play = SituationWorld(
            Subject(function=broken, owner=True), parse_situation(situation), Bounds(events=1, steps=1), TaskKind.C
        )
        exploration = enumerate_schedules(play, Limits(executions=100))
        assert exploration.ended is Ended.STOPPED
        assert exploration.reason == "the call was never entered: OSError: no room"
