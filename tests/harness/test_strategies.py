"""A schedule that Hypothesis has drawn says something of a program only if it was run to its end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis.errors import UnsatisfiedAssumption

from treadle.errors import MisuseError, UnsupportedError
from treadle.explorer import SAMPLERS
from treadle.strategies import DrawnSchedule, NotLookedAtError, SampledSchedule, ViolationError, sampled

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.programs import Env

DEFAULT = DrawnSchedule(())


async def _swallows_that_it_needs_a_thread(_env: Env) -> None:
    with contextlib.suppress(UnsupportedError):
        await asyncio.create_subprocess_exec("true")


def test_a_program_that_needs_what_there_is_not_does_not_pass() -> None:
    with pytest.raises(NotLookedAtError, match=r"asyncio\.create_subprocess_exec"):
        DEFAULT.run(_swallows_that_it_needs_a_thread)


async def _ends_otherwise_the_second_time(_env: Env, seen: list[int]) -> None:
    seen.append(1)
    assert len(seen) > 1


def test_a_program_that_goes_wrong_only_once_does_not_pass() -> None:
    with pytest.raises(NotLookedAtError, match=r"(?s)nondeterminism: .*assert 1 > 1"):
        DEFAULT.run(_ends_otherwise_the_second_time, [])


async def _skips(_env: Env) -> None:
    pytest.skip("not here")


async def _assumes(_env: Env) -> None:
    raise UnsatisfiedAssumption


async def _fails(_env: Env) -> None:
    pytest.fail("it is so")


@pytest.mark.parametrize(
    ("program", "raised"),
    [(_skips, pytest.skip.Exception), (_assumes, UnsatisfiedAssumption), (_fails, ViolationError)],
)
def test_what_is_for_pytest_or_hypothesis_reaches_them_and_a_failure_is_the_programs(
    program: Callable[..., Any], raised: type[BaseException]
) -> None:
    with pytest.raises(raised):
        DEFAULT.run(program)


async def _ends(_env: Env) -> None:
    await asyncio.sleep(1)


def test_a_program_that_ends_well_passes() -> None:
    DEFAULT.run(_ends)


async def _fails_where_it_branches(env: Env) -> None:
    assert not env.branch()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_of_the_table_draws_here_too(sampler: str) -> None:
    failed = 0
    for seed in range(20):
        for _ in range(2):  # the same each time
            try:
                SampledSchedule(sampler, seed).run(_fails_where_it_branches)
            except ViolationError:
                failed += 1
    assert 0 < failed < 40
    assert failed % 2 == 0


def test_a_sampler_that_there_is_not_is_misuse() -> None:
    with pytest.raises(MisuseError, match="there is no sampler 'dice'; there are: walk, pct"):
        sampled("dice")
