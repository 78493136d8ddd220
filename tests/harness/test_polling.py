"""A task that polls is where it was, if it yields there with what it had; to look leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from treadle.fingerprint import standing, why_unsupported
from treadle.loop import Loop
from treadle.situation.polling import place_of, same_place

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "frames are read")


async def counts() -> None:
    turns = 0
    while True:
        turns += 1
        await asyncio.sleep(0)


async def counts_in_a_cell() -> None:
    turns = 0

    def count() -> None:
        nonlocal turns
        turns += 1

    while True:
        count()
        await asyncio.sleep(0)


async def waits() -> None:
    started = object()
    while started:  # noqa: ASYNC110 - polling is what this is about
        await asyncio.sleep(0)


def places(polls: Any) -> Iterator[list[object]]:
    loop = Loop()
    task = loop.create_task(polls())
    for _ in range(4):
        turn = iter((True, False))
        loop.run(lambda turn=turn: next(turn))  # type: ignore[misc]
        yield place_of(task)


@pytest.mark.parametrize("polls", [counts, counts_in_a_cell])
def test_who_counts_gets_somewhere(polls: Any) -> None:
    found = list(places(polls))
    assert not any(same_place(one, other) for one, other in itertools.pairwise(found))


def test_who_waits_with_the_same_names_bound_does_not() -> None:
    found = list(places(waits))
    assert same_place(found[1], found[2])


def test_a_name_that_is_bound_anew_counts() -> None:
    async def once() -> None:
        await asyncio.sleep(0)
        late = None  # noqa: F841 - likewise
        await asyncio.sleep(0)

    one: Any = once()
    other: Any = once()
    for coroutine in (one, other):
        coroutine.send(None)
    assert same_place(standing(one), standing(other))
    other.send(None)
    assert not same_place(standing(one), standing(other))
    one.close()
    other.close()
    assert standing(one) is None


def test_to_look_makes_no_dictionary_of_names() -> None:
    coroutine: Any = waits()
    coroutine.send(None)
    before = [type(each) for each in gc.get_referents(coroutine)]
    standing(coroutine)
    assert [type(each) for each in gc.get_referents(coroutine)] == before
    coroutine.close()
