"""Draw schedules at random, for programs with too many schedules to run.

A *sampler* answers the choice points of one execution after the other from a seeded random generator, so that the same
seed draws the same schedules again. Such a search always counts as cut off: however many schedules it has drawn, it
never says that nothing is left.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from treadle.explorer.memory import why_no_memory
from treadle.explorer.program import Answers
from treadle.explorer.search import Ended, Exploration, collecting_by_hand, cut_off
from treadle.explorer.tally import Tallies

if TYPE_CHECKING:
    from treadle.explorer.program import Program, Scheduler
    from treadle.explorer.search import Limits, Progress
    from treadle.schedule import Kind

O = TypeVar("O")  # noqa: E741 - an outcome

_EXECUTIONS_BETWEEN_LOOKS = 64


class Sampler(Protocol):
    """Draws schedules. `scheduler` returns the scheduler of the next execution, `learn` takes the gaps of the last one.

    `key` selects it, `name` is its name in a sentence, and `about` is its description in help texts.
    """

    key: str
    name: str
    about: str

    def __init__(self, seed: int, *, events: int) -> None:
        """Start from a seed; at most `events` events may happen in one execution."""

    def scheduler(self) -> Scheduler:
        """Return the scheduler of the next execution."""

    def learn(self, moments: int) -> None:
        """Take the length of an execution: the largest number with which `passes` was called."""


class Noting(Answers):
    """Asks another scheduler and records its answers, and how far the execution went."""

    __slots__ = ("_inner", "choices", "moments")

    def __init__(self, inner: Scheduler) -> None:
        """Start with no answer."""
        self._inner = inner
        self.choices: list[int] = []
        self.moments = 0

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        """Ask, and record the answer."""
        choice = self._inner.choose(kind, options, priced)
        self.choices.append(choice)
        return choice

    def passes(self, moment: int) -> bool:
        """Record the moment; a default answer must be recorded, too, so that the choices can be replayed."""
        self.moments = moment
        self._inner.passes(moment)
        return False


def sample_schedules(
    program: Program[O], sampler: Sampler, limits: Limits, progress: Progress = lambda _: None
) -> Exploration[O]:
    """Run the program under `limits.executions` schedules that the sampler draws.

    `schedules` is the number of different ones among them.
    """
    tallies: Tallies[O] = Tallies()
    drawn: set[bytes | tuple[int, ...]] = set()
    executions = 0
    reason = ""
    with collecting_by_hand() as collect:
        while not reason:
            noting = Noting(sampler.scheduler())
            execution = program.run(noting)
            executions += 1
            sampler.learn(noting.moments)
            choices = tuple(noting.choices)
            key = bytes(choices) if all(choice < 256 for choice in choices) else choices  # noqa: PLR2004 - a byte
            tallies.add(execution.outcome, key not in drawn, execution.size, partial(tuple, choices))
            drawn.add(key)
            reason = execution.fatal or _enough(limits, executions, sampler.name)
            if executions % _EXECUTIONS_BETWEEN_LOOKS == 0:
                reason = reason or why_no_memory()
                collect()
                progress(_EXECUTIONS_BETWEEN_LOOKS)
    progress(executions % _EXECUTIONS_BETWEEN_LOOKS)
    return Exploration(
        ended=Ended.STOPPED,
        reason=reason,
        executions=executions,
        schedules=len(drawn),
        states=None,
        tallies=tallies,
    )


def drew(name: str, executions: int) -> str:
    """Return the reason for the end of a random search that has drawn all its schedules."""
    return f"{name} drew {executions:,} schedules at random"


def _enough(limits: Limits, executions: int, name: str) -> str:
    if limits.executions is not None and executions >= limits.executions:
        return drew(name, executions)
    return cut_off(limits, executions)
