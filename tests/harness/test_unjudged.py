"""What cannot be judged: a call that needs the outside world, and one that fails whatever happens."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import re
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from judging import GOOD, Write, finding, job, verdicts

from treadle.check import Catalogue, Verdict, judge
from treadle.check.parts import conclude, find_parts, judge_part
from treadle.check.summary import summarize
from treadle.cli import main
from treadle.explorer import Ended, merge
from treadle.loading import load_module
from treadle.loop import task_kind
from treadle.schedule import TaskKind

if TYPE_CHECKING:
    from treadle.check import CellResult

OUTSIDE = """
import asyncio
import signal
import threading

async def in_a_thread(task):
    task.cancel()
    await asyncio.to_thread(print)

async def swallows(task):
    task.cancel()
    try:
        await asyncio.open_connection("localhost", 1)
    except BaseException:
        pass
    await asyncio.wait([task])

async def starts_a_process(task):
    await asyncio.create_subprocess_exec("true")

async def handles_a_signal(task):
    asyncio.get_running_loop().add_signal_handler(2, task.cancel)
    await asyncio.wait([task])

async def lets_a_signal_cancel(task):
    signal.signal(signal.SIGALRM, lambda *_: task.cancel())
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    await asyncio.wait([task])

async def signals_itself(task):
    task.cancel()
    try:
        signal.raise_signal(signal.SIGTERM)
    except BaseException:
        pass
    await asyncio.wait([task])

