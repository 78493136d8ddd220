"""The loop: programs do on it what they do on stock asyncio, time is virtual, and what it refuses it names."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import selectors
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest

from treadle.errors import UnsupportedError
from treadle.loop import Loop, TimerHandle, base_task, task_kind
from treadle.loop.unsupported import _CALLS
from treadle.schedule import TaskKind

Log = list[Any]
Main = Callable[[Log], Coroutine[Any, Any, object]]

programs: list[Main] = []
every_kind = pytest.mark.parametrize("kind", list(TaskKind))


class BrokenError(Exception):
    """What fails on purpose."""


def program(main: Main) -> Main:
    """Register a program that is run on both loops; what it logs and returns must be the same."""
    programs.append(main)
    return main


async def say(log: Log, name: str, delay: float = 0, error: type[Exception] | None = None) -> str:
    """Log a beginning and an end, and a cancellation."""
    log.append(f"{name} begins")
    try:
        await asyncio.sleep(delay)
    except asyncio.CancelledError:
        log.append(f"{name} is cancelled")
        raise
    if error is not None:
        raise error(name)
    log.append(f"{name} ends")
    return name


@program
async def waits_for_the_first_of_three(log: Log) -> object:
    tasks = [asyncio.create_task(say(log, str(delay), delay / 100)) for delay in (3, 1, 2)]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    log.append([tasks.index(task) for task in done])
    for task in tasks:
        task.cancel()
    await asyncio.wait(pending)
    return [task.cancelled() for task in tasks]


@program
async def waits_until_the_first_exception_and_with_a_timeout(log: Log) -> object:
    tasks = [
        asyncio.create_task(say(log, "slow", 0.05)),
        asyncio.create_task(say(log, "fails", 0.01, BrokenError)),
        asyncio.create_task(say(log, "quick")),
    ]
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    log.append((len(done), len(pending), type(tasks[1].exception())))
    done, pending = await asyncio.wait(pending, timeout=0.005)
    log.append((len(done), len(pending)))
    return await asyncio.gather(*pending)


@program
async def waits_for_one_thing_in_time_and_for_another_too_long(log: Log) -> object:
    log.append(await asyncio.wait_for(say(log, "quick", 0.001), 0.5))
    try:
        await asyncio.wait_for(say(log, "slow", 0.5), 0.01)
    except TimeoutError:
        log.append("TimeoutError")
    return await asyncio.wait_for(say(log, "patient"), None)


@program
async def times_out_inside_of_a_longer_timeout(log: Log) -> object:
    async with asyncio.timeout(0.5) as outer:
        try:
            async with asyncio.timeout(0.005) as inner:
                await say(log, "slow", 0.1)
        except TimeoutError:
            log.append("inner")
        outer.reschedule(None)
        await say(log, "goes on", 0.001)
    current = asyncio.current_task()
    assert current is not None
    return inner.expired(), outer.expired(), current.cancelling()


@program
async def groups_tasks_of_which_one_fails(log: Log) -> object:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(say(log, "first", 0.05))
            group.create_task(say(log, "fails", 0.005, BrokenError))
            await say(log, "body", 0.05)
    except* BrokenError as broken:
        log.append([str(error) for error in broken.exceptions])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(say(log, "good"))
    return task.result()


@program
async def gathers_results_and_failures(log: Log) -> object:
    found = await asyncio.gather(
        say(log, "one", 0.002), say(log, "two", 0.001, BrokenError), say(log, "three"), return_exceptions=True
    )
    try:
        await asyncio.gather(say(log, "four", 0.001, BrokenError), say(log, "five"))
    except BrokenError as error:
        log.append(str(error))
    return list(map(repr, found))


@program
async def shields_a_task_from_its_caller(log: Log) -> object:
    inner = asyncio.create_task(say(log, "inner", 0.005))

    async def outer() -> None:
        await asyncio.shield(inner)

    caller = asyncio.create_task(outer())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    log.append((caller.cancelled(), inner.done()))
    return await inner


@program
async def passes_things_through_a_queue(log: Log) -> object:
    queue: asyncio.Queue[int] = asyncio.Queue(2)

    async def produce() -> None:
        for number in range(6):
            await queue.put(number)
            log.append(f"put {number}")

    async def consume(name: str) -> None:
        while True:
            number = await queue.get()
            log.append(f"{name} got {number}")
            queue.task_done()

    consumers = [asyncio.create_task(consume(name)) for name in "ab"]
    await produce()
    await queue.join()
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)
    priorities: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
    for number in (3, 1, 2):
        priorities.put_nowait(number)
    return [await priorities.get() for _ in range(3)]


@program
async def takes_a_lock_in_the_order_of_asking(log: Log) -> object:
    lock = asyncio.Lock()

    async def hold(name: str) -> None:
        async with lock:
            await say(log, name, 0.001)

    tasks = [asyncio.create_task(hold(name)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return lock.locked()


@program
async def wakes_all_who_wait_for_an_event(log: Log) -> object:
    event = asyncio.Event()

    async def wait(name: str) -> None:
        await event.wait()
        log.append(name)

    tasks = [asyncio.create_task(wait(name)) for name in "abc"]
    await asyncio.sleep(0)
    event.set()
    await asyncio.wait(tasks)
    return event.is_set()


@program
async def lets_two_at_a_time_through_a_semaphore(log: Log) -> object:
    semaphore = asyncio.BoundedSemaphore(2)

    async def enter(name: str) -> None:
        async with semaphore:
            await say(log, name, delays[name])

    delays = {"a": 0.001, "b": 0.02, "c": 0.04, "d": 0.05}
    await asyncio.gather(*(enter(name) for name in delays))
    return semaphore.locked()


@program
async def notifies_a_condition(log: Log) -> object:
    condition = asyncio.Condition()
    stock = 0

    async def take(name: str) -> None:
        nonlocal stock
        async with condition:
            await condition.wait_for(lambda: stock > 0)
            stock -= 1
            log.append(f"{name}, {stock} left")

    tasks = [asyncio.create_task(take(name)) for name in "ab"]
    await asyncio.sleep(0)
    for _ in range(2):
        async with condition:
            stock += 1
            condition.notify_all()
        await asyncio.sleep(0.001)
    return len((await asyncio.wait(tasks))[0])


@program
async def meets_at_a_barrier(log: Log) -> object:
    barrier = asyncio.Barrier(3)

    async def meet(name: str) -> None:
        async with barrier as place:
            log.append(f"{name} {place}")

    await asyncio.gather(*(meet(name) for name in "abc"))
    return barrier.n_waiting


@program
async def takes_results_as_they_come(log: Log) -> object:
    tasks = [asyncio.create_task(say(log, str(delay), delay / 100)) for delay in (3, 1, 2)]
    for next_one in asyncio.as_completed(tasks):
        log.append(await next_one)
    slow = asyncio.create_task(say(log, "slow", 0.5))
    try:
        for next_one in asyncio.as_completed([slow], timeout=0.002):
            await next_one
    except TimeoutError:
        log.append("TimeoutError")
    slow.cancel()
    return [repr(each) for each in await asyncio.gather(slow, return_exceptions=True)]


@program
async def leaves_an_async_generator_unfinished(log: Log) -> object:
    async def count() -> AsyncIterator[int]:
        try:
            for number in range(5):
                yield number
                await asyncio.sleep(0)
        finally:
            log.append("closed")

    generator = count()
    async for number in generator:
        log.append(number)
        if number == 2:
            break
    del generator
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return [number async for number in count()]


@program
async def keeps_context_variables_apart(log: Log) -> object:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nobody")
    loop = asyncio.get_running_loop()

    async def inside(name: str) -> None:
        variable.set(name)
        await asyncio.sleep(0)
        loop.call_soon(lambda: log.append(f"callback of {variable.get()}"))
        loop.call_later(0.001, lambda: log.append(f"timer of {variable.get()}"))

    await asyncio.gather(inside("a"), inside("b"))
    loop.call_soon(lambda: log.append(f"given: {variable.get()}"), context=contextvars.Context())
    await asyncio.sleep(0.005)
    return variable.get()


@program
async def cancels_handles_before_they_run(log: Log) -> object:
    loop = asyncio.get_running_loop()
    first = loop.call_soon(log.append, "first")
    second = loop.call_soon(log.append, "second")
    loop.call_soon(log.append, "third")
    later = loop.call_later(0.001, log.append, "later")
    loop.call_later(0.002, log.append, "latest")
    second.cancel()
    later.cancel()
    second.cancel()
    log.append((first.cancelled(), second.cancelled(), later.cancelled()))
    await asyncio.sleep(0.01)
    first.cancel()
    return None


@program
async def fires_timers_in_the_order_of_their_deadlines(log: Log) -> object:
    loop = asyncio.get_running_loop()
    now = loop.time()
    for name, delay in (("c", 0.03), ("a", 0.01), ("b", 0.02)):
        timer = loop.call_at(now + delay, log.append, name)
        assert abs(timer.when() - now - delay) < 1e-9
    await asyncio.sleep(0.05)
    return None


@program
async def survives_a_callback_that_raises(log: Log) -> object:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: log.append((context["message"][:21], repr(context.get("exception")))))

    def fail(error: BaseException) -> None:
        raise error

    loop.call_soon(fail, BrokenError("broken"))
    loop.call_soon(fail, asyncio.CancelledError())  # as `result()` of a cancelled future raises it in a done callback
    loop.call_soon(log.append, "goes on")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    handler = loop.get_exception_handler()
    loop.set_exception_handler(None)
    return handler is not None


@program
async def uses_a_task_factory(log: Log) -> object:
    loop = asyncio.get_running_loop()

    def make(loop: Any, coroutine: Any, **options: Any) -> Any:
        log.append("made")
        return asyncio.Task(coroutine, loop=loop, **options)

    loop.set_task_factory(make)
    assert loop.get_task_factory() is make
    task = asyncio.create_task(say(log, "task"), name="a name")
    loop.set_task_factory(None)
    log.append(task.get_name())
    return await task


@program
async def counts_cancellations(log: Log) -> object:
    async def stubborn() -> int:
        task = asyncio.current_task()
        assert task is not None
        for _ in range(2):
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError as error:
                log.append((task.cancelling(), error.args))
        return task.uncancel()

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    task.cancel("once")
    await asyncio.sleep(0)
    task.cancel("twice")
    return await task


class Impatient(selectors.SelectSelector):
    """Lets virtual time pass where a selector would block, so that a busy machine makes no difference."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "nothing is left that could happen"
        self.passed += timeout
        return []


