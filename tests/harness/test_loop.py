"""The loop: time is virtual, the gap comes before each callback, and errors go where they go on stock asyncio.

That programs do on it what they do on the stock loop is the matter of `tests/conformance`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from runners import on_ours, on_stock

from treadle.errors import UnsupportedError
from treadle.loop import Loop, TimerHandle

if TYPE_CHECKING:
    from collections.abc import Callable


class BrokenError(Exception):
    """What fails on purpose."""


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
    on_ours(main())
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

    for runner in (on_ours, asyncio.run):
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


@pytest.mark.parametrize("error", [None, BrokenError])
def test_python_is_given_back_as_it_was(error: type[Exception] | None) -> None:
    def first(_: object) -> None:
        """Stand for the hook of somebody else."""

    def gap() -> bool:
        assert asyncio.get_running_loop() is loop
        assert sys.get_asyncgen_hooks().firstiter is not first
        if error is not None:
            raise error
        return False

    loop = Loop()
    before = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=first)
    try:
        with pytest.raises(error) if error is not None else contextlib.nullcontext():
            loop.run(gap)
        assert sys.get_asyncgen_hooks().firstiter is first
    finally:
        sys.set_asyncgen_hooks(*before)
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()


def test_the_loop_does_not_run_inside_another_nor_another_inside_it() -> None:
    async def nest() -> None:
        inner = Loop()
        with pytest.raises(RuntimeError, match="already runs an event loop, and Treadle's cannot run inside it"):
            inner.run_forever()
        assert asyncio.get_running_loop() is not inner
        coroutine = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="cannot be called from a running event loop"):
            asyncio.run(coroutine)
        coroutine.close()

    asyncio.run(nest())
    on_ours(nest())


def in_turns(make: Callable[[], asyncio.AbstractEventLoop]) -> list[str]:
    """Say what `stop` and the end of a task leave undone: nothing of their turn, all of the next."""
    loop = make()
    log: list[str] = []

    async def stops() -> None:
        loop.call_soon(log.append, "the turn after stop()")
        loop.stop()
        await asyncio.sleep(0)

    async def ends() -> None:
        loop.call_soon(log.append, "the turn after the end")

    loop.call_soon(log.append, "before stop()")
    loop.call_soon(loop.stop)
    loop.call_soon(log.append, "in the turn of stop()")
    loop.run_forever()
    stopped = loop.create_task(stops())
    loop.call_soon(log.append, "in the turn of a task that stops the loop")
    with pytest.raises(RuntimeError) as refused:
        loop.run_until_complete(stopped)
    log.append(str(refused.value))
    ended = loop.create_task(ends())
    loop.call_soon(log.append, "in the turn of the end")
    loop.run_until_complete(ended)
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(stopped)
    loop.close()
    for use in (
        lambda: loop.call_soon(print),
        lambda: loop.call_later(1, print),
        lambda: loop.call_soon_threadsafe(print),
        loop.run_forever,
    ):
        with pytest.raises(RuntimeError) as refused:
            use()
        log.append(str(refused.value))
    return log


def test_a_turn_is_finished_and_a_closed_loop_refuses_as_on_the_stock_loop() -> None:
    ours = in_turns(Loop)
    assert ours == in_turns(asyncio.new_event_loop)
    assert ours[:2] == ["before stop()", "in the turn of stop()"]
    assert "Event loop stopped before Future completed." in ours
    assert ours[-4:] == ["Event loop is closed"] * 4


def test_timers_with_one_deadline_fire_together_in_the_order_of_their_deadlines() -> None:
    loop = Loop()
    fired: list[object] = []
    loop.call_at(2, fired.append, "later")
    loop.call_at(1 + 1e-10, fired.append, "as good as the same")
    for number in range(3):
        loop.call_at(1, fired.append, number)
    loop.call_at(1, fired.append, "cancelled").cancel()
    assert loop.fire_timer()
    loop.call_soon(fired.append, "after them")
    loop.run(lambda: bool(loop.ready))
    assert fired == [0, 1, 2, "as good as the same", "after them"]
    assert loop.time() == 1


def test_a_busy_program_does_not_hold_up_timers() -> None:
    async def spin() -> tuple[list[str], int]:
        loop = asyncio.get_running_loop()
        log: list[str] = []
        loop.call_later(0.01, log.append, "soon")
        loop.call_later(1.5, log.append, "later")
        turns = 0
        while len(log) < 2 and turns < 1_000_000:
            turns += 1
            await asyncio.sleep(0)
        return log, turns

    log, turns = on_ours(spin())
    assert log == ["soon", "later"]
    assert 100_000 < turns < 200_000, "a turn counts for about ten microseconds"


def test_a_loop_that_is_busy_for_long_lets_its_clock_go_on() -> None:
    async def poll() -> float:
        loop = asyncio.get_running_loop()
        while loop.time() < 2:  # noqa: ASYNC110 - polling is what this is about
            await asyncio.sleep(0)
        return loop.time()

    assert on_ours(poll()) == pytest.approx(2)


def test_a_loop_that_was_reset_is_like_a_new_one() -> None:
    loop = Loop()
    loop.call_soon(pytest.fail)
    loop.call_later(1, pytest.fail)
    loop.call_later(0.5, lambda: None)
    loop.fire_timer()
    loop.set_task_factory(asyncio.Task)
    loop.set_debug(True)
    loop.stop()
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


def test_a_running_loop_is_not_closed_as_the_stock_loop_is_not() -> None:
    async def main() -> str:
        with pytest.raises(RuntimeError) as refused:
            asyncio.get_running_loop().close()
        await asyncio.sleep(0)
        return str(refused.value)

    assert on_ours(main()) == on_stock(main()) == "Cannot close a running event loop"


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

    async def main(log: list[str]) -> object:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, _context: fail())
        loop.call_soon(fail)
        loop.call_soon(log.append, "goes on")
        await asyncio.sleep(0)
        return await asyncio.sleep(0, "the end")

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        logs: list[list[str]] = [[], []]
        assert on_ours(main(logs[0])) == on_stock(main(logs[1])) == "the end"
    assert logs == [["goes on"], ["goes on"]]
    assert caplog.text.count("Unhandled error in exception handler") == 2


def in_debug_mode(make: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture) -> list[object]:
    """Say what can be seen of debug mode."""
    loop: Any = make()
    loop.set_debug(True)
    loop.slow_callback_duration = 5
    seen: list[object] = []

    def fail() -> None:
        raise BrokenError

    async def main() -> None:
        future = loop.create_future()
        handle, timer = loop.call_soon(fail), loop.call_later(60, fail)
        task: Any = asyncio.create_task(asyncio.sleep(0), name="one")
        made = [
            future._source_traceback[:-1],
            handle._source_traceback,
            timer._source_traceback,
            task._source_traceback,
        ]
        seen.extend(each[-1].line for each in made)
        seen.extend("created at" in repr(each) for each in (handle, timer, task))
        await task
        timer.cancel()
        seen.extend(("cancelled" in repr(timer), "fail" in repr(timer), loop.get_debug()))
        for wrong in (main, "no function"):
            with pytest.raises(TypeError) as refused:
                loop.call_soon(wrong)
            seen.append(str(refused.value).partition(" got ")[0])

    async def start() -> None:
        coroutine: Any = main()
        seen.append(coroutine.cr_origin is not None)
        await asyncio.create_task(coroutine)

    caplog.clear()
    with caplog.at_level(logging.ERROR, logger="asyncio"):
        loop.run_until_complete(start())
    seen.append([each.getMessage().count("Object created at") for each in caplog.records])
    seen.append([each.exc_info is not None for each in caplog.records])
    seen.append(sys.get_coroutine_origin_tracking_depth())
    loop.set_debug(False)
    seen.append(loop.get_debug())
    loop.close()
    return seen


def test_debug_mode_does_what_it_does_on_the_stock_loop(caplog: pytest.LogCaptureFixture) -> None:
    ours = in_debug_mode(Loop, caplog)
    assert ours == in_debug_mode(asyncio.new_event_loop, caplog)
    assert "future = loop.create_future()" in ours


def test_a_slow_callback_is_told_in_debug_mode(caplog: pytest.LogCaptureFixture) -> None:
    loop = Loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 2
    loop.call_soon(loop.sleep, 1)
    loop.call_soon(loop.sleep, 3)
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        loop.run_forever()
    (told,) = caplog.messages
    assert told.startswith("Executing <Handle ")
    assert told.endswith("took 3.000 seconds")


def test_handles_are_asyncios_and_every_one_can_be_cancelled() -> None:
    loop = Loop()
    ran: list[str] = []
    context = contextvars.copy_context()
    named = loop.call_soon(ran.append, "named", context=context)
    plain = loop.call_soon(ran.append, "plain")
    loop.call_soon(ran.append, "stays", context=context)
    timer = loop.call_later(1, ran.append, "timer", context=context)
    assert isinstance(named, asyncio.Handle)
    assert isinstance(plain, asyncio.Handle)
    assert isinstance(timer, asyncio.TimerHandle)
    if sys.version_info >= (3, 12):
        assert named.get_context() is timer.get_context() is context
    assert "append" in repr(plain)
    named.cancel()
    plain.cancel()
    plain.cancel()
    assert (named.cancelled(), plain.cancelled(), len(loop.ready)) == (True, True, 1)
    assert "cancelled" in repr(plain)
    loop.run_forever()
    assert ran == ["stays", "timer"]
    assert not timer.cancelled(), "it has run"


def test_a_callback_that_is_cancelled_in_its_turn_leaves_the_turn_as_long_as_it_was() -> None:
    def log_of(make: Callable[[], asyncio.AbstractEventLoop]) -> list[str]:
        loop = make()
        log: list[str] = []
        handles: list[asyncio.Handle] = []
        loop.call_soon(lambda: handles.pop().cancel())
        handles.append(loop.call_soon(log.append, "cancelled"))
        loop.call_soon(loop.call_soon, log.append, "next turn")
        loop.call_soon(loop.stop)
        loop.run_forever()
        log.append("stopped")
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
        return log

    assert log_of(Loop) == log_of(asyncio.new_event_loop) == ["stopped", "next turn"]


def test_call_later_asks_the_clock_of_the_loop() -> None:
    loop = Loop()
    loop.time = lambda: 100.0  # type: ignore[method-assign]  # as libraries do it that simulate a clock
    assert loop.call_later(5, print).when() == 105


def test_an_exception_handler_runs_in_the_context_of_the_callback() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outside")

    def seen_on(make: Callable[[], asyncio.AbstractEventLoop]) -> list[str]:
        loop = make()
        seen: list[str] = []
        loop.set_exception_handler(lambda _loop, context: seen.append(f"{variable.get()} {sorted(context)}"))

        def fail() -> None:
            variable.set("inside")
            raise BrokenError

        loop.call_soon(fail)
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
        return seen

    assert seen_on(Loop) == seen_on(asyncio.new_event_loop)
    if sys.version_info >= (3, 12):
        assert seen_on(Loop)[0].startswith("inside")


def test_what_is_stored_on_a_loop_by_a_program_goes_with_it() -> None:
    loop = Loop()

    async def main() -> None:
        loop.counter = 1  # type: ignore[attr-defined]
        loop.time = lambda: 5.0  # type: ignore[method-assign]
        loop.slow_callback_duration = 7

    loop.run_until_complete(main())
    loop.reset()
    assert not hasattr(loop, "counter")
    assert loop.time() == 0
    assert loop.slow_callback_duration == 0.1
    assert on_ours(asyncio.sleep(0, "goes")) == "goes"


def test_a_timer_that_has_fired_can_be_cancelled_until_its_callback_runs() -> None:
    loop = Loop()
    ran: list[str] = []
    timer = loop.call_later(1, ran.append, "timer")
    loop.fire_timer()
    timer.cancel()
    loop.run(lambda: bool(loop.ready))
    assert ran == []