async def only_when_it_is_cancelled(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    finally:
        if asyncio.current_task().cancelling():
            await asyncio.to_thread(print)
"""

STARTING = """
import _thread
import asyncio
import os
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

made_before = socket.socketpair()
for each in made_before:
    each.close()
subprocess.run(["true"])
threading.Thread(target=print).start()

def work():
    pass

async def stop(task):
    task.cancel()
    await asyncio.wait([task])

async def a_timer(task):
    threading.Timer(0, work).start()
    await stop(task)

async def a_pool(task):
    with ThreadPoolExecutor() as pool:
        await asyncio.wrap_future(pool.submit(work))
    await stop(task)

async def a_raw_thread(task):
    _thread.start_new_thread(work, ())
    await stop(task)

async def a_thread_joined_late(task):
    thread = threading.Thread(target=work)
    thread.start()
    await stop(task)
    thread.join()

async def a_thread_that_calls_the_loop(task):
    threading.Thread(target=asyncio.get_running_loop().call_soon_threadsafe, args=(task.cancel,)).start()
    await asyncio.wait([task])

async def a_joined_thread_that_calls_the_loop(task):
    thread = threading.Thread(target=asyncio.get_running_loop().call_soon_threadsafe, args=(task.cancel,))
    thread.start()
    thread.join()
    await asyncio.wait([task])

async def a_command(task):
    try:
        subprocess.run(["true"])
    except BaseException:
        pass
    await stop(task)

async def a_fork(task):
    if os.fork() == 0:
        os._exit(0)
    await stop(task)

async def a_pair_of_sockets(task):
    socket.socketpair()
    await stop(task)

async def a_connection(task):
    socket.create_connection(("127.0.0.1", 9))
    await stop(task)

async def waits_for_a_pool(task):
    with ThreadPoolExecutor() as pool:
        assert pool.submit(int).result() == 0
    await stop(task)

async def lets_a_thread_cancel(task):
    thread = threading.Thread(target=task.cancel)
    thread.start()
    thread.join()
    await asyncio.wait([task])
"""

FAILING = """
import asyncio
import functools
from contextlib import asynccontextmanager

async def misspells(task):
    task.cancle()

async def hands_over_too_little(task):
    task.cancel()
    await asyncio.wait(task)

async def refuses(task):
    raise RuntimeError("not today")

def of_two(function):
    @functools.wraps(function)
    async def inner(one, two):
        await function(one)
    return inner

@of_two
async def hides_its_signature(task):
    task.cancel()

class Mute(Exception):
    def __str__(self):
        raise ValueError("no")

async def says_nothing(task):
    raise Mute

@asynccontextmanager
async def cannot_be_left(coroutine):
    task = asyncio.create_task(coroutine)
    yield task
    task.cancle()

@asynccontextmanager
async def cannot_be_entered(coroutine):
    coroutine.close()
    coroutine.begin()
    yield

async def wants_a_task(task):
    if not isinstance(task, asyncio.Task):
        raise TypeError("a task is wanted")
    if not task.done():
        task.cancel()
        await asyncio.wait([task])

async def wants_one_that_lives(task):
    if task.done():
        raise RuntimeError("it is over")
    task.cancel()
    await asyncio.wait([task])

async def translates(task):
    task.cancel()
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        raise ValueError("stopped") from None

async def ends_with_an_error(task):
    task.cancel()
    await asyncio.wait([task], timeout=1)
    raise ValueError("done")
"""


def unjudged(cell: CellResult) -> str:
    """Return why nothing is said of a target, after a look whether anything is."""
    assert set(verdicts(cell).values()) == {Verdict.UNSUPPORTED}
    assert all(each.counterexample is None and not each.exercised for each in cell.findings)
    (reason,) = {each.reason for each in cell.findings}
    return reason


@pytest.mark.parametrize(
    ("name", "called", "line"),
    [
        ("in_a_thread", "loop.run_in_executor() (which asyncio.to_thread uses)", "await asyncio.to_thread(print)"),
        ("swallows", "loop.create_connection() (which asyncio.open_connection uses)", "await asyncio.open_connection("),
        ("starts_a_process", "loop.subprocess_exec()", "await asyncio.create_subprocess_exec("),
        ("handles_a_signal", "loop.add_signal_handler()", "asyncio.get_running_loop().add_signal_handler("),
        ("only_when_it_is_cancelled", "loop.run_in_executor()", "await asyncio.to_thread(print)"),
    ],
)
def test_a_target_that_needs_the_outside_world_is_unsupported(name: str, called: str, line: str, write: Write) -> None:
    reason = unjudged(judge(job(f"{write(OUTSIDE)}:{name}")))
    assert reason.startswith(called)
    assert "Treadle's loop is deterministic and has no" in reason
    assert re.search(rf"\(called in written\.py, line \d+: {re.escape(line)}", reason)


@pytest.mark.parametrize(
    ("name", "called"), [("lets_a_signal_cancel", "signal.signal() sets"), ("signals_itself", "signal.raise_signal() ")]
)
def test_a_target_of_which_a_signal_is_part_is_unsupported(name: str, called: str, write: Write) -> None:
    before = signal.getsignal(signal.SIGALRM), signal.signal, signal.raise_signal
    reason = unjudged(judge(job(f"{write(OUTSIDE)}:{name}")))
    assert reason.startswith(called)
    assert f"(called in written.py, line {26 if name == 'lets_a_signal_cancel' else 33}: " in reason
    assert (signal.getsignal(signal.SIGALRM), signal.signal, signal.raise_signal) == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("misspells", "AttributeError: 'Task' object has no attribute 'cancle' (written.py, line 7: task.canc"),
        ("hands_over_too_little", "TypeError: "),
        ("refuses", "RuntimeError: not today (written.py, line "),
        ("hides_its_signature", "TypeError: hides_its_signature() missing 1 required positional argument: 'two'"),
        ("says_nothing", "Mute: (its text cannot be read: ValueError) (written.py, line "),
    ],
)
@pytest.mark.parametrize("situation", ["plain", "shared", "cleanup/1", "done/result", "self", "future", "nested"])
def test_a_call_that_fails_in_every_schedule_is_told_as_that(
    name: str, told: str, situation: str, write: Write
) -> None:
    cell = judge(job(f"{write(FAILING)}:{name}", situation))
    judged = [each for each in cell.findings if situation != "self" or each.property == "no-self-hang"]
    assert {each.verdict for each in judged} == {Verdict.UNSUPPORTED}
    (reason,) = {each.reason for each in judged}
    assert reason.replace("'Future' object", "'Task' object").startswith(f"the call failed in every schedule: {told}")


@pytest.mark.parametrize("task", TaskKind)
@pytest.mark.parametrize("situation", ["plain", "shared", "future", "nested", "self"])
def test_whoever_looks_at_the_name_of_a_task_s_class_sees_asyncio_s(
    situation: str, task: TaskKind, write: Write
) -> None:
    source = """
    import asyncio

    def seen(task):
        kind = type(task)
        return kind.__name__, kind.__qualname__, kind.__module__, repr(task).partition(" ")[0]

    async def stock():
        return seen(asyncio.current_task()), seen(asyncio.get_running_loop().create_future())

    async def misjudges(task):
        if {seen(task), seen(asyncio.current_task())} - set(expected):
            await asyncio.get_running_loop().create_future()
        task.cancel()
        await asyncio.wait([task])
    """
    place = write(source)
    module = load_module(place, what="target")
    with task_kind(task), asyncio.Runner() as runner:
        vars(module)["expected"] = runner.run(module.stock())
    cell = judge(dataclasses.replace(job(f"{place}:misjudges", situation), task=task))
    assert "ends" not in [name for name, verdict in verdicts(cell).items() if verdict is Verdict.VIOLATED]
    assert all(each.get("waits") is None for ending, each in cell.outcomes.items() if ending != "never")


@pytest.mark.parametrize(
    ("name", "yielded"),
    [("by_the_class", "a Task"), ("by_a_class_of_its_own", "a Counting"), ("within_a_future", "a _GatheringFuture")],
)
@pytest.mark.parametrize("situation", ["plain", "cleanup/1", "third-party", "unstarted"])
def test_an_owner_whose_cancels_cannot_be_counted_is_unsupported(
    name: str, yielded: str, situation: str, write: Write
) -> None:
    source = """
    import asyncio
    from contextlib import asynccontextmanager

    class Counting(asyncio.Task):
        pass

    def owner_of(make):
        @asynccontextmanager
        async def owner(coroutine):
            task = make(coroutine)
            try:
                yield task
            finally:
                task.cancel()
                await asyncio.wait([task])
        return owner

    by_the_class = owner_of(lambda coroutine: asyncio.Task(coroutine))
    by_a_class_of_its_own = owner_of(Counting)
    within_a_future = owner_of(lambda coroutine: asyncio.gather(coroutine))
    by_create_task = owner_of(asyncio.ensure_future)
    """
    place = write(source)
    reason = unjudged(judge(job(f"{place}:{name}", situation)))
    assert reason.startswith(f"the context manager yields {yielded} that asyncio.create_task() did not make")
    assert "Make the task with asyncio.create_task(), and yield that." in reason
    assert finding(judge(job(f"{place}:by_create_task", situation)), "requested").verdict is not Verdict.UNSUPPORTED


def test_an_owner_that_fails_is_told_so(write: Write) -> None:
    place = write(FAILING)
    left = unjudged(judge(job(f"{place}:cannot_be_left")))
    assert left.startswith("the call failed in every schedule: AttributeError: ")
    entered = unjudged(judge(job(f"{place}:cannot_be_entered")))
    assert entered.startswith("the call could not be entered: AttributeError: ")
    assert "line" in entered


def test_a_target_that_refuses_what_is_no_task_is_unsupported_there_and_judged_elsewhere(write: Write) -> None:
    target = f"{write(FAILING)}:wants_a_task"
    reason = unjudged(judge(job(target, "future")))
    assert reason.startswith("the call failed in every schedule: TypeError: a task is wanted (written.py, line ")
    assert finding(judge(job(target)), "lost").verdict is Verdict.HOLDS


@pytest.mark.parametrize(
    ("name", "situation", "events"),
    [
        ("wants_one_that_lives", "done/result", 1),
        ("translates", "pending", 1),
        ("translates", "pending+future", 1),
        ("ends_with_an_error", "plain", 0),
    ],
)
def test_a_call_that_raises_by_its_design_is_judged(name: str, situation: str, events: int, write: Write) -> None:
    """To refuse a task that is over, or to turn a cancellation into an error, is an answer; it may be a wrong one."""
    found = set(verdicts(judge(job(f"{write(FAILING)}:{name}", situation, events=events))).values())
    assert Verdict.UNSUPPORTED not in found
    assert Verdict.VIOLATED in found


def test_a_part_of_a_search_that_needs_the_outside_world_makes_the_whole_unsupported(write: Write) -> None:
    source = OUTSIDE.replace("if asyncio.current_task().cancelling():", "if task.done() and task.cancelled():")
    work = job(f"{write(source)}:only_when_it_is_cancelled", "shared", events=2, steps=3)
    good = job(f"{write(GOOD, 'good')}:good", "shared", events=2, steps=3)
    parts = find_parts(good)
    assert parts.groups
    assert not find_parts(work).groups, "it is seen before the search is split, so it is judged in one piece"
    assert unjudged(judge(work)).startswith("loop.run_in_executor()")
    told = [judge_part(work, group) for group in parts.groups[:1]]
    assert unjudged(conclude(work, merge(told), parts=1)).startswith("loop.run_in_executor()")


def test_what_cannot_be_judged_somewhere_neither_holds_nor_passes(write: Write) -> None:
    target = f"{write(FAILING)}:wants_a_task"
    summary = summarize([judge(job(target)), judge(job(target, "future"))], Catalogue({}))
    assert summary.standings["lost"].verdict is Verdict.UNSUPPORTED
    assert summary.unsupported
    assert not summary.passes
    assert not summary.modes
    both = summarize([judge(job(target, "future")), judge(job(f"{write(FAILING)}:translates"))], Catalogue({}))
    assert both.standings["lost"].verdict is Verdict.VIOLATED
    assert not both.unsupported, "what is wrong counts for more"


def test_what_cannot_be_judged_exits_with_2_and_says_why(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    place = write(OUTSIDE + FAILING)
    small = ["--events", "1", "--steps", "1", "--situation", "plain", "--situation", "future"]
    assert main(["check", f"{place}:in_a_thread", *small]) == 2
    text = " ".join(capsys.readouterr().out.split())
    assert "in_a_thread: unsupported" in text
    assert "unsupported: the target was not judged here loop.run_in_executor()" in text
    assert "cut off" not in text
    assert main(["check", f"{place}:wants_a_task", *small]) == 2
    assert "holds where it can be judged, unsupported elsewhere" in " ".join(capsys.readouterr().out.split())
    assert main(["check", f"{place}:wants_a_task", f"{place}:in_a_thread", *small]) == 2
    assert main(["check", f"{place}:wants_a_task", f"{place}:translates", *small]) == 1
    capsys.readouterr()
    assert main(["check", f"{place}:misspells", *small, "--json"]) == 2
    results = json.loads(capsys.readouterr().out)["results"]
    assert {each["verdict"] for each in results} == {"unsupported"}
    assert all(each["reason"].startswith("the call failed in every schedule: ") for each in results)
    assert {each["ended"] for each in results} < {str(each) for each in Ended}
    assert main(["explain", f"{place}:misspells", *small]) == 2
    assert "cannot be judged in plain" in " ".join(capsys.readouterr().out.split())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the loop refuses it there
@pytest.mark.parametrize(
    ("name", "called", "line"),
    [
        ("a_timer", "it runs a thread of its own, by threading.Thread.start()", "threading.Timer(0, work).start()"),
        ("a_pool", "it runs a thread of its own, by ThreadPoolExecutor.submit()", "await asyncio.wrap_future(pool.sub"),
        ("a_raw_thread", "it runs a thread of its own, by _thread.start_new_thread()", "_thread.start_new_thread(wo"),
        ("a_thread_joined_late", "it runs a thread of its own, by threading.Thread.start()", "thread.start()"),
        ("a_thread_that_calls_the_loop", "it runs a thread of its own, by threading.", "threading.Thread(target=asy"),
        ("a_joined_thread_that_calls_the_loop", "loop.call_soon_threadsafe(): ", "thread.start()"),
        ("a_command", "subprocess.Popen() starts a process", 'subprocess.run(["true"])'),
        ("a_fork", "os.fork() starts a process", "if os.fork() == 0:"),
        ("a_pair_of_sockets", "socket.socket() makes a socket", "socket.socketpair()"),
        ("a_connection", "socket.socket() makes a socket", 'socket.create_connection(("127.0.0.1", 9))'),
    ],
)
def test_what_a_target_starts_past_the_loop_is_unsupported_by_name_and_place(
    name: str, called: str, line: str, write: Write
) -> None:
    kept = threading.Thread.start, threading.Thread.join, ThreadPoolExecutor.submit, socket.socket.__init__, os.fork
    reason = unjudged(judge(job(f"{write(STARTING)}:{name}", events=2)))
    assert reason.startswith(called)
    assert re.search(rf"\(called in written\.py, line \d+: {re.escape(line)}", reason)
    assert (reason.endswith(": def work():)")) == (called.startswith("it runs") and "loop" not in name)
    after = threading.Thread.start, threading.Thread.join, ThreadPoolExecutor.submit, socket.socket.__init__, os.fork
    assert after == kept


@pytest.mark.parametrize("name", ["waits_for_a_pool", "lets_a_thread_cancel"])
def test_a_thread_that_a_target_waits_for_before_the_loop_goes_on_is_code_like_any_other(
    name: str, write: Write
) -> None:
    cell = judge(job(f"{write(STARTING)}:{name}", events=2))
    found = {each.property: each.verdict for each in cell.findings if each.verdict is not Verdict.NOT_EXERCISED}
    assert [name for name, verdict in found.items() if verdict is not Verdict.HOLDS] == ["joined-always"]


def test_a_target_that_leaves_a_thread_behind_is_unsupported(write: Write) -> None:
    """It is not said to wait for ever: what it waits for comes from the thread, later than anything here."""
    source = """
    import asyncio
    import threading

    may_end = threading.Event()

    async def waits_for_a_thread(task):
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        task.cancel()

        def work():
            may_end.wait(5)

        threading.Thread(target=work, daemon=True).start()
        await told

    async def uses_one_and_waits_for_it(task):
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
    """
    place = write(source)
    reason = unjudged(judge(job(f"{place}:waits_for_a_thread")))
    load_module(place, what="target").may_end.set()
    assert reason.startswith("it runs a thread of its own")
    assert reason.endswith("(what runs there: written.py, line 12: def work():)")
    assert finding(judge(job(f"{place}:uses_one_and_waits_for_it")), "lost").verdict is Verdict.HOLDS
