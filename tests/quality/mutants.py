"""Known-bad calls, each with exactly one fault against one of the good candidates, which the checker must find.

The originals are `treadle_wait`, `treadle_joined` and `treadle_await`. A mutant's docstring is its fault; the decorator
says which property finds it, in which situation, and with how few events of the environment.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

Call = Callable[[asyncio.Future[object]], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A known-bad call.

    `of` names the candidate that it was made from and `fault` says, in a sentence, where it departs from it.
    `found_by` is a property that it violates in `situation`, with `events` events of the environment and no fewer.
    """

    name: str
    function: Call
    of: str
    fault: str
    found_by: str
    situation: str
    events: int


_registered: list[Mutant] = []


def _mutant(*, of: str, found_by: str, situation: str, events: int) -> Callable[[Call], Call]:
    """Register a call under its own name; the first paragraph of its docstring is the fault."""

    def register(function: Call) -> Call:
        _registered.append(
            Mutant(
                name=function.__name__.replace("_", "-"),
                function=function,
                of=of,
                fault=" ".join((function.__doc__ or "").split()),
                found_by=found_by,
                situation=situation,
                events=events,
            )
        )
        return function

    return register


def _controller() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None, "a call runs in a task"
    return task


async def _interrupted_in_one_turn() -> bool:
    """Let the loop turn once, as treadle-await does first, and say whether a cancellation came up in it."""
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        return True
    return False


async def _wait_out(task: asyncio.Future[object]) -> None:
    """Wait until `task` is done, as treadle-joined does when it has been cancelled, whoever cancels meanwhile."""
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            continue


# Of treadle-wait.


@_mutant(of="treadle-wait", found_by="requested", situation="plain", events=0)
async def never_asks(task: asyncio.Future[object]) -> None:
    """It waits for the dependency without cancelling it."""
    if not task.done():
        await asyncio.wait([task])


@_mutant(of="treadle-wait", found_by="undisturbed", situation="plain", events=0)
async def asks_twice(task: asyncio.Future[object]) -> None:
    """It sends a second request right after the first."""
    if not task.done():
        task.cancel()
        task.cancel()
        await asyncio.wait([task])


@_mutant(of="treadle-wait", found_by="failure-kept", situation="done/exception", events=0)
async def cancels_without_a_look(task: asyncio.Future[object]) -> None:
    """It cancels a dependency that has failed already, which clears the report of the failure."""
    task.cancel()
    if not task.done():
        await asyncio.wait([task])


@_mutant(of="treadle-wait", found_by="failure-kept", situation="plain", events=0)
async def retrieves_the_failure(task: asyncio.Future[object]) -> None:
    """It asks for the dependency's exception, which counts as retrieved then, and does nothing with it."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()


@_mutant(of="treadle-wait", found_by="joined", situation="plain", events=0)
async def waits_one_turn(task: asyncio.Future[object]) -> None:
    """It takes one turn of the loop for the end of the dependency."""
    if not task.done():
        task.cancel()
        await asyncio.sleep(0)


@_mutant(of="treadle-wait", found_by="joined", situation="plain", events=0)
async def gives_up_after_a_second(task: asyncio.Future[object]) -> None:
    """It takes a wait that has timed out for one that has ended."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)


@_mutant(of="treadle-wait", found_by="lost", situation="plain", events=1)
async def takes_its_own_end_for_the_task_s(task: asyncio.Future[object]) -> None:
    """It swallows the CancelledError of the wait, which is the caller's."""
    if not task.done():
        task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            return


@_mutant(of="treadle-wait", found_by="phantom", situation="plain", events=0)
async def takes_the_task_s_end_for_its_own(task: asyncio.Future[object]) -> None:
    """It raises CancelledError when the dependency has ended cancelled."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        if task.cancelled():
            raise asyncio.CancelledError


@_mutant(of="treadle-wait", found_by="prompt", situation="plain", events=1)
async def lingers_for_a_turn(task: asyncio.Future[object]) -> None:
    """It suspends once more before it passes the caller's CancelledError on."""
    if not task.done():
        task.cancel()
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            raise


@_mutant(of="treadle-wait", found_by="accepts-done", situation="done/result", events=0)
async def insists_on_a_cancelled_end(task: asyncio.Future[object]) -> None:
    """It refuses a dependency that is done and was not cancelled."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
    elif not task.cancelled():
        problem = "the task is done already"
        raise RuntimeError(problem)


@_mutant(of="treadle-wait", found_by="accepts-done", situation="done/cancelled", events=0)
async def reads_the_outcome_of_a_done_task(task: asyncio.Future[object]) -> None:
    """It asks a dependency that is done for its result, and so raises what that one ended with."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
    else:
        task.result()


# Of treadle-joined.


@_mutant(of="treadle-joined", found_by="no-self-hang", situation="self", events=0)
async def waits_for_itself(task: asyncio.Future[object]) -> None:
    """It does not ask whether the dependency is the caller."""
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await _wait_out(task)
        raise


@_mutant(of="treadle-joined", found_by="lost", situation="plain", events=1)
async def forgets_what_it_deferred(task: asyncio.Future[object]) -> None:
    """It does not raise the deferred CancelledError once the dependency is done."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await _wait_out(task)


@_mutant(of="treadle-joined", found_by="joined-always", situation="plain", events=2)
async def defers_only_once(task: asyncio.Future[object]) -> None:
    """It waits once more after a cancellation and does not look at whether the dependency is done then."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


