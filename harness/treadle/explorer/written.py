"""Write down what an unfinished search has found, in pieces, for another process to go on.

A state is known by its digest, which means the same in another process if all tokens in it have names there (see
`fingerprint.portable`); if one has not, there is no piece. For what is in a piece see `unfinished`.
"""

from __future__ import annotations

from array import array
from itertools import islice
from typing import TYPE_CHECKING

from treadle.explorer.graph import Leg, State, edges_of, leaves_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from treadle.explorer.states import StateScheduler
    from treadle.explorer.tally import Tallies
    from treadle.explorer.unfinished import Piece, Tells, Unfinished
    from treadle.wire import Json

_PLAIN = (type(None), int)  # what a state may leave out as unread, to be written


class Writer:
    """Writes pieces of one search."""

    def __init__(self, scheduler: StateScheduler, tell: Tells, earlier: Unfinished | None = None) -> None:
        """Prepare; `tell` writes an outcome. `earlier`: what the scheduler has taken up, which is written already."""
        self._scheduler = scheduler
        self._tell = tell
        self._names: set[str] = set() if earlier is None else set(earlier.names)
        self._legs = {} if earlier is None else {id(leg): place for place, leg in enumerate(earlier.legs)}
        self._told = 0 if earlier is None else len(earlier.outcomes)
        self._left = 0 if earlier is None else len(earlier.left)
        self._open = [] if earlier is None else _lengths(earlier.open)
        self._tallied = array("Q") if earlier is None else _counts(earlier.tallies)
        self._keys: dict[int, object] = {}  # by `id`, of states that are to be written
        self._places: dict[int, int] = {}  # the same, of those that the search is in

    def piece(self) -> Piece | None:
        """Return what is new; None if another process could not go on from there, now or ever."""
        scheduler = self._scheduler
        names = scheduler.digests().names_from(len(self._names))
        if not all(names) or len(self._names.union(names)) < len(self._names) + len(names):
            return None
        self._names.update(names)
        legs = list(islice(scheduler.legs, len(self._legs), None))
        self._legs.update({id(leg): len(self._legs) + place for place, leg in enumerate(legs)})
        left, entries = self._write_left(), self._write_open()
        if left is None or entries is None:
            return None
        return {
            "names": names,
            "legs": legs,
            "left": left,
            "open": entries,
            "tallies": self._write_tallies(),
            "outcomes": self._write_outcomes(),
            **scheduler.standing(),
        }

    def _write_left(self) -> list[Json] | None:
        left = self._scheduler.left[self._left :]
        for number, state in enumerate(left, self._left):
            state.number = number
        first, self._left = self._left, self._left + len(left)
        known = self._scheduler.known.items()
        self._keys = {id(state): key for key, state in known if not state.done or state.number >= first}
        written = [self._write_state(state, 0, 0) for state in left]
        return None if None in written else written

    def _write_open(self) -> list[Json] | None:
        """Write the states that the search is in, each as far as it was not written before, with the kept length."""
        stack = self._scheduler.stack()
        self._places = {id(state): -1 - place for place, state in enumerate(stack)}
        entries: list[Json] = []
        for place, state in enumerate(stack):
            before = self._open[place] if place < len(self._open) and self._open[place][0] is state else (state, 0, 0)
            written = self._write_state(state, *before[1:])
            if written is None:
                return None
            entries.append([*before[1:], written])
        self._open = _lengths(stack)
        return entries

    def _write_state(self, state: State, edges: int, leaves: int) -> Json:
        if type(state.unread) not in _PLAIN:
            return None
        key = self._keys.get(id(state))
        return [
            state.depth,
            state.size,
            state.events,
            state.unread,
            key.hex() if isinstance(key, bytes) else None,
            [each for end, leg in islice(edges_of(state), edges // 2, None) for each in self._arrow(end, leg)],
            [
                each
                for outcome, leg in islice(leaves_of(state), leaves // 2, None)
                for each in (outcome, self._legs[id(leg)])
            ],
        ]

    def _arrow(self, end: State, leg: Leg) -> tuple[int, int]:
        return end.number if end.done else self._places[id(end)], self._legs[id(leg)]

    def _write_tallies(self) -> list[Json]:
        """Write the tallies that have grown."""
        tallies, known = self._scheduler.tallies, self._tallied
        known.frombytes(bytes(known.itemsize * (len(tallies.outcomes) - len(known))))
        found: list[Json] = []
        for number, schedules in tallies.counts():
            if known[number] != schedules:
                known[number] = schedules
                tally = tallies.of(number)
                found.append([number, schedules, tally.size, tally.example])
        return found

    def _write_outcomes(self) -> list[Json]:
        outcomes = self._scheduler.tallies.outcomes
        first, self._told = self._told, len(outcomes)
        return [self._tell(outcomes[number]) for number in range(first, len(outcomes))]


def _counts(tallies: Tallies[object]) -> array[int]:
    """Return the number of schedules of each outcome by its number."""
    counts = array("Q", bytes(8 * len(tallies.outcomes)))
    for number, schedules in tallies.counts():
        counts[number] = schedules
    return counts


def _lengths(stack: Sequence[State]) -> list[tuple[State, int, int]]:
    """Return states, and how much of what follows from each is known for good: without an arrow to an open state."""
    return [(state, len(state.edges) - 2 * _leads_on(state), len(state.leaves)) for state in stack]


def _leads_on(state: State) -> bool:
    return bool(state.edges) and not state.edges[-2].done  # type: ignore[union-attr]  # every second one is a state
