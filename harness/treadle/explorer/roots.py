"""Go on from where a search was split: below a root, every state is visited once, or every schedule is run.

A *root* is a schedule that leads to the beginning of a part, with the number of all schedules that lead there. What is
counted below it is multiplied by that number. Several roots are searched one after the other, and states are remembered
from one to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.explorer.graph import State
from treadle.explorer.schedulers import divergence
from treadle.explorer.states import StateScheduler
from treadle.schedule import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from treadle.explorer.graph import Size
    from treadle.explorer.program import Execution
    from treadle.explorer.unfinished import Unfinished
    from treadle.fingerprint import Fingerprint
    from treadle.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Root:
    """The beginning of a part of a search: the smallest schedule that leads there, and the number of all that do.

    `options` are the numbers of options on the way, if known; then they are compared.
    """

    choices: Schedule = ()
    ways: int = 1
    options: tuple[int, ...] = ()


class RootsScheduler(StateScheduler):
    """Enumerates what follows from each root, one after the other.

    It learns the choice points on the way to a root in the first execution from it.
    """

    __slots__ = ("_begun", "_root", "_roots")

    def __init__(self, roots: Sequence[Root], first: int, opaque: str) -> None:
        super().__init__(first, opaque)
        self._roots = list(reversed(roots))
        self._begun: list[tuple[State, int]] = []
        self._begin()

    def _begin(self) -> None:
        self._root = root = self._roots.pop()
        self._above = len(root.choices)
        self._known = self.position = self.repeated = 0
        del self.choices[:], self._options[:], self._moments[:], self._priced[:]
        beginning = State(0, (), self.events)
        self._begun.append((beginning, root.ways))
        self._open = [beginning]
        # If one schedule leads to a root, each one that goes on from it counts once, and need not be kept.
        self._whole = beginning if root.ways == 1 else None

    def choose(self, kind: Kind, options: int, priced: int = 0) -> int:
        """Choose as on the way to the root, then as always."""
        position = self.position
        if position < self._known or position >= self._above:
            return super().choose(kind, options, priced)
        choice = self._root.choices[position]
        expected = self._root.options[position] if self._root.options else max(options, choice + 1)
        if options != expected and self.divergence is None:
            self.divergence = divergence(position, f"{expected} options", f"{options}")
        self.position = position + 1
        self.choices.append(choice if choice < options else 0)
        self._options.append(options)
        self._moments.append(self._moment if kind is Kind.EVENT else 0)
        self._priced.append(priced)
        return self.choices[-1]

    def seen(
        self,
        size: Callable[[], Size],
        fingerprint: Callable[[], Fingerprint],
        left: int | None = None,
        unread: object = None,
    ) -> bool:
        """Know no state before the root is reached."""
        return self.position >= self._above and super().seen(size, fingerprint, left, unread)

    def record(self, execution: Execution[object]) -> None:
        """Note the outcome, and whether the root was reached at all."""
        if self.position < self._above and self.divergence is None:
            self.divergence = divergence(self.position, "another choice", "the end of the execution")
        super().record(execution)

    def advance(self) -> bool:
        """Move on to the next schedule, which may be that of another root."""
        if super().advance():
            return True
        if not self._roots or self.divergence is not None:
            return False
        self._begin()
        return True

    def finish(self) -> None:
        """Count the schedules, multiplied by the number of ways to their roots."""
        for beginning, ways in self._begun:
            beginning.reached = {self.events: (ways, (), ())}
        self._count()

    def stack(self) -> tuple[State, ...]:
        """Return the beginnings so far, of which the last is the present one, and the states that it is in."""
        return (*(beginning for beginning, _ in self._begun), *self._open[1:])

    def standing(self) -> dict[str, object]:
        """Return where the search stands, and how many roots it has begun with."""
        return {**super().standing(), "begun": len(self._begun)}

    def take_up(self, found: Unfinished) -> None:
        """Go on where another process stood, with one of the same roots."""
        while len(self._begun) < found.last["begun"]:
            self._begin()
        super().take_up(found)

    def _begin_with(self, stack: list[State]) -> None:
        number = len(self._begun)
        self._begun = [(state, ways) for state, (_, ways) in zip(stack, self._begun, strict=False)]
        self._open = stack[number - 1 :]
        self._whole = self._open[0] if self._root.ways == 1 else None

    def in_order(self) -> tuple[State, ...]:
        """Return all states; see `StateScheduler`."""
        return (*(beginning for beginning, _ in self._begun), *self._open[1:], *reversed(self._left))
