"""The candidates on stock asyncio, where nobody disturbs them: each behaves as its source says."""

import asyncio
import gc
import inspect
import pkgutil
import warnings
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import pytest

import treadle_models.candidates
from treadle_models.candidates import CANDIDATES, Candidate
from treadle_models.candidates.osipenko_lock import Lock
from treadle_models.candidates.osipenko_lock_repaired import RepairedLock, osipenko_lock_repaired
from treadle_models.spec import BY_NAME

OF_THE_THREAD = (
    "docs-example",
    "osipenko-check",
    "osipenko-proposal",
    "osipenko-repeat",
    "osipenko-lock",
    "osipenko-lock-repaired",
    "taskgroup",
    "later-shield",
    "tacca-wait-done",
    "tacca-corrected",
    "rrevans-wait",
    "cbornet-example",
    "vietthan-cancel-task",
    "lendvorsky-counter",
    "loucadufault-wait-for",
)
OURS = ("treadle-wait", "treadle-joined", "treadle-await")
CALLS = tuple(name for name, candidate in CANDIDATES.items() if not candidate.owner)

RAISES_WHEN_THE_TASK_ENDS_CANCELLED = {"osipenko-proposal", "loucadufault-wait-for"}
FAILS_ON_A_RESULT = {
    "osipenko-proposal": RuntimeError,
    "osipenko-repeat": RuntimeError,
    "tacca-corrected": RuntimeError,
    "lendvorsky-counter": RuntimeError,
    "later-shield": asyncio.InvalidStateError,
}
NEVER_SHOWS_THE_OUTCOME = {
    "tacca-wait-done",
    "rrevans-wait",
    "cbornet-example",
    "vietthan-cancel-task",
    "treadle-wait",
    "treadle-joined",
}
LEAVES_A_DONE_TASK_ALONE = {"later-shield", "vietthan-cancel-task", "lendvorsky-counter", *OURS}

every_candidate = pytest.mark.parametrize("candidate", CANDIDATES.values(), ids=CANDIDATES)
every_call = pytest.mark.parametrize("name", CALLS)


class BrokenError(Exception):
    """What a failing dependency raises."""


async def wait_for_ever() -> None:
    """End only by cancellation."""
    await asyncio.get_running_loop().create_future()


async def absorb() -> str:
    """Take a cancellation as a reason to return a result."""
    try:
        await wait_for_ever()
    except asyncio.CancelledError:
        return "absorbed"
    return "never"


async def fail() -> None:
    """Answer a cancellation with a failure."""
    try:
        await wait_for_ever()
    except asyncio.CancelledError:
        raise BrokenError from None


async def clean_up() -> None:
    """Answer a cancellation with some work, which takes turns of the loop, and then end cancelled."""
    try:
        await wait_for_ever()
    finally:
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def started(dependency: Callable[[], Any]) -> asyncio.Task[object]:
    """Return a task for `dependency` that has had its first step."""
    task: asyncio.Task[object] = asyncio.create_task(dependency())
    await asyncio.sleep(0)
    return task


async def failure_of(awaitable: Awaitable[object]) -> BaseException | None:
    """Await, and return what it raises, or nothing."""
    try:
        await awaitable
    except BaseException as error:  # noqa: BLE001 - whatever a candidate raises is what is asked for
        return error
    return None


def call(name: str, task: asyncio.Future[Any]) -> Awaitable[object]:
    result: Awaitable[object] = CANDIDATES[name].function(task)
    return result


def test_every_candidate_of_the_thread_and_our_three_are_there_in_order() -> None:
    assert tuple(CANDIDATES) == OF_THE_THREAD + OURS


def test_each_file_holds_one_candidate() -> None:
    """A candidate's file is named as the candidate is, and its one main function too."""
    files = [module.name for module in pkgutil.iter_modules(treadle_models.candidates.__path__)]
    names = [name for name in files if not name.startswith("_")]
    assert sorted(names) == sorted(name.replace("-", "_") for name in CANDIDATES)
    for name in names:
        module = import_module(f"treadle_models.candidates.{name}")
        assert module.CANDIDATE.name == name.replace("_", "-")
        assert module.CANDIDATE.function is getattr(module, name)