class StockLoop(asyncio.SelectorEventLoop):
    """The stock loop, but that it does not wait for time to pass."""

    def __init__(self) -> None:
        self._impatient = Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return self._impatient.passed


def on_stock(coroutine: Coroutine[Any, Any, object]) -> object:
    with asyncio.Runner(loop_factory=StockLoop) as runner:
        return runner.run(coroutine)


def on(runner: Callable[[Coroutine[Any, Any, object]], object], main: Main) -> tuple[Log, object]:
    log: Log = []
    return log, runner(main(log))


def with_runner(coroutine: Coroutine[Any, Any, object]) -> object:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(coroutine)


def run(main: Awaitable[Any], kind: TaskKind = TaskKind.C) -> Any:
    loop = Loop(kind)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


@pytest.mark.parametrize("main", programs, ids=lambda main: main.__name__)
def test_a_program_does_what_it_does_on_stock_asyncio(main: Main) -> None:
    assert on(run, main) == on(on_stock, main)


@pytest.mark.parametrize("main", programs, ids=lambda main: main.__name__)
def test_a_program_does_the_same_in_a_runner(main: Main) -> None:
    assert on(with_runner, main) == on(on_stock, main)


@pytest.mark.parametrize("main", programs, ids=lambda main: main.__name__)
def test_a_program_does_the_same_with_tasks_in_pure_python(main: Main) -> None:
    with task_kind(TaskKind.PY):
        ours = on(lambda coroutine: run(coroutine, TaskKind.PY), main)
    assert ours == on(on_stock, main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_an_eager_task_has_its_first_step_when_it_is_made() -> None:
    async def main(log: Log) -> object:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        task = asyncio.create_task(say(log, "eager"))
        log.append("made")
        return await task

    assert on(run, main) == on(on_stock, main)
    assert on(run, main)[0] == ["eager begins", "made", "eager ends"]


# Tasks


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


# Time


def test_time_is_virtual_and_passes_only_when_nothing_else_is_left() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert loop.time() == 0
        async with asyncio.timeout(86_401) as scope:
            await asyncio.sleep(86_400)
        assert not scope.expired()
        assert loop.time() == 86_400
        for _ in range(1000):
            await asyncio.sleep(0)
        assert loop.time() == 86_400

    start = time.monotonic()
    run(main())
    assert time.monotonic() - start < 60


def test_of_two_timers_with_one_deadline_the_first_that_was_set_fires_first() -> None:
    loop = Loop()
    fired: list[int] = []
    timers = [loop.call_at(1, fired.append, number) for number in range(5)]
    assert loop.next_timer() is timers[0]
    assert loop.pending_timers() == timers
    loop.run_forever()
    assert fired == [0, 1, 2, 3, 4]


def test_a_timer_fires_only_when_somebody_says_so() -> None:
    loop = Loop()
    fired: list[str] = []
    first = loop.call_later(1, fired.append, "first")
    second = loop.call_later(2, fired.append, "second")
    loop.run(lambda: bool(loop.ready))
    assert fired == []
    assert loop.fire_timer(second)
    assert (loop.time(), len(loop.ready), loop.next_timer()) == (2, 1, first)
    loop.run(lambda: bool(loop.ready))
    assert loop.fire_timer()
    assert loop.time() == 2, "time does not go back"
    loop.run(lambda: bool(loop.ready))
    assert fired == ["second", "first"]
    assert not loop.fire_timer()


def test_a_cancelled_timer_is_as_if_it_never_was() -> None:
    loop = Loop()
    timers: list[TimerHandle] = [loop.call_later(delay, pytest.fail) for delay in (1, 2)]
    for timer in timers:
        timer.cancel()
        assert timer.cancelled()
    assert loop.next_timer() is None
    assert loop.pending_timers() == []
    assert not loop.fire_timer()
    assert loop.time() == 0


# Gaps and ends


def test_the_gap_comes_before_each_callback_and_may_end_the_run() -> None:
    loop = Loop()
    log: list[str] = []
    for name in "abc":
        loop.call_soon(log.append, name)

    def gap() -> bool:
        log.append(f"gap {len(loop.ready)}")
        return len(loop.ready) > 1

    loop.run(gap)
    assert log == ["gap 3", "a", "gap 2", "b", "gap 1"]
    assert [handle[0:2] for handle in loop.ready] == [(log.append, ("c",))]


def test_an_error_of_the_gap_itself_leaves_the_loop() -> None:
    loop = Loop()
    loop.call_soon(pytest.fail)

    def gap() -> bool:
        raise BrokenError

    with pytest.raises(BrokenError):
        loop.run(gap)
    assert not loop.is_running()
    loop.reset()
    loop.run(lambda: bool(loop.ready))


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_an_exit_leaves_the_loop_as_it_leaves_the_stock_loop(error: type[BaseException]) -> None:
    async def main() -> None:
        def leave() -> None:
            raise error

        asyncio.get_running_loop().call_soon(leave)
        await asyncio.sleep(1)

    for runner in (run, asyncio.run):
        coroutine = main()
        with pytest.raises(error):
            runner(coroutine)


def test_a_deadlock_is_told_with_the_task_that_waits() -> None:
    async def wait_for_ever() -> None:
        await asyncio.get_running_loop().create_future()

    loop = Loop()
    task = loop.create_task(wait_for_ever(), name="the one that waits")
    with pytest.raises(RuntimeError, match=r"deadlock: .*the one that waits.*neither a callback nor a timer is left"):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)


