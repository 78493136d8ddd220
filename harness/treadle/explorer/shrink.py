"""Make a schedule smaller that shows something, for searches that cannot prove a schedule minimal.

Greedy, like Zeller and Hildebrandt's delta debugging (TSE 2002), with single deviations as the units that are left out:
each choice that is not the default is set to it, or to a smaller one, the last choice first, as long as that helps. The
only promise is that the result is not larger than the given schedule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from treadle.explorer.program import Answers
from treadle.explorer.sampling import Noting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from treadle.explorer.program import Execution, Program
    from treadle.schedule import Kind, Schedule

O = TypeVar("O")  # noqa: E741 - an outcome

_EXECUTIONS = 500


class _Guided(Answers):
    """Follows a schedule as far as possible: if an option does not exist, it takes the default."""

    __slots__ = ("_choices",)

    def __init__(self, choices: Schedule) -> None:
        self._choices = iter(choices)

    def choose(self, kind: Kind, options: int, _priced: int = 0) -> int:  # noqa: ARG002 - see Scheduler
        choice = next(self._choices, 0)
        return choice if choice < options else 0


def shrink(
    program: Program[O], choices: Schedule, shows: Callable[[Execution[O]], bool], *, executions: int = _EXECUTIONS
) -> Schedule:
    """Return a schedule no larger than the given one whose execution `shows` the same."""
    best, size, left = choices, None, executions
    improved = True
    while improved and left > 0:
        improved = False
        for candidate in _smaller(best):
            if left <= 0:
                break
            left -= 1
            noting = Noting(_Guided(candidate))
            execution = program.run(noting)
            found = tuple(noting.choices)
            if shows(execution) and (size is None or (execution.size, _weight(found)) < (size, _weight(best))):
                best, size = found, execution.size
                improved = True
                break
    return best


def _weight(choices: Schedule) -> tuple[int, int]:
    return sum(choice > 0 for choice in choices), sum(choices)


def _smaller(choices: Schedule) -> Iterator[Schedule]:
    yield choices  # to learn its size
    for place in reversed(range(len(choices))):
        for less in range(choices[place]):
            yield (*choices[:place], less, *choices[place + 1 :])
        if choices[place]:
            yield choices[:place]