@every_candidate
def test_what_is_known_of_a_candidate_is_complete(candidate: Candidate) -> None:
    """Ours settle no claim; every other names one, and every exclusion gives its reason."""
    ours = candidate.name in OURS
    assert (candidate.claim == "") == ours
    assert candidate.source.startswith("ours") == ours
    assert candidate.summary.endswith(".")
    assert all(candidate.excludes.values())
    assert not set(candidate.excludes) & set(BY_NAME), "a candidate excludes situations, not properties"


@every_candidate
def test_the_dependency_is_the_only_required_argument(candidate: Candidate) -> None:
    parameters = list(inspect.signature(candidate.function).parameters.values())
    assert [each.name for each in parameters if each.default is each.empty] == [
        "dependency" if candidate.owner else "task"
    ]
    assert inspect.iscoroutinefunction(candidate.function) != candidate.owner


@every_call
def test_a_call_on_a_waiting_task_ends_with_the_task_cancelled(name: str) -> None:
    """Nobody disturbing, it returns, or raises CancelledError where the task's own is passed on."""

    async def main() -> None:
        task = await started(wait_for_ever)
        error = await failure_of(call(name, task))
        assert task.cancelled()
        assert isinstance(error, asyncio.CancelledError) == (name in RAISES_WHEN_THE_TASK_ENDS_CANCELLED)
        assert error is None or isinstance(error, asyncio.CancelledError)

    asyncio.run(main())


@every_call
def test_a_call_waits_for_a_task_that_cleans_up(name: str) -> None:
    async def main() -> None:
        task = await started(clean_up)
        await failure_of(call(name, task))
        assert task.cancelled()

    asyncio.run(main())


@every_call
def test_a_task_that_answers_with_a_result_is_an_error_to_some(name: str) -> None:
    async def main() -> None:
        task = await started(absorb)
        error = await failure_of(call(name, task))
        assert task.result() == "absorbed"
        assert type(error) is FAILS_ON_A_RESULT.get(name, type(None))

    asyncio.run(main())


@every_call
def test_a_failure_of_the_task_comes_up_wherever_the_task_is_awaited(name: str) -> None:
    async def main() -> None:
        task = await started(fail)
        error = await failure_of(call(name, task))
        assert isinstance(task.exception(), BrokenError)
        assert isinstance(error, BrokenError) == (name not in NEVER_SHOWS_THE_OUTCOME)

    asyncio.run(main())


@every_call
def test_a_failure_from_before_the_call_is_reported_unless_the_call_cancels_a_done_task(name: str) -> None:
    """asyncio reports a failure that nobody has retrieved; `cancel()` on a failed task calls that off."""

    async def main() -> list[str]:
        reports: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context["message"]))
        task: asyncio.Task[object] = asyncio.create_task(raise_at_once())
        await asyncio.wait([task])
        error = await failure_of(call(name, task))
        assert isinstance(error, BrokenError) == (name not in NEVER_SHOWS_THE_OUTCOME | LEAVES_A_DONE_TASK_ALONE)
        del task, error
        gc.collect()
        return reports

    async def raise_at_once() -> None:
        raise BrokenError

    reported = asyncio.run(main()) != []
    assert reported == (name in LEAVES_A_DONE_TASK_ALONE)


@pytest.mark.parametrize("name", [name for name in CALLS if "future" not in CANDIDATES[name].excludes])
def test_a_plain_future_will_do_where_the_contract_has_it(name: str) -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        await failure_of(call(name, future))
        assert future.cancelled()

    asyncio.run(main())


def test_the_counter_of_the_task_cannot_be_read_from_a_plain_future() -> None:
    async def main() -> None:
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(AttributeError, match="cancelling"):
            await call("lendvorsky-counter", future)

    asyncio.run(main())


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("dependency", [wait_for_ever, absorb, clean_up])
def test_our_calls_cancel_and_return(name: str, dependency: Callable[[], Any]) -> None:
    async def main() -> None:
        task = await started(dependency)
        await call(name, task)
        assert task.done()
        assert task.cancelling() == 1, "the task was asked once"

    asyncio.run(main())


