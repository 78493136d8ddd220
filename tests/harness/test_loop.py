"""The loop: time is virtual, the gap comes before each callback, and errors go where they go on stock asyncio.

That programs do on it what they do on the stock loop is the matter of `tests/conformance`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time

import pytest
from runners import on_ours, on_stock

from treadle.errors import UnsupportedError
from treadle.loop import Loop, TimerHandle


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
        with pytest.raises(RuntimeError, match="already runs an event loop; Treadle's cannot run inside it"):
            inner.run_forever()
        assert asyncio.get_running_loop() is not inner
        coroutine = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="cannot be called from a running event loop"):
            asyncio.run(coroutine)
        coroutine.close()

    asyncio.run(nest())
    on_ours(nest())


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


def test_debug_mode_stays_off() -> None:
    loop = Loop()
    loop.set_debug(True)
    assert loop.get_debug() is False


def test_a_timer_that_has_fired_can_be_cancelled_until_its_callback_runs() -> None:
    loop = Loop()
    ran: list[str] = []
    timer = loop.call_later(1, ran.append, "timer")
    loop.fire_timer()
    timer.cancel()
    loop.run(lambda: bool(loop.ready))
    assert ran == []
