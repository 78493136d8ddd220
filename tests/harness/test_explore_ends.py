"""How the exploration of a program ends, and what cannot be explored."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import treadle
from treadle.errors import MisuseError
from treadle.execution.acting import Acting
from treadle.explorer import Ended, Limits, enumerate_schedules
from treadle.fingerprint import why_unsupported
from treadle.programs import make_source, replay_program
from treadle.programs.bounds import ProgramBounds
from treadle.programs.world import ProgramWorld
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle import Env


THIS = Path(__file__).name
LINES = Path(__file__).read_text(encoding="utf-8").splitlines()


async def swallows(env: Env) -> None:
    async def worker() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await env.future("reply")

    await asyncio.wait([env.cancellable(asyncio.create_task(worker()))])


# How the search ends


def test_a_search_that_was_cut_off_never_holds() -> None:
    async def program(env: Env) -> None:
        for _ in range(6):
            env.branch()

    explored = treadle.explore(program, limit=10)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND
    assert "limit of 10 executions" in explored.stopped
    assert treadle.explore(program).schedules == 64


def test_a_search_stops_in_time() -> None:
    async def program(env: Env) -> None:
        for _ in range(60):
            env.branch()

    began = time.monotonic()
    explored = treadle.explore(program, seconds=0.5)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND
    assert time.monotonic() - began < 20


def test_what_was_found_before_the_search_was_cut_off_is_made_smaller() -> None:
    async def program(env: Env) -> None:
        chosen = [env.branch() for _ in range(12)]
        assert not chosen[10]

    explored = treadle.explore(program, limit=200, events=0)
    (found,) = explored.violations
    assert found.token is not None
    assert found.token.choices == (0,) * 10 + (1,)


def test_a_program_that_is_not_deterministic_is_said_to_be_so() -> None:
    runs: list[int] = []

    async def program(env: Env) -> None:
        runs.append(1)
        env.choose(range(2 + len(runs) % 2))

    explored = treadle.explore(program)
    assert explored.verdict is not Verdict.HOLDS
    assert "nondeterminism" in explored.stopped


def test_real_input_and_output_is_refused_by_name() -> None:
    async def program() -> None:
        await asyncio.create_subprocess_exec("true")

    explored = treadle.explore(program)
    assert explored.ended is Ended.STOPPED
    assert "asyncio.create_subprocess_exec" in explored.stopped


@pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")
def test_what_cannot_be_looked_at_is_named() -> None:
    async def program(env: Env) -> None:
        packer = zlib.compressobj()
        for _ in range(3):
            future = env.future(error=OSError)
            for _ in range(8):
                await asyncio.sleep(0)
            await asyncio.wait([future])
        packer.flush()

    explored = treadle.explore(program, events=3)
    assert "zlib.Compress" in explored.opaque
    assert explored.states is None


# Programs and environments that are none


async def needs_more(env: Env, number: int) -> None:
    """Not a program."""


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (len, "a plain function"),
        (3, "an object of type int"),
        (needs_more, "needs the arguments env, number"),
    ],
)
def test_what_is_no_program_is_refused(program: Any, said: str) -> None:
    with pytest.raises(MisuseError, match=said):
        treadle.explore(program)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'event'"):
        treadle.explore(swallows, event=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("misuse", "said"),
    [
        (lambda env: env.cancellable(3), "only a task can be cancelled"),
        (lambda env: env.cancellable(asyncio.current_task(), times=0), "times=0"),
        (lambda env: env.choose(()), "nothing to choose from"),
        (lambda env: env.may(swallows), "a plain function"),
        (lambda env: env.background(3), "create_task"),
        (lambda env: env.future(5), r"env.future\(5\): the name is what a diagram shows; pass a string"),
        (lambda env: env.future(None), r"env.future\(None\)"),
        (lambda env: env.future(result=1, name=b"x"), r"env.future\(b'x'\)"),
        (lambda env: env.may(list, name=5), "env.may"),
        (lambda env: env.always(list, 5), "env.always"),
    ],
)
def test_a_misused_environment_is_an_error_even_if_the_program_swallows_it(
    misuse: Callable[[Env], object], said: str
) -> None:
    async def program(env: Env) -> None:
        with contextlib.suppress(MisuseError):
            misuse(env)

    with pytest.raises(MisuseError, match=said):
        treadle.explore(program)


async def exits(env: Env) -> None:
    if env.branch():
        sys.exit(3)
    else:
        raise KeyboardInterrupt


async def exits_in_a_task(env: Env) -> None:
    async def work() -> None:
        await env.future()
        sys.exit(3)

    await asyncio.wait([asyncio.create_task(work())])


async def exits_in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(lambda: sys.exit(3))
    await asyncio.sleep(0)


@pytest.mark.parametrize(("program", "number"), [(exits, 2), (exits_in_a_task, 1), (exits_in_a_callback, 1)])
def test_where_a_program_has_ended_the_interpreter_is_told_with_its_line(program: Any, number: int) -> None:
    explored = treadle.explore(program)
    assert len(explored.violations) == number, str(explored)
    lines = {line for line, text in enumerate(LINES, 1) if "sys.exit(3)" in text or "raise KeyboardInterrupt" in text}
    for each in explored.violations:
        told = re.search(rf"{THIS} line (\d+)", each.text)
        assert told is not None, each.text
        assert int(told[1]) in lines
        replayed = replay_program(make_source(program), each.token)  # type: ignore[arg-type]
        assert replayed.violations[0].text.startswith(each.text.partition(";")[0])
        if program is not exits_in_a_callback:
            assert int(told[1]) in {line.number for record in each.trace for line in record.lines}


def test_a_running_loop_is_in_the_way() -> None:
    async def main() -> None:
        treadle.explore(swallows)

    with pytest.raises(MisuseError, match="already runs an event loop"):
        asyncio.run(main())


def test_only_an_order_that_asyncio_does_not_have_is_labelled_so() -> None:
    async def program() -> None:
        order: list[int] = []

        async def note(number: int) -> None:
            order.append(number)

        async with asyncio.TaskGroup() as group:
            group.create_task(note(1))
            group.create_task(note(2))
        assert order == [1, 2]

    assert treadle.explore(program).verdict is Verdict.HOLDS
    (found,) = treadle.explore(program, any_order=True).violations
    assert found.beyond_stock
    assert "ready-order" in found.kinds


def test_a_violation_that_stock_asyncio_has_too_needs_no_other_order() -> None:
    explored = treadle.explore(swallows, events=1, any_order=True)
    assert [each.beyond_stock for each in explored.violations] == [False]


async def leaves_when_asked_to(env: Env) -> None:
    def leave() -> None:
        raise SystemExit(1)

    env.may(leave, name="leave")
    await env.future("x")


def test_an_action_that_leaves_the_loop_is_written_down() -> None:
    (found,) = treadle.explore(leaves_when_asked_to, events=1).violations
    assert [record.text for record in found.trace if record.kind == "event"] == ["leave"]


async def disarms(env: Env) -> None:
    timer = asyncio.get_running_loop().call_later(1, print)
    env.may(timer.cancel, name="disarm")
    env.may(lambda: None, name="other")
    await asyncio.sleep(2)


async def debounces(env: Env) -> None:
    loop = asyncio.get_running_loop()
    waiting: list[asyncio.TimerHandle] = []

    def press() -> None:
        for each in waiting:
            each.cancel()
        waiting[:] = [loop.call_later(1, print)]

    press()
    env.may(press, times=2)
    await asyncio.sleep(2.5)


@pytest.mark.parametrize("program", [disarms, debounces])
def test_no_schedule_counts_twice_where_what_was_ready_is_cancelled_in_a_gap(
    program: Callable[[Env], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[tuple[int, str]]] = []
    begin, act = Acting.begin, Acting.act

    def beginning(engine: Acting[Any], scheduler: Any) -> None:
        begin(engine, scheduler)
        runs.append([])

    def acting(engine: Acting[Any], action: Any, price: int) -> None:
        runs[-1].append((engine.callbacks, action.name))
        act(engine, action, price)

    monkeypatch.setattr(Acting, "begin", beginning)
    monkeypatch.setattr(Acting, "act", acting)
    monkeypatch.setattr(Acting, "may_repeat", False)
    found = enumerate_schedules(ProgramWorld(make_source(program), ProgramBounds(events=2)), Limits())
    assert found.schedules == len(runs) == len(set(map(tuple, runs))) > 20