def test_the_loop_does_not_run_inside_another_nor_another_inside_it() -> None:
    async def nest() -> None:
        inner = Loop()
        with pytest.raises(RuntimeError, match="already runs an event loop; Treadle's cannot run inside it"):
            inner.run_forever()
        assert asyncio.get_running_loop() is not inner
        coroutine = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="cannot be called from a running event loop"):
            asyncio.run(coroutine)
        coroutine.close()

    asyncio.run(nest())
    run(nest())


def test_stop_ends_the_run_before_the_next_callback() -> None:
    loop = Loop()
    log: list[str] = []
    loop.call_soon(log.append, "first")
    loop.call_soon(loop.stop)
    loop.call_soon(log.append, "second")
    loop.run_forever()
    assert log == ["first"]
    loop.run_forever()
    assert log == ["first", "second"]


def test_a_loop_that_was_reset_is_like_a_new_one() -> None:
    loop = Loop()
    loop.call_soon(pytest.fail)
    loop.call_later(1, pytest.fail)
    loop.call_later(0.5, lambda: None)
    loop.fire_timer()
    loop.set_task_factory(asyncio.Task)
    loop.set_exception_handler(lambda _loop, _context: None)
    with pytest.raises(UnsupportedError):
        loop.add_reader(0, pytest.fail)
    loop.reset()
    assert not loop.ready
    assert loop.next_timer() is None
    assert loop.time() == 0
    assert loop.get_task_factory() is None
    assert loop.get_exception_handler() is None
    assert loop.unsupported is None


