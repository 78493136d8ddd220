"""The table of all samplers, by name; a new sampler is a file and a line here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from treadle.explorer.pct import PctSampler
from treadle.explorer.random_walk import RandomWalk
from treadle.explorer.sampling import drew, sample_schedules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from treadle.explorer.program import Program
    from treadle.explorer.sampling import Sampler
    from treadle.explorer.search import Exploration, Limits, Progress

O = TypeVar("O")  # noqa: E741 - an outcome

SAMPLERS: Mapping[str, type[Sampler]] = MappingProxyType({each.key: each for each in (RandomWalk, PctSampler)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How schedules are drawn at random.

    :param executions: how many, at least 1.
    :param sampler: the name of the sampler: `"walk"` or `"pct"`.
    :param seed: the seed of the random numbers; the same seed draws the same schedules.
    """

    executions: int
    sampler: str = RandomWalk.key
    seed: int = 0

    @property
    def name(self) -> str:
        """The name of the sampler in a sentence."""
        return SAMPLERS[self.sampler].name

    @property
    def done(self) -> str:
        """The reason for the end of a search that has drawn all its schedules."""
        return drew(self.name, self.executions)


def draw_schedules(
    program: Program[O], draw: Draw, events: int, limits: Limits, progress: Progress = lambda _: None
) -> Exploration[O]:
    """Draw schedules of a program with at most `events` events each; of the limits only the deadline is used."""
    sampler = SAMPLERS[draw.sampler](draw.seed, events=events)
    return sample_schedules(program, sampler, replace(limits, executions=draw.executions), progress)
