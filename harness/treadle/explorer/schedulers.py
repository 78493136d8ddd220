"""Two schedulers: one that enumerates by depth-first search, one that replays what was chosen.

The first keeps a log of its choices. Beyond the log it takes option 0, so every execution runs on to a leaf of the tree
of schedules; then the last choice that has an option left is raised by one and the rest of the log is dropped. An
execution is thus one leaf, and none is visited twice.

That works only if the program is deterministic. Both therefore compare the number of options with what it was before
and keep the first difference; they cannot raise it on the spot (see `Scheduler`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from treadle.errors import NondeterminismError

if TYPE_CHECKING:
    from treadle.schedule import Kind, Schedule

_CAUSES = (
    "Likely causes: the program reads the clock, random numbers or the environment; it iterates over a set of objects "
    "without a stable hash; it keeps state in a module or class from one run to the next; it depends on garbage "
    "collection"
)


def divergence(step: int, expected: str, found: str) -> NondeterminismError:
    """Make the error for two runs that differ at a choice point."""
    return NondeterminismError(
        f"two runs under one schedule differ at choice point {step}: expected {expected}, found {found}. {_CAUSES}"
    )


class EnumeratingScheduler:
    """Visits every schedule of a deterministic program, one execution after the other."""

    __slots__ = ("_known", "_options", "_position", "choices", "divergence")

    def __init__(self) -> None:
        """Begin with the schedule of default choices."""
        self.choices: list[int] = []
        self._options: list[int] = []
        self._known = 0
        self._position = 0
        self.divergence: NondeterminismError | None = None

    def choose(self, kind: Kind, options: int) -> int:  # noqa: ARG002 - see Scheduler
        """Repeat the logged choice, or log and return the default."""
        position = self._position
        self._position = position + 1
        if position < self._known:
            if self._options[position] == options:
                return self.choices[position]
            if self.divergence is None:
                self.divergence = divergence(position, f"{self._options[position]} options", f"{options}")
            return 0
        self.choices.append(0)
        self._options.append(options)
        return 0

    def advance(self) -> bool:
        """Move on to the next schedule; False if there is none."""
        if self._position < self._known and self.divergence is None:
            expected = f"{self._options[self._position]} options"
            self.divergence = divergence(self._position, expected, "the end of the execution")
        choices, options = self.choices, self._options
        while choices and choices[-1] == options[-1] - 1:
            choices.pop()
            options.pop()
        if not choices:
            return False
        choices[-1] += 1
        self._known = len(choices)
        self._position = 0
        return True


class ReplayScheduler:
    """Gives the answers of one schedule again, then default answers."""

    __slots__ = ("_choices", "_position", "divergence")

    def __init__(self, choices: Schedule) -> None:
        """Replay these choices."""
        self._choices = choices
        self._position = 0
        self.divergence: NondeterminismError | None = None

    def choose(self, kind: Kind, options: int) -> int:
        """Return the recorded choice; keep a divergence if there is no such option."""
        position = self._position
        self._position = position + 1
        if position >= len(self._choices):
            return 0
        choice = self._choices[position]
        if choice < options:
            return choice
        if self.divergence is None:
            found = f"{options} options of kind {kind}"
            self.divergence = divergence(position, f"an option number {choice}", found)
        return 0

    def check(self) -> None:
        """Raise `NondeterminismError` if the program did not follow the schedule."""
        if self.divergence is None and self._position < len(self._choices):
            expected = f"a choice point for each of the {len(self._choices)} choices"
            self.divergence = divergence(self._position, expected, "the end of the execution")
        if self.divergence is not None:
            raise self.divergence
