"""Let Hypothesis draw a schedule together with the inputs of a program, and shrink both. Needs `treadle[hypothesis]`.

    @given(sizes=st.lists(st.integers(1, 3)), schedule=schedules())
    def test_no_slot_is_lost(sizes, schedule):
        schedule.run(program, sizes, events=2)

A schedule is drawn as a list of deviations: skip so many choice points, then take this option. So it shrinks towards
the schedule of default choices, deviation by deviation, while the inputs shrink as usual. `sampled` draws with a
sampler of `treadle explore --sampler`, and only its seed shrinks.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
import unittest
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import StopTest, UnsatisfiedAssumption

from treadle.errors import MisuseError
from treadle.explorer import SAMPLERS, Answers, RandomWalk
from treadle.programs.explore import ONE, run_once
from treadle.programs.settings import make_settings
from treadle.programs.source import make_source
from treadle.programs.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.explorer import Scheduler
    from treadle.schedule import Kind

_OPTIONS = 12
_SEEDS = 2**32 - 1


class ViolationError(AssertionError):
    """A drawn schedule violates a property; the message is the counterexample."""


class NotLookedAtError(Exception):
    """A drawn schedule was not run to its end, so it was not judged; the message says why."""


class _Schedule:
    """A schedule of any program."""

    __slots__ = ()

    def _scheduler(self, events: int) -> Scheduler:
        """Return the scheduler for an execution with at most so many events."""
        raise NotImplementedError

    def run(self, program: Callable[..., object], *arguments: object, **options: object) -> None:
        """Run a program once, under this schedule.

        Exceptions of the program that are meant for Hypothesis or pytest (`assume`, `reject`, `pytest.skip`) pass
        through.

        :param program: an async function that takes the environment, then the arguments.
        :param arguments: its arguments after the environment.
        :param options: those of `treadle.explore` that bound an execution: `events`, `any_order`, `callbacks`,
            `patience`, `task`.
        :raises ViolationError: if something is wrong; its message is the counterexample.
        :raises NotLookedAtError: if the program did not end.
        :raises MisuseError: for a wrong option.
        """
        __tracebackhide__ = True  # pytest shows the test, and not this
        source = dataclasses.replace(make_source(_bind(program, arguments)), leaves=_leaves)
        settings = make_settings(options)
        explored = run_once(source, settings, self._scheduler(settings.events))
        if explored.violations:
            raise ViolationError("\n" + describe(explored, replay=_by_its_test_case))
        if explored.stopped != ONE:
            raise NotLookedAtError(explored.stopped)


@dataclass(frozen=True, slots=True)
class DrawnSchedule(_Schedule):
    """A schedule that `schedules` draws.

    :param deviations: pairs: how many choice points to skip, and which option to take then, counted from 1; if there
        are fewer options, counting starts again.
    """

    deviations: tuple[tuple[int, int], ...]

    def _scheduler(self, events: int) -> Scheduler:  # noqa: ARG002 - it also deviates where there is no event
        return _Follows(self.deviations)


@dataclass(frozen=True, slots=True)
class SampledSchedule(_Schedule):
    """A schedule that `sampled` draws.

    :param sampler: `"walk"` or `"pct"`.
    :param seed: the seed of the sampler, at least 0.
    """

    sampler: str
    seed: int

    def _scheduler(self, events: int) -> Scheduler:
        return SAMPLERS[self.sampler](self.seed, events=events).scheduler()


def sampled(sampler: str = RandomWalk.key) -> st.SearchStrategy[SampledSchedule]:
    """Return a strategy for schedules that a sampler draws. Only the seed shrinks.

    :param sampler: `"walk"` or `"pct"`.
    :returns: a strategy for `SampledSchedule`.
    :raises MisuseError: if there is no such sampler.
    """
    if sampler not in SAMPLERS:
        message = f"there is no sampler {sampler!r}; there are: {', '.join(SAMPLERS)}"
        raise MisuseError(message)
    return st.integers(0, _SEEDS).map(functools.partial(SampledSchedule, sampler))


def schedules(*, deviations: int = 4, farthest: int = 12) -> st.SearchStrategy[DrawnSchedule]:
    """Return a strategy for schedules, which shrink towards the one with default choices only.

    :param deviations: most choices that are not the default.
    :param farthest: most choice points from one deviation to the next; raise it for programs that run for long.
    :returns: a strategy for `DrawnSchedule`.
    """
    pair = st.tuples(st.integers(0, farthest), st.integers(1, _OPTIONS))
    return st.lists(pair, max_size=deviations).map(lambda pairs: DrawnSchedule(tuple(pairs)))


def _bind(program: Callable[..., object], arguments: tuple[object, ...]) -> Callable[..., object]:
    """Bind the arguments after the first, which is the environment."""
    names = list(inspect.signature(program).parameters)[1:]
    return functools.partial(program, **dict(zip(names, arguments, strict=False)))


def _leaves(error: BaseException) -> bool:
    """Raise an exception that is meant for Hypothesis, pytest or unittest, and not to be judged."""
    outcomes = sys.modules.get("_pytest.outcomes")  # another test runner may run the test
    kinds: list[type[BaseException]] = [UnsatisfiedAssumption, StopTest, unittest.SkipTest]
    if outcomes is not None:
        kinds += [outcomes.skip.Exception, outcomes.xfail.Exception, outcomes.exit.Exception]
    if isinstance(error, tuple(kinds)):
        raise error
    return False


class _Follows(Answers):
    """The scheduler of a drawn schedule."""

    def __init__(self, deviations: tuple[tuple[int, int], ...]) -> None:
        self._deviations = iter(deviations)
        self._next()

    def _next(self) -> None:
        self._wait, self._option = next(self._deviations, (-1, 0))

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:  # noqa: ARG002 - see Scheduler
        if self._wait < 0:
            return 0
        if self._wait:
            self._wait -= 1
            return 0
        choice = 1 + (self._option - 1) % (options - 1)
        self._next()
        return choice


def _by_its_test_case(*_: str) -> str:
    return "run the test case that Hypothesis prints"