@pytest.mark.parametrize("name", OURS)
def test_our_calls_leave_a_done_task_alone(name: str) -> None:
    """They return without suspending, and do not ask a task that is done to stop."""

    async def main() -> None:
        task: asyncio.Task[object] = asyncio.create_task(asyncio.sleep(0, "done"))
        await task
        turns: list[str] = []
        asyncio.get_running_loop().call_soon(turns.append, "turn")
        await call(name, task)
        assert turns == []
        assert task.cancelling() == 0

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("treadle-wait", asyncio.CancelledError),
        ("treadle-joined", RuntimeError),
        ("treadle-await", asyncio.CancelledError),
    ],
)
def test_our_calls_on_the_calling_task_end(name: str, error: type[BaseException]) -> None:
    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        with pytest.raises(error):
            await call(name, task)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("name", "stays"), [("treadle-wait", False), ("treadle-joined", True), ("treadle-await", True)]
)
def test_our_calls_raise_the_callers_cancellation(name: str, stays: bool) -> None:
    """`treadle-wait` gets away at once; the other two stay until the task is done. The count is left to its owner."""

    async def main() -> None:
        let_go = asyncio.Event()

        async def linger() -> None:
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue

        task = await started(linger)
        controller: asyncio.Task[object] = asyncio.ensure_future(failure_of(call(name, task)))
        for _ in range(3):
            await asyncio.sleep(0)
        controller.cancel("why")
        for _ in range(5):
            await asyncio.sleep(0)
        assert controller.done() != stays
        let_go.set()
        assert isinstance(await controller, asyncio.CancelledError)
        assert controller.cancelling() == 1
        await task

    asyncio.run(main())


def test_treadle_joined_raises_the_first_cancellation_as_it_came() -> None:
    """Scopes tell their own cancellation by its message."""

    async def main() -> None:
        task = await started(clean_up)
        controller: asyncio.Task[object] = asyncio.ensure_future(failure_of(call("treadle-joined", task)))
        await asyncio.sleep(0)
        controller.cancel("first")
        await asyncio.sleep(0)
        controller.cancel("second")
        error = await controller
        assert isinstance(error, asyncio.CancelledError)
        assert error.args == ("first",)

    asyncio.run(main())


@pytest.mark.parametrize("name", OURS)
def test_a_cancellation_that_is_pending_at_entry_reaches_the_caller_and_not_the_task(name: str) -> None:
    async def main() -> None:
        task = await started(clean_up)

        async def cancel_oneself_and_call() -> None:
            current = asyncio.current_task()
            assert current is not None
            current.cancel()
            await call(name, task)

        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(cancel_oneself_and_call())
        assert task.cancelling() == 1
        await asyncio.wait([task])

    asyncio.run(main())


@pytest.mark.parametrize("name", OURS)
def test_our_calls_work_in_a_task_that_is_being_cancelled(name: str) -> None:
    """Called from a cleanup, they do not take the older cancellation for a new one."""

    async def main() -> None:
        task = await started(clean_up)
        ended: list[bool] = []

        async def controller() -> None:
            try:
                await wait_for_ever()
            finally:
                await call(name, task)
                ended.append(task.done())

        caller = await started(controller)
        caller.cancel()
        await asyncio.wait([caller])
        assert ended == [True]

    asyncio.run(main())


def test_osipenko_repeat_asks_again_a_task_that_uncancels_itself() -> None:
    async def uncancel_once() -> None:
        current = asyncio.current_task()
        assert current is not None
        try:
            await wait_for_ever()
        except asyncio.CancelledError:
            current.uncancel()
        await wait_for_ever()

    async def main() -> None:
        task = await started(uncancel_once)
        await call("osipenko-repeat", task)
        assert task.cancelled()

    asyncio.run(main())


