"""What an exploration leaves behind is gone when it returns, and has complained to nobody."""

from __future__ import annotations

import asyncio
import gc
import sys
from contextvars import ContextVar
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from treadle.explorer import ReplayScheduler, collecting_by_hand
from treadle.programs import explore, make_source
from treadle.programs.explore import run_once
from treadle.programs.settings import make_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.programs import Env

# What a module itself keeps is set back at times; what a variable of the context has is not.
KEPT = ContextVar("kept", default=SimpleNamespace(made=[], gone=[]))  # noqa: B039 - one for all


class Complains:
    """Is part of a cycle, and raises when it goes."""

    def __init__(self) -> None:
        self.me = self
        self.number = len(KEPT.get().made)
        KEPT.get().made.append(self.number)

    def __del__(self) -> None:
        KEPT.get().gone.append(self.number)
        raise RuntimeError


async def leaves_it_behind() -> None:
    Complains()
    await asyncio.sleep(0)


async def keeps_it_in_an_exception() -> None:
    complains = Complains()
    await asyncio.sleep(0)
    raise ValueError(complains)


async def leaves_it_behind_often(env: Env) -> None:
    Complains()
    for _ in range(10):
        env.branch()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return what is said of exceptions that nobody can catch."""
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    KEPT.get().made.clear()
    KEPT.get().gone.clear()
    return said


@pytest.mark.parametrize("program", [leaves_it_behind, keeps_it_in_an_exception, leaves_it_behind_often])
def test_what_is_left_of_a_program_is_gone_before_its_exploration_returns(
    program: Callable[..., Any], heard: list[object]
) -> None:
    explore(program)
    assert KEPT.get().made
    assert sorted(KEPT.get().gone) == KEPT.get().made
    gc.collect()
    assert not heard


def test_what_is_left_of_one_schedule_is_gone_before_it_returns(heard: list[object]) -> None:
    run_once(make_source(keeps_it_in_an_exception), make_settings({}), ReplayScheduler(()))
    assert sorted(KEPT.get().gone) == KEPT.get().made
    gc.collect()
    assert not heard


def test_nothing_older_is_collected_by_an_exploration() -> None:
    """To look at all that a test runner has made would take longer than a small exploration."""
    gc.collect()
    KEPT.get().gone.clear()
    KEPT.get().made.clear()
    gc.disable()
    try:
        Complains().__dict__.update(number=-1)
        explore(_nothing)
        assert not KEPT.get().gone
    finally:
        gc.enable()
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        gc.collect()
        sys.unraisablehook = hook
    assert KEPT.get().gone == [-1]


async def _nothing() -> None:
    pass


def test_a_block_inside_of_another_leaves_everything_to_that_one() -> None:
    with collecting_by_hand() as outer:
        with collecting_by_hand(tidy=True) as inner:
            assert inner is outer
        assert not gc.isenabled()
        assert gc.get_freeze_count()
    assert gc.isenabled()
    assert not gc.get_freeze_count()