def test_closing_forgets_what_waits() -> None:
    loop = Loop()
    loop.call_soon(pytest.fail)
    loop.call_later(1, pytest.fail)
    assert not loop.is_closed()
    loop.close()
    assert loop.is_closed()
    assert (len(loop.ready), loop.next_timer()) == (0, None)


def test_an_exception_that_nobody_catches_is_logged_as_asyncio_does(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        problem = "it broke"
        raise BrokenError(problem)

    loop = Loop()
    loop.call_soon(fail)
    with caplog.at_level(logging.ERROR, logger="asyncio"):
        loop.run_forever()
    assert "Exception in callback" in caplog.text
    assert "BrokenError: it broke" in caplog.text


def test_an_exception_handler_that_fails_does_not_end_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise BrokenError

    async def main(log: Log) -> object:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, _context: fail())
        loop.call_soon(fail)
        loop.call_soon(log.append, "goes on")
        await asyncio.sleep(0)
        return await asyncio.sleep(0, "the end")

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        assert on(run, main) == on(on_stock, main)
    assert caplog.text.count("Unhandled error in exception handler") == 2


def test_debug_mode_stays_off() -> None:
    loop = Loop()
    loop.set_debug(True)
    assert loop.get_debug() is False


# What it refuses


@pytest.mark.parametrize("call", _CALLS)
def test_a_refused_call_is_named_with_what_is_missing_and_the_way_out(call: str) -> None:
    loop = Loop()
    with pytest.raises(UnsupportedError) as refused:
        getattr(loop, call)()
    (what, way_out), used_by = _CALLS[call]
    assert str(refused.value).startswith(f"loop.{call}()")
    assert f"Treadle's loop is deterministic and has no {what}. {way_out}" in str(refused.value)
    assert (f"(which {used_by} uses)" in str(refused.value)) == bool(used_by)
    assert getattr(loop, call).__name__ == call


