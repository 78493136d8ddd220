"""Draw schedules at random: for programs with more of them than anybody can run.

A *sampler* answers the choice points of one execution after the other by a seeded source of chance, so that the same
seed draws the same schedules again. Such a search has always been cut off: however many schedules it has drawn, it
never says that nothing is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from treadle.explorer.memory import why_no_memory
from treadle.explorer.program import Answers
from treadle.explorer.search import Ended, Exploration, collecting_by_hand, cut_off
from treadle.explorer.tally import Tally

if TYPE_CHECKING:
    from treadle.explorer.program import Program, Scheduler
    from treadle.explorer.search import Limits, Progress
    from treadle.schedule import Kind

O = TypeVar("O")  # noqa: E741 - an outcome

_EXECUTIONS_BETWEEN_LOOKS = 64


class Sampler(Protocol):
    """Draws schedules. `scheduler` gives the one for the next execution, `learn` tells how many gaps the last had.

    `key` is by what it is chosen, `name` how it is called in a sentence, and `about` what a help text says of it.
    """

    key: str
    name: str
    about: str

    def __init__(self, seed: int, *, events: int) -> None:
        """Begin, from a seed; in one execution at most so many events may happen."""

    def scheduler(self) -> Scheduler:
        """Return the scheduler of the next execution."""

    def learn(self, moments: int) -> None:
        """Hear how long an execution was: the largest number that `passes` was called with."""


class Noting(Answers):
    """Asks another scheduler and notes its answers, and how far the execution went."""

    __slots__ = ("_inner", "choices", "moments")

    def __init__(self, inner: Scheduler) -> None:
        """Begin with no answer."""
        self._inner = inner
        self.choices: list[int] = []
        self.moments = 0

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        """Ask, and note the answer."""
        choice = self._inner.choose(kind, options, priced)
        self.choices.append(choice)
        return choice

    def passes(self, moment: int) -> bool:
        """Note the moment; a default answer must be noted, too, so that the choices can be replayed."""
        self.moments = moment
        self._inner.passes(moment)
        return False


def sample_schedules(
    program: Program[O], sampler: Sampler, limits: Limits, progress: Progress = lambda _: None
) -> Exploration[O]:
    """Run the program under schedules that the sampler draws, `limits.executions` of them.

    `schedules` is the number of different ones among them.
    """
    tallies: dict[O, Tally] = {}
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
            tally = tallies.get(execution.outcome)
            if tally is None:
                tallies[execution.outcome] = Tally(1, execution.size, choices)
            else:
                tally.schedules += key not in drawn
                if execution.size < tally.size:
                    tally.size, tally.example = execution.size, choices
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
    """Return why a search at random ended that has drawn as many schedules as it was told to."""
    return f"{name} drew {executions:,} schedules at random"


def _enough(limits: Limits, executions: int, name: str) -> str:
    if limits.executions is not None and executions >= limits.executions:
        return drew(name, executions)
    return cut_off(limits, executions)
