"""The watchdog: it interrupts a step that does not end, leaves alone what gets on, and gives the signal back."""

from __future__ import annotations

import itertools
import signal
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from treadle.check.watch import CheckWatch
from treadle.explorer import StepTimeoutError, Watchdog
from treadle.fingerprint import watching_code
from treadle.programs.watch import ProgramWatch

if TYPE_CHECKING:
    from collections.abc import Callable

TICK = 0.03


def spin(seconds: float, each_turn: Callable[[], object] = lambda: None) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        each_turn()


def test_a_step_that_does_not_end_is_interrupted_where_it_spins() -> None:
    noticed: list[bool] = []
    with (
        Watchdog(lambda: 7, noticed=lambda: noticed.append(True), tick=TICK),
        pytest.raises(StepTimeoutError, match=r"^a step has not ended within 0\.03 to 0\.06 seconds$"),
    ):
        spin(30)
    assert noticed == [True]


def test_a_step_timeout_is_not_swallowed_by_those_who_catch_exceptions() -> None:
    assert not issubclass(StepTimeoutError, Exception)


def test_what_gets_on_is_left_alone() -> None:
    progress = 0

    def advance() -> None:
        nonlocal progress
        progress += 1

    looked: list[int] = []

    def look() -> int:
        looked.append(progress)
        return progress

    with Watchdog(look, noticed=pytest.fail, tick=TICK):
        spin(0.3, advance)
    assert len(looked) > 2


def test_what_stands_still_for_less_than_a_tick_is_left_alone() -> None:
    with Watchdog(lambda: 0, noticed=pytest.fail, tick=30):
        spin(0.05)


def test_after_three_that_were_swallowed_somebody_is_told() -> None:
    told: list[int] = []
    caught = 0
    with Watchdog(lambda: 7, swallowed=lambda: told.append(caught), tick=TICK):
        while len(told) < 2:
            try:
                spin(30)
            except StepTimeoutError:
                caught += 1
    assert told[:2] == [3, 4]


def test_a_step_that_gets_on_after_all_starts_the_count_anew() -> None:
    progress = caught = 0
    with Watchdog(lambda: progress, swallowed=pytest.fail, tick=TICK):
        while caught < 6:
            try:
                spin(30)
            except StepTimeoutError:
                caught += 1
                progress += caught % 2  # after every second one


@pytest.mark.parametrize("error", [None, ZeroDivisionError])
def test_the_signal_is_given_back(error: type[Exception] | None) -> None:
    def mine(_number: int, _frame: object) -> None:
        """Stand for the handler of somebody else."""

    before = signal.signal(signal.SIGALRM, mine)
    try:
        if error is None:
            with Watchdog(lambda: 7, tick=TICK):
                pass
        else:
            with pytest.raises(error), Watchdog(lambda: 7, tick=TICK):
                raise error
        assert signal.getsignal(signal.SIGALRM) is mine
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_outside_of_the_main_thread_it_does_nothing() -> None:
    ended: list[bool] = []

    def watched() -> None:
        with Watchdog(lambda: 7, noticed=pytest.fail, tick=TICK):
            spin(4 * TICK)
        ended.append(True)

    before = signal.getsignal(signal.SIGALRM)
    thread = threading.Thread(target=watched)
    thread.start()
    thread.join()
    assert ended == [True]
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_step_that_others_take_the_processor_from_is_given_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    used = [0.0]
    monkeypatch.setattr("treadle.explorer.watchdog.process_time", lambda: used[0])

    def get_a_tenth() -> int:
        used[0] += TICK / 10
        return 7

    began = time.monotonic()
    with Watchdog(get_a_tenth, tick=TICK), pytest.raises(StepTimeoutError):
        spin(30)
    assert time.monotonic() - began > 5 * TICK


def test_a_step_that_stands_in_the_queue_for_the_processor_is_given_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    queued = [0.0]
    monkeypatch.setattr("treadle.explorer.watchdog._queued", lambda: queued[0])
    ticks = 0

    def is_passed_over_ten_times() -> int:
        nonlocal ticks
        ticks += 1
        queued[0] += TICK if ticks < 10 else 0.0
        return 7

    with Watchdog(is_passed_over_ten_times, tick=TICK), pytest.raises(StepTimeoutError):
        threading.Event().wait(30)
    assert ticks >= 10


def test_two_ticks_that_are_delivered_at_once_are_no_time_for_a_step() -> None:
    """One that was due while the process was stopped comes when it goes on; the next one may be due right then."""
    with Watchdog(lambda: 7, noticed=pytest.fail, tick=30):
        signal.raise_signal(signal.SIGALRM)
        signal.raise_signal(signal.SIGALRM)


def test_a_step_that_waits_for_what_does_not_come_is_interrupted() -> None:
    with Watchdog(lambda: 7, tick=TICK), pytest.raises(StepTimeoutError):
        threading.Event().wait(30)


def nothing(*_: object) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    "watch",
    [CheckWatch(progress=nothing, swallowed=nothing, deadline=None), ProgramWatch(nothing, nothing, None)],
    ids=["check", "explore"],
)
def test_a_step_that_imports_gets_on(watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = watch._look()
    monkeypatch.setitem(sys.modules, "just_imported", ModuleType("just_imported"))
    assert watch._look() > before


def test_what_runs_at_a_tick_is_never_taken_for_the_programs_code() -> None:
    """A tick may come just while the record of code is switched, if an audit hook runs then, as `Loaded` has one."""
    sys.addaudithook(lambda event, _: [None] * 50 if event == "sys.setprofile" else None)
    ticks = itertools.count()
    with watching_code() as account:
        with Watchdog(lambda: next(ticks), tick=0.0005):
            end = time.monotonic() + 1
            while time.monotonic() < end:
                account.on()
                account.off()
        entered = {Path(code.co_filename).name for code, _ in account.fresh()}
    assert next(ticks) > 10
    assert not entered & {"pathlib.py", "_local.py", "_io.py", "ascii.py", "codecs.py"}, entered
