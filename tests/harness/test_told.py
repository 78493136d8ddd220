"""What a counterexample of a program tells: where a step stopped, what raised, who cancelled whom, nothing twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import treadle
from treadle.recording import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle import Env


def told(program: object, **options: int) -> str:
    assert callable(program)
    return str(treadle.explore(program, **options))  # type: ignore[arg-type]


async def fails_below(env: Env) -> None:
    async def below() -> None:
        await env.future("reply", error=OSError)  # here it comes up

    async def above() -> None:
        try:
            await below()
        finally:
            list(range(2))  # this line runs last

    task = asyncio.create_task(above(), name="task")
    await asyncio.wait([task])
    task.result()


def test_the_line_that_raised_is_told_beside_the_line_that_ran_last() -> None:
    text = told(fails_below, events=0)
    assert ": list(range(2))" in text
    raised = " ".join(text.partition("raised at ")[2].split()[:5])
    assert raised.endswith(': await env.future("reply", error=OSError)')


def test_an_exception_that_was_caught_is_no_line_that_raised() -> None:
    async def catches() -> None:
        try:
            int("no number")
        except ValueError:
            await asyncio.sleep(1)
        raise AssertionError

    assert "raised at" not in told(catches, events=0)


async def times_out() -> None:
    async def work() -> None:
        async with asyncio.timeout(1):
            await asyncio.sleep(10)

    await asyncio.create_task(work(), name="worker")


async def is_in_a_group() -> None:
    async def fails() -> None:
        raise ValueError

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(10), name="sibling")
        group.create_task(fails(), name="failing")


def test_a_scope_that_cancels_is_named() -> None:
    assert "asyncio.timeout() cancels worker" in told(times_out, events=0)
    assert "a task group cancels sibling" in told(is_in_a_group, events=0)


def test_who_cancels_and_to_whom_it_is_forwarded_is_told() -> None:
    async def program() -> None:
        inner = asyncio.create_task(asyncio.sleep(10), name="inner")

        async def waits() -> None:
            await inner

        outer = asyncio.create_task(waits(), name="outer")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        outer.cancel()
        await asyncio.wait([outer])
        raise AssertionError

    text = told(program, events=0)
    assert "program cancels outer" in text
    assert "outer forwards the cancellation to inner" in text


def test_what_is_repeated_is_told_once_with_how_often() -> None:
    async def ticks() -> None:
        for _ in range(500):
            await asyncio.sleep(1)
        raise AssertionError

    text = told(ticks, events=0)
    assert text.count("a timer fires") <= 4
    assert "499 more times" in text or "498 more times" in text


def test_code_is_not_broken_into_narrow_pieces() -> None:
    async def three(env: Env) -> None:
        async def waits_for_a_while(number: int) -> None:
            await asyncio.wait([env.future(f"answer number {number}")], timeout=1000)

        tasks = [asyncio.create_task(waits_for_a_while(number), name=f"user {number}") for number in range(3)]
        await asyncio.wait(tasks)
        raise AssertionError

    text = told(three, events=0)
    assert 'await asyncio.wait([env.future(f"answer number' in text
    assert max(map(len, text.partition(" gap ")[2].partition("minimal")[0].splitlines())) <= 100


def fold(texts: str) -> list[tuple[Sequence[tuple[int, str]], int]]:
    return list(folded(list(enumerate(texts)), texts))


def test_folding_keeps_every_row_or_says_how_often_it_came() -> None:
    for texts in ("", "a", "aaa", "abababab", "aabaabaabc", "abcabcab", "xaaaay"):
        parts = fold(texts)
        assert "".join("".join(what for _, what in part) * times for part, times in parts) == texts
        assert all(times == 1 or times >= 3 for _, times in parts)
    assert [(len(part), times) for part, times in fold("ababab")] == [(2, 3)]