def test_wait_for_gives_up_after_its_timeout_and_swallows_the_error() -> None:
    """The task is cancelled a second time then, and its failure to end in five seconds is not told."""

    async def resist_once() -> None:
        try:
            await wait_for_ever()
        except asyncio.CancelledError:
            await wait_for_ever()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        real = loop.time
        task = await started(resist_once)
        caller = asyncio.ensure_future(call("loucadufault-wait-for", task))
        await asyncio.sleep(0)
        loop.time = lambda: real() + 10  # type: ignore[method-assign]  # five seconds are over
        await caller
        assert task.cancelled()
        assert task.cancelling() == 2

    asyncio.run(main())


@pytest.mark.parametrize("name", ["osipenko-lock-repaired", "taskgroup"])
def test_an_owner_creates_the_task_and_leaving_it_is_the_call(name: str) -> None:
    async def main() -> None:
        manager = CANDIDATES[name].function(clean_up())
        task = await manager.__aenter__()
        assert isinstance(task, asyncio.Task)
        await asyncio.sleep(0)
        assert not task.done()
        await manager.__aexit__(None, None, None)
        assert task.cancelled()

    asyncio.run(main())


@pytest.mark.parametrize("name", ["osipenko-lock-repaired", "taskgroup"])
def test_an_owner_raises_a_group_with_the_failure_of_its_task(name: str) -> None:
    async def main() -> None:
        manager = CANDIDATES[name].function(fail())
        await manager.__aenter__()
        await asyncio.sleep(0)
        with pytest.raises(ExceptionGroup) as caught:
            await manager.__aexit__(None, None, None)
        assert [type(error) for error in caught.value.exceptions] == [BrokenError]

    asyncio.run(main())


def test_the_posted_lock_fails_on_entry() -> None:
    """It looks at an attribute that no line sets. The dependency never becomes a task, and nobody is warned of it."""

    async def main() -> None:
        dependency = wait_for_ever()
        lock = CANDIDATES["osipenko-lock"].function(dependency)
        with pytest.raises(AttributeError, match="'task'"):
            await lock.__aenter__()
        assert inspect.getcoroutinestate(dependency) == inspect.CORO_CLOSED
        assert not lock.held

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(main())
        gc.collect()


def test_the_repaired_lock_is_the_posted_one_but_for_a_name() -> None:
    assert (Lock.guard, RepairedLock.guard) == ("task", "resetter_task")
    assert {name for name in vars(RepairedLock) if not name.startswith("__")} == {"guard"}


def test_the_row_of_the_repaired_lock_outlives_its_watchdog() -> None:
    async def main() -> None:
        lock = osipenko_lock_repaired(clean_up())
        held_at_the_end: list[bool] = []
        task = await lock.__aenter__()
        task.add_done_callback(lambda _: held_at_the_end.append(lock.held))
        await asyncio.sleep(0)
        await lock.__aexit__(None, None, None)
        assert held_at_the_end == [True]
        assert not lock.held

    asyncio.run(main())


def test_no_two_locks_share_a_table() -> None:
    async def main() -> None:
        async with osipenko_lock_repaired(clean_up()) as task, osipenko_lock_repaired(clean_up()):
            await asyncio.sleep(0)
        assert task.cancelled()

    asyncio.run(main())


def test_a_lock_that_is_entered_twice_says_so() -> None:
    async def main() -> None:
        lock = osipenko_lock_repaired(clean_up())
        async with lock as task:
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="before"):
                _ = await lock.__aenter__()
            assert not task.done()

    asyncio.run(main())


def test_a_lock_that_is_cancelled_on_entry_closes_its_dependency() -> None:
    async def main() -> None:
        dependency = wait_for_ever()
        entry = asyncio.ensure_future(osipenko_lock_repaired(dependency).__aenter__())
        await asyncio.sleep(0)
        entry.cancel()
        with pytest.raises(asyncio.CancelledError):
            _ = await entry
        assert inspect.getcoroutinestate(dependency) == inspect.CORO_CLOSED

    asyncio.run(main())
