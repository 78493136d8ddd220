"""Two schedulers: one that enumerates by depth-first search, and one that replays a schedule.

The first keeps a log of its choices. Beyond the log it takes option 0, so every execution runs to a leaf of the tree of
schedules. Then the last choice that has an option left is raised by one, and the rest of the log is dropped. So each
execution is one leaf, and none is visited twice. Most of the work of an execution is to reach the point where it
differs from the one before; `passes` lets the program go that far without computing what else it could have done. In
`states` there is a scheduler on top of it that ends executions early.

This works only if the program is deterministic. So both compare the number of options, wherever it is given, and the
number of choice points with those of earlier runs, and keep the first difference. They cannot raise it at once (see
`Scheduler`).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from treadle.errors import NondeterminismError
from treadle.explorer.program import Answers
from treadle.explorer.tally import Tallies
from treadle.schedule import Kind, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from treadle.explorer.program import Execution, Repeated
    from treadle.fingerprint import Fingerprint

_EVENT = Kind.EVENT  # looking up a member of an enum costs more than the rest of `choose` (3.11)

CAUSES = (
    "Likely causes: the program reads the clock, random numbers or the environment; it iterates over a set of objects "
    "without a stable hash; it keeps state in a module or class from one run to the next; it depends on garbage "
    "collection"
)


def divergence(step: int, expected: str, found: str) -> NondeterminismError:
    """Make the error for two runs that differ at a choice point."""
    return NondeterminismError(
        f"two runs under one schedule differ at choice point {step}: expected {expected}, found {found}. {CAUSES}"
    )


class EnumeratingScheduler:
    """Visits every schedule of a deterministic program, one execution after the other, and tallies the outcomes.

    It knows what each execution has in common with the one before: see `explorer.program.Repeated`.
    """

    __slots__ = (
        *("_above", "_known", "_moment", "_moments", "_options", "_priced"),
        *("choices", "divergence", "position", "repeated", "spent", "tallies"),
    )

    knows_states = False
    is_full = False

    def __init__(self) -> None:
        """Start with the schedule of default choices."""
        self.choices: list[int] = []
        self._options: list[int] = []
        self._moments: list[int] = []  # for a choice of kind `event`: the argument of `passes`; otherwise 0
        self._priced: list[int] = []
        self._moment = 0
        self._known = self._above = 0  # the first `_known` choices are repeated; the first `_above` never change
        self.position = self.repeated = 0
        self.divergence: NondeterminismError | None = None
        self.tallies: Tallies[Any] = Tallies()
        self.spent = False  # some schedule could not go on for lack of an event, perhaps one that was not executed

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        """Repeat the logged choice, or log and return the default."""
        position = self.position
        self.position = position + 1
        if position < self._known:
            if self._options[position] == options:
                return self.choices[position]
            if self.divergence is None:
                self.divergence = divergence(position, f"{self._options[position]} options", f"{options}")
            return 0
        self.choices.append(0)
        self._options.append(options)
        self._moments.append(self._moment if kind is _EVENT else 0)
        self._priced.append(priced)
        return 0

    def passes(self, moment: int) -> bool:
        """Say whether the log has the default choice at this moment, or no choice."""
        position = self.position
        if position < self._known:
            if self._moments[position] != moment:
                return True
            if not self.choices[position]:
                self.position = position + 1
                return True
        self._moment = moment
        return False

    def seen(
        self,
        _size: Callable[[], tuple[int, ...]],
        _fingerprint: Callable[[], Fingerprint],
        _left: int | None = None,
        _unread: object = None,
        /,
    ) -> bool:
        """Know no states."""
        return False

    def repeats(self) -> Repeated:
        """Return itself, which knows that."""
        return self

    def skip(self, position: int) -> None:
        """Go on after this many choices, which need no answer."""
        self.position = position

    def watching(self) -> contextlib.AbstractContextManager[object]:
        """Return the context in which the search must run."""
        return contextlib.nullcontext()

    def record(self, execution: Execution[Any]) -> None:
        """Tally the outcome of the execution that has just ended."""
        tally = self.tallies.first.get(execution.outcome)
        if tally is None:
            self.tallies.add(execution.outcome, 1, execution.size, lambda: tuple(self.choices))
        else:
            tally.schedules += 1
            if execution.size < tally.size:
                tally.size = execution.size
                tally.example = tuple(self.choices)

    def keep_no_more(self) -> None:
        """Take no more memory than needed from now on."""

    def finish(self) -> None:
        """Complete the tallies; called once, when the search is over."""

    def advance(self) -> bool:
        """Move on to the next schedule; False if there is none."""
        return self._raise(self._last_open())

    def _raise(self, last: int) -> bool:
        """Take the next option at this position, and drop the choices after it; False if the position is -1."""
        if self.position < self._known and self.divergence is None:
            expected = f"{self._options[self.position]} options"
            self.divergence = divergence(self.position, expected, "the end of the execution")
        choices = self.choices
        if last < 0:
            return False
        choices[last] += 1
        self._known = last + 1
        self.repeated = last
        self.position = 0
        known = self._known
        del choices[known:], self._options[known:], self._moments[known:], self._priced[known:]
        return True

    def _last_open(self) -> int:
        """Return the position of the last choice that has an option left, or -1."""
        choices, options = self.choices, self._options
        last = len(choices) - 1
        while last >= self._above and choices[last] == options[last] - 1:
            last -= 1
        return last if last >= self._above else -1

    def offered(self) -> tuple[int, ...]:
        """Return how many options there were at each choice point of the last execution."""
        return tuple(self._options)


class ReplayScheduler(Answers):
    """Repeats the answers of one schedule, then gives default answers, and checks that each option exists."""

    __slots__ = ("_choices", "_position", "divergence")

    def __init__(self, choices: Schedule) -> None:
        """Replay these choices."""
        self._choices = choices
        self._position = 0
        self.divergence: NondeterminismError | None = None

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        """Return the recorded choice; keep a divergence if there is no such option."""
        position = self._position
        self._position = position + 1
        if position >= len(self._choices):
            return self.go_on(options, priced)
        choice = self._choices[position]
        if choice < options:
            return choice
        if self.divergence is None:
            found = f"{options} options of kind {kind}"
            self.divergence = divergence(position, f"an option number {choice}", found)
        return 0

    def go_on(self, options: int, priced: int) -> int:  # noqa: ARG002 - see `distrust`
        """Choose after the end of the schedule."""
        return 0

    def diverged(self) -> NondeterminismError | None:
        """Return how the program departed from the schedule, or None."""
        if self.divergence is None and self._position < len(self._choices):
            expected = f"a choice point for each of the {len(self._choices)} choices"
            self.divergence = divergence(self._position, expected, "the end of the execution")
        return self.divergence

    def check(self) -> None:
        """Raise `NondeterminismError` if the program did not follow the schedule."""
        error = self.diverged()
        if error is not None:
            raise error