def test_nothing_that_a_loop_can_be_asked_for_is_left_unanswered() -> None:
    """A method that asyncio's abstract loop has and ours does not would raise NotImplementedError without a word."""
    unanswered = [
        name
        for name, method in inspect.getmembers(asyncio.AbstractEventLoop, inspect.isfunction)
        if not name.startswith("__") and getattr(Loop, name) is method
    ]
    assert [name for name in unanswered if name != "_timer_handle_cancelled"] == []


@pytest.mark.parametrize(
    ("start", "names"),
    [
        (lambda: asyncio.to_thread(print), ["loop.run_in_executor()", "asyncio.to_thread", "threads"]),
        (lambda: asyncio.open_connection("localhost", 1), ["asyncio.open_connection", "real I/O"]),
        (lambda: asyncio.start_server(print, port=1), ["loop.create_server()", "asyncio.start_server"]),
        (lambda: asyncio.create_subprocess_exec("true"), ["loop.subprocess_exec()", "subprocesses"]),
        (lambda: asyncio.create_subprocess_shell("true"), ["loop.subprocess_shell()", "subprocesses"]),
    ],
    ids=["to_thread", "open_connection", "start_server", "create_subprocess_exec", "create_subprocess_shell"],
)
def test_what_a_program_usually_calls_is_named_too(start: Callable[[], Awaitable[object]], names: list[str]) -> None:
    async def main() -> object:
        return await start()

    with pytest.raises(UnsupportedError) as refused:
        run(main())
    for name in names:
        assert name in str(refused.value)


def test_a_refusal_that_the_program_swallows_is_remembered() -> None:
    async def main() -> str:
        for call in (asyncio.to_thread(print), asyncio.create_subprocess_exec("true")):
            try:
                await call
            except Exception:  # noqa: BLE001, S112 - as programs do
                continue
        return "nothing happened"

    loop = Loop()
    assert loop.run_until_complete(main()) == "nothing happened"
    assert str(loop.unsupported).startswith("loop.run_in_executor()")


def test_a_call_from_another_thread_is_refused_there() -> None:
    refused: list[str] = []

    def elsewhere(loop: Loop) -> None:
        try:
            loop.call_soon_threadsafe(pytest.fail)
        except UnsupportedError as error:
            refused.append(str(error))

    async def main(log: Log) -> None:
        loop = asyncio.get_running_loop()
        thread = threading.Thread(target=elsewhere, args=(loop,))
        thread.start()
        thread.join()
        loop.call_soon_threadsafe(log.append, "from its own thread")
        await asyncio.sleep(0)

    log: Log = []
    run(main(log))
    assert log == ["from its own thread"]
    (message,) = refused
    assert message == (
        "loop.call_soon_threadsafe(): Treadle's loop is deterministic and has no other threads. "
        "Keep the program under test in one thread."
    )


def test_a_timer_that_has_fired_can_be_cancelled_until_its_callback_runs() -> None:
    loop = Loop()
    ran: list[str] = []
    timer = loop.call_later(1, ran.append, "timer")
    loop.fire_timer()
    timer.cancel()
    loop.run(lambda: bool(loop.ready))
    assert ran == []