@_mutant(of="treadle-joined", found_by="undisturbed", situation="plain", events=1)
async def asks_in_every_turn(task: asyncio.Future[object]) -> None:
    """It cancels the dependency again whenever it goes on waiting."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        while not task.done():
            task.cancel()
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue
        raise


@_mutant(of="treadle-joined", found_by="undisturbed", situation="plain", events=2)
async def awaits_the_task_the_second_time(task: asyncio.Future[object]) -> None:
    """It awaits the dependency itself when it goes on waiting, so the next cancellation is forwarded."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        while not task.done():
            try:
                await task
            except asyncio.CancelledError:
                continue
        raise


@_mutant(of="treadle-joined", found_by="ends", situation="plain", events=1)
async def goes_on_until_cancelled(task: asyncio.Future[object]) -> None:
    """It goes on waiting until the dependency has ended cancelled, however else it may have ended."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        while not task.cancelled():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue
        raise


@_mutant(of="treadle-joined", found_by="ends", situation="plain", events=1)
async def waits_where_nobody_calls(task: asyncio.Future[object]) -> None:
    """It goes on waiting on a future that the dependency's done callback does not know."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def announce(_: asyncio.Future[object]) -> None:
        if not ended.done():
            ended.set_result(None)

    task.add_done_callback(announce)
    try:
        await ended
    except asyncio.CancelledError:
        while not task.done():
            try:
                await loop.create_future()
            except asyncio.CancelledError:
                continue
        raise
    finally:
        task.remove_done_callback(announce)


@_mutant(of="treadle-joined", found_by="scope-kept", situation="timeout", events=0)
async def cancels_itself_again(task: asyncio.Future[object]) -> None:
    """It counts the deferred cancellation a second time, by cancelling the caller, before it raises it."""
    if task is asyncio.current_task():
        raise RuntimeError
    if task.done():
        return
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await _wait_out(task)
        _controller().cancel()
        raise


# Of treadle-await.


@_mutant(of="treadle-await", found_by="phantom", situation="plain", events=0)
async def compares_with_at_least(task: asyncio.Future[object]) -> None:
    """On CancelledError, it takes a count that has not changed for one that has risen."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() >= before:
            raise
    except BaseException as failure:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="phantom", situation="uncancel/1", events=1)
async def compares_with_not_equal(task: asyncio.Future[object]) -> None:
    """On CancelledError, it takes a count that has fallen for one that has risen."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() != before:
            raise
    except BaseException as failure:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="phantom", situation="cleanup/1", events=0)
async def compares_with_zero(task: asyncio.Future[object]) -> None:
    """It takes no snapshot: any count above zero is a cancellation of this call."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() > 0:
            raise
    except BaseException as failure:
        if interrupted or controller.cancelling() > 0:
            raise asyncio.CancelledError from failure
        raise
    else:
        if interrupted or controller.cancelling() > 0:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="lost", situation="plain", events=1)
async def looks_too_late(task: asyncio.Future[object]) -> None:
    """It takes the snapshot after the await, so the count never rises."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    try:
        await task
    except asyncio.CancelledError:
        before = controller.cancelling()
        if interrupted or controller.cancelling() > before:
            raise
    except BaseException as failure:
        before = controller.cancelling()
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        before = controller.cancelling()
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="lost", situation="pending", events=0)
async def leaves_out_the_turn_before(task: asyncio.Future[object]) -> None:
    """It lets a cancellation that is pending at entry into the snapshot, and through the dependency."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if controller.cancelling() > before:
            raise
    except BaseException as failure:
        if controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="joined-always", situation="plain", events=1)
async def leaves_in_the_turn_before(task: asyncio.Future[object]) -> None:
    """It raises a cancellation that comes up in the first turn at once, and does not await the dependency."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    await asyncio.sleep(0)
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if controller.cancelling() > before:
            raise
    except BaseException as failure:
        if controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="lost", situation="plain", events=1)
async def trusts_a_normal_return(task: asyncio.Future[object]) -> None:
    """It does not look at the count when the dependency has a result."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() > before:
            raise
    except BaseException as failure:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        return


@_mutant(of="treadle-await", found_by="lost", situation="plain", events=1)
async def trusts_a_failure(task: asyncio.Future[object]) -> None:
    """It does not look at the count when the dependency has failed."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() > before:
            raise
    else:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="lost", situation="plain", events=1)
async def asks_the_task_whose_end_it_was(task: asyncio.Future[object]) -> None:
    """On CancelledError, it asks whether the dependency was cancelled, as if not both could be."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or not task.cancelled():
            raise
    except BaseException as failure:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


@_mutant(of="treadle-await", found_by="balanced", situation="cleanup/1", events=0)
async def uncancels_what_it_swallows(task: asyncio.Future[object]) -> None:
    """It calls uncancel() on the caller when it swallows the dependency's CancelledError."""
    if task.done():
        return
    controller = _controller()
    task.cancel()
    interrupted = await _interrupted_in_one_turn()
    before = controller.cancelling()
    try:
        await task
    except asyncio.CancelledError:
        if interrupted or controller.cancelling() > before:
            raise
        controller.uncancel()
    except BaseException as failure:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError from failure
        raise
    else:
        if interrupted or controller.cancelling() > before:
            raise asyncio.CancelledError


MUTANTS: tuple[Mutant, ...] = tuple(_registered)
"""Every mutant, in the order of this file."""
