"""Who asked whom, and what it did to the call: each observation of a call, on targets that do one thing on purpose."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from treadle.explorer import Ended, Limits, enumerate_schedules
from treadle.schedule import Bounds, TaskKind
from treadle.situation import CallOutcome, SituationWorld, Subject, parse_situation
from treadle_models.spec import LOST, PHANTOM, PROMPT, Observation

Target = Callable[[Any], Awaitable[object]]


def explore(target: Target, situation: str = "plain", *, events: int = 1, steps: int = 2) -> list[CallOutcome]:
    """List the distinct outcomes of a call of the target, over all schedules."""
    bounds = Bounds(events=events, steps=steps)
    play = SituationWorld(Subject(function=target), parse_situation(situation), bounds, TaskKind.C)
    exploration = enumerate_schedules(play, Limits())
    assert exploration.ended is not Ended.STOPPED, exploration.reason
    return [call for outcome in exploration.tallies for call in outcome]


def observe(target: Target, situation: str = "plain", **bounds: int) -> list[Observation]:
    return [call.observation for call in explore(target, situation, **bounds)]


def controller() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


# Targets


async def await_it(task: Any) -> None:
    await task


async def only_wait(task: Any) -> None:
    if not task.done():
        await asyncio.wait([task])


async def cancel_and_wait(task: Any) -> None:
    task.cancel()
    await asyncio.wait([task])


async def cancel_from_a_callback(task: Any) -> None:
    asyncio.get_running_loop().call_soon(task.cancel)
    await asyncio.wait([task])


async def cancel_from_a_done_callback(task: Any) -> None:
    future = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda _: task.cancel())
    future.set_result(None)
    await asyncio.wait([task])


async def cancel_from_a_timer(task: Any) -> None:
    asyncio.get_running_loop().call_later(1, task.cancel)
    await asyncio.wait([task])


async def cancel_from_a_helper_task(task: Any) -> None:
    async def help_out() -> None:
        await asyncio.sleep(0)
        task.cancel()

    helper = asyncio.create_task(help_out())
    await asyncio.wait([task, helper], return_when=asyncio.ALL_COMPLETED)


async def cancel_through_a_helper_that_awaits(task: Any) -> None:
    """The helper is cancelled by the call, and passes it on to what it awaits."""

    async def help_out() -> None:
        await task

    helper = asyncio.create_task(help_out())
    await asyncio.sleep(0)
    helper.cancel()
    await asyncio.wait([task, helper])


async def cancel_through_a_timeout(task: Any) -> None:
    async with asyncio.timeout(1):
        await task


async def cancel_twice(task: Any) -> None:
    task.cancel()
    task.cancel()
    await asyncio.wait([task])


# Requests of the dependency


@pytest.mark.parametrize(
    "target",
    [
        cancel_and_wait,
        cancel_from_a_callback,
        cancel_from_a_done_callback,
        cancel_from_a_timer,
        cancel_from_a_helper_task,
        cancel_through_a_helper_that_awaits,
    ],
)
@pytest.mark.parametrize("situation", ["plain", "cleanup/1", "pending", "third-party", "future", "nested"])
def test_what_the_call_sets_in_motion_is_its_own_doing(target: Target, situation: str) -> None:
    seen = [each for each in observe(target, situation) if each.returned]
    if situation == "pending":
        assert not seen, "it is cancelled where it suspends"
        seen = observe(target, situation)
    assert {(each.by_call, each.forwarded) for each in seen} <= {(0, 0), (1, 0)}
    assert situation == "pending" or (1, 0) in {(each.by_call, each.forwarded) for each in seen}


def test_a_cancel_by_the_call_counts_where_the_dependency_was_not_done() -> None:
    assert {seen.by_call for seen in observe(cancel_and_wait)} == {1}
    assert {seen.by_call for seen in observe(cancel_twice)} == {2}, "merged ones count too"
    for ending in ("result", "exception", "cancelled"):
        assert {seen.by_call for seen in observe(cancel_twice, f"done/{ending}")} == {0}


def test_a_cancel_of_the_caller_is_forwarded_through_its_await() -> None:
    seen = observe(await_it, events=2)
    assert {each.by_call for each in seen} == {0}
    assert {(each.requests, each.forwarded) for each in seen} == {(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)}


def test_a_cancel_of_the_caller_stops_at_a_wait_of_its_own() -> None:
    for target in (only_wait, cancel_and_wait):
        seen = observe(target, events=2)
        assert {each.forwarded for each in seen} == {0}
        assert {each.requests for each in seen} >= {0, 1}


def test_a_pending_cancel_is_forwarded_when_it_is_delivered_at_an_await() -> None:
    assert {(each.by_call, each.forwarded) for each in observe(await_it, "pending", events=0)} == {(0, 1)}


def test_a_pending_cancel_is_forwarded_once_even_where_the_call_cancels_too() -> None:
    async def cancel_and_await(task: Any) -> None:
        task.cancel()
        await task

    assert {(each.by_call, each.forwarded) for each in observe(cancel_and_await, "pending", events=0)} == {(1, 1)}


def test_others_requests_of_the_dependency_are_nobody_s_here() -> None:
    counts: set[int] = set()

    async def count(task: Any) -> None:
        await only_wait(task)
        counts.add(task.cancelling())

    assert {(each.by_call, each.forwarded) for each in observe(count, "third-party", events=2)} == {(0, 0)}
    assert counts == {0, 1, 2, 3}, "two by others, one by the dependency itself"


def test_in_shared_the_other_controller_is_a_third_party() -> None:
    for seen in observe(cancel_and_wait, "shared"):
        assert seen.by_call in {0, 1}
        assert seen.forwarded == 0
    assert {(each.by_call, each.forwarded) for each in observe(await_it, "shared", events=2)} >= {(0, 0), (0, 1)}


def test_a_cancel_that_comes_after_the_exit_is_not_the_call_s() -> None:
    async def leave_a_timer_behind(task: Any) -> None:
        asyncio.get_running_loop().call_soon(task.cancel)

    assert {(each.by_call, each.forwarded) for each in observe(leave_a_timer_behind)} == {(0, 0)}


# Requests of the controller


def test_a_request_is_counted_where_others_make_it_during_the_call() -> None:
    assert {each.requests for each in observe(only_wait, events=3)} >= {0, 1}
    assert {each.requests for each in observe(only_wait, events=0)} == {0}
    assert all(each.count_exit == each.requests for each in observe(only_wait, events=3))


def test_a_cancel_from_the_dependency_s_own_step_is_a_request_by_others() -> None:
    """With no event left for the gaps, it is an event as well."""
    seen = [call for call in explore(cancel_and_wait, steps=1) if call.ending == "suppressed"]
    assert {call.observation.requests for call in seen} == {0, 1}


@pytest.mark.parametrize("how", ["directly", "from a callback", "from a helper", "by a timeout"])
def test_what_the_call_does_to_its_caller_is_no_request(how: str) -> None:
    async def cancel_oneself(_: object) -> None:
        loop, current = asyncio.get_running_loop(), controller()

        async def help_out() -> None:
            current.cancel()

        try:
            if how == "directly":
                current.cancel()
                await asyncio.sleep(0)
            elif how == "from a callback":
                loop.call_soon(current.cancel)
                await asyncio.sleep(1)
            elif how == "from a helper":
                async with asyncio.TaskGroup() as group:
                    group.create_task(help_out())
                    await loop.create_future()
            else:
                async with asyncio.timeout(1):
                    await loop.create_future()
        except (asyncio.CancelledError, TimeoutError):
            return

    seen = observe(cancel_oneself, events=0)
    assert {each.requests for each in seen} == {0}
    assert {each.outstanding for each in seen} == {0}
    assert {each.returned for each in seen} == {True}


def test_what_the_call_takes_back_itself_is_no_withdrawal() -> None:
    async def uncancel(task: Any) -> None:
        controller().uncancel()
        await cancel_and_wait(task)

    for seen in observe(uncancel, "cleanup/1"):
        assert seen.withdrawals == 0
        assert seen.count_exit == seen.requests


def test_a_timeout_of_the_call_that_reaches_the_dependency_is_forwarded_and_no_request() -> None:
    seen = observe(cancel_through_a_timeout, events=0)
    assert {(each.requests, each.by_call) for each in seen} == {(0, 0)}
    assert {each.forwarded for each in seen} == {0, 1}


# In a context that the target has made


def run_blank(function: Callable[[], object]) -> None:
    contextvars.Context().run(function)


def call_blank(function: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_soon(function, context=contextvars.Context())


def time_blank(function: Callable[[], object]) -> None:
    asyncio.get_running_loop().call_later(1e-4, function, context=contextvars.Context())


def help_blank(function: Callable[[], object]) -> None:
    async def help_out() -> None:
        await asyncio.sleep(0)
        function()

    helper = asyncio.create_task(help_out(), context=contextvars.Context())
    helper.add_done_callback(lambda _: None)


HOWS = [run_blank, call_blank, time_blank, help_blank]


def cancelling_by(how: Callable[[Callable[[], object]], None]) -> Target:
    async def cancel_and_wait_by(task: Any) -> None:
        how(task.cancel)
        await asyncio.wait([task])

    return cancel_and_wait_by


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("situation", ["plain", "cleanup/1", "third-party", "uncancel/0", "timeout", "group"])
def test_a_cancel_in_a_context_of_the_target_s_own_is_the_call_s(
    how: Callable[[Callable[[], object]], None], situation: str
) -> None:
    seen = [each for each in observe(cancelling_by(how), situation) if each.returned]
    assert (1, 0) in {(each.by_call, each.forwarded) for each in seen}
    assert {(each.by_call, each.forwarded) for each in seen} <= {(0, 0), (1, 0)}


@pytest.mark.parametrize("how", HOWS)
def test_what_the_call_does_to_its_caller_in_such_a_context_is_no_request(
    how: Callable[[Callable[[], object]], None],
) -> None:
    async def cancel_oneself(_: object) -> None:
        current = controller()
        how(current.cancel)
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            run_blank(current.uncancel)

    for situation in ("plain", "cleanup/1", "uncancel/0"):
        seen = observe(cancel_oneself, situation, events=0)
        assert {(each.requests, each.outstanding, each.withdrawals) for each in seen} == {(0, 0, 0)}
        assert {(each.returned, each.redelivered) for each in seen} == {(True, False)}
    assert 1 in {each.requests for each in observe(cancel_oneself)}, "others are counted as before"


def test_what_a_call_leaves_behind_in_such_a_context_may_cancel_the_caller_late() -> None:
    async def cancel_later(task: Any) -> None:
        task.cancel()
        time_blank(controller().cancel)

    assert {each.redelivered for each in observe(cancel_later, events=0)} == {True}


@pytest.mark.parametrize("how", [run_blank, help_blank])
def test_of_two_calls_it_is_that_of_the_one_that_runs_or_has_made_the_task(
    how: Callable[[Callable[[], object]], None],
) -> None:
    for target in (cancelling_by(how), cancel_and_wait):
        seen = observe(target, "shared", events=0)
        assert {(each.by_call, each.forwarded) for each in seen if each.returned} <= {(0, 0), (1, 0)}
        assert (1, 0) in {(each.by_call, each.forwarded) for each in seen}
    seen = observe(cancelling_by(how), "nested", events=0)
    assert {(each.by_call, each.forwarded) for each in seen if each.returned} == {(1, 0)}


@pytest.mark.parametrize("how", [call_blank, time_blank])
@pytest.mark.parametrize("situation", ["shared", "nested"])
def test_where_it_cannot_be_told_which_of_two_calls_cancels_that_is_unsupported(
    how: Callable[[Callable[[], object]], None], situation: str
) -> None:
    with pytest.raises(AssertionError, match="it cannot be told which of them does that"):
        explore(cancelling_by(how), situation)


def test_a_dependency_inside_a_call_of_its_own_that_uses_such_a_context_is_others() -> None:
    async def cancel_and_take_back(task: Any) -> None:
        task.cancel()
        run_blank(controller().cancel)
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            run_blank(controller().uncancel)
        await asyncio.wait([task])

    assert {each.by_call for each in observe(cancel_and_take_back, "nested", events=0)} == {1}


# What became of the request


def test_a_call_that_leaves_at_once_is_not_late() -> None:
    for situation in ("plain", "cleanup/1", "pending"):
        seen = [each for each in observe(cancel_and_wait, situation, events=2) if each.due]
        assert seen
        assert not any(each.late for each in seen)


async def stay_for_a_turn(task: Any) -> None:
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        raise


async def stay_to_the_end(task: Any) -> None:
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@pytest.mark.parametrize("target", [stay_for_a_turn, stay_to_the_end, await_it])
def test_a_call_that_stays_after_a_request_is_late(target: Target) -> None:
    seen = observe(target)
    assert any(each.late for each in seen)
    assert all(each.due for each in seen if each.late)
    assert not any(each.due for each in seen if not each.requests)
    assert any(not PROMPT.holds(each) for each in seen)


def test_a_call_is_not_late_where_what_it_has_set_in_motion_cancels_the_caller_as_well() -> None:
    """The next callback is `caller.cancel`, a method of the task that has to leave, and no step of it."""

    async def with_a_deadline(task: Any) -> None:
        task.cancel()
        timer = asyncio.get_running_loop().call_later(1, controller().cancel)
        try:
            await asyncio.wait([task])
        finally:
            timer.cancel()

    seen = [each for each in observe(with_a_deadline) if each.due]
    assert seen
    assert not any(each.late for each in seen)


def test_nothing_is_due_where_nobody_cancels() -> None:
    assert {(each.due, each.late) for each in observe(stay_to_the_end, events=0)} == {(False, False)}


def test_a_cancel_that_the_call_leaves_pending_is_redelivered() -> None:
    async def cancel_the_caller(task: Any) -> None:
        task.cancel()
        controller().cancel()

    for seen in observe(cancel_the_caller, events=0):
        assert (seen.returned, seen.requests, seen.redelivered) == (True, 0, True)
        assert not PHANTOM.holds(seen)


def test_a_pending_cancel_is_not_lost_by_a_call_that_does_not_suspend() -> None:
    async def cancel_and_leave(task: Any) -> None:
        task.cancel()

    for seen in observe(cancel_and_leave, "pending", events=0):
        assert (seen.returned, seen.outstanding, seen.redelivered) == (True, 1, True)
        assert LOST.holds(seen)


def test_a_cancel_that_the_call_swallows_is_not_redelivered() -> None:
    async def swallow(task: Any) -> None:
        task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            return

    seen = [each for each in observe(swallow) if each.outstanding]
    assert any(each.returned for each in seen)
    assert not any(each.redelivered for each in seen)
    assert not all(LOST.holds(each) for each in seen)


def test_a_request_after_the_exit_is_not_taken_for_a_late_delivery() -> None:
    """The run-down lets a timer of the call cancel the caller: that is a redelivery; but nobody else does."""

    async def cancel_later(task: Any) -> None:
        task.cancel()
        asyncio.get_running_loop().call_later(1, controller().cancel)

    assert {each.redelivered for each in observe(cancel_later, events=0)} == {True}
    assert {each.redelivered for each in observe(cancel_and_wait, events=2)} == {False}


# What became of a failure


async def look_at_the_failure(task: Any) -> None:
    if task.done() and not task.cancelled():
        task.exception()


async def raise_the_failure(task: Any) -> None:
    if task.done():
        task.result()


async def raise_a_group_with_the_failure(task: Any) -> None:
    problem = "deep inside"
    raise ExceptionGroup(problem, [ValueError(), ExceptionGroup(problem, [task.exception()])])


async def raise_another_failure(task: Any) -> None:
    task.exception()
    raise ValueError


@pytest.mark.parametrize(
    ("target", "cleared", "raised"),
    [
        (only_wait, False, False),
        (cancel_and_wait, True, False),
        (look_at_the_failure, True, False),
        (raise_the_failure, True, True),
        (raise_a_group_with_the_failure, True, True),
        (raise_another_failure, True, False),
    ],
)
def test_a_failure_from_before_is_seen_to_be_kept_raised_or_cleared(
    target: Target, cleared: bool, raised: bool
) -> None:
    seen = observe(target, "done/exception", events=0)
    assert {(each.failed, each.cleared, each.failure_raised) for each in seen} == {(True, cleared, raised)}


def test_a_failure_during_the_call_is_seen_too() -> None:
    failed = [each for each in observe(cancel_and_wait) if each.failed]
    assert {(each.cleared, each.failure_raised) for each in failed} == {(False, False)}
    failed = [each for each in observe(await_it) if each.failed and each.raised]
    assert {(each.cleared, each.failure_raised) for each in failed} == {(True, True)}


def test_a_cancel_that_is_forwarded_to_a_failed_dependency_clears_its_report() -> None:
    """The caller is cancelled after the dependency failed and before it has been woken."""
    seen = [each for each in observe(await_it) if each.failed and each.cancelled]
    assert {(each.forwarded, each.cleared, each.failure_raised) for each in seen} == {(0, True, False)}


def test_in_shared_a_failure_that_either_raises_is_raised() -> None:
    seen = [each for each in observe(await_it, "shared", events=0) if each.failed]
    assert seen
    assert {each.failure_raised for each in seen} == {True}
