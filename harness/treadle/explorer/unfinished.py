"""What an unfinished search has found, as it was written down by another process.

It is written in pieces (see `written`). A piece holds what the search has found since the piece before, and where it
stands: its log of choices, the states that it has not left, the tallies that have grown. States that it has left do not
change any more, so each is in one piece, with arrows only to states before it.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import ne
from typing import TYPE_CHECKING

from treadle.explorer.graph import Leg, State, edges_of
from treadle.explorer.outcomes import Outcomes
from treadle.explorer.tally import Tallies, Tally
from treadle.wire import Json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from treadle.fingerprint import Fingerprint

Piece = dict[str, Json]
Tells = Callable[[object], Json]
"""Writes an outcome as JSON, or reads one."""


class Unfinished:
    """A search as its pieces tell it: states, tallies, and where it stood last."""

    def __init__(self, pieces: Sequence[Piece], hear: Tells) -> None:
        """Read the pieces, the oldest first; `hear` reads an outcome."""
        self.names: list[str] = [name for piece in pieces for name in piece["names"]]
        self.legs: list[Leg] = []
        self.outcomes: Outcomes[object] = Outcomes()
        self.left: list[State] = []
        self.keys: list[bytes | None] = []
        self.open: list[State] = []
        self.open_keys: list[bytes | None] = []
        self.tallies: Tallies[object] = Tallies(self.outcomes)
        for piece in pieces:
            self._read(piece, hear)
        self.last = pieces[-1]

    def _read(self, piece: Piece, hear: Tells) -> None:
        self.legs += (Leg(tuple(way), tuple(further), price, met) for way, further, price, met in piece["legs"])
        for told in piece["outcomes"]:
            self.outcomes.number(hear(told))
        for told in piece["left"]:
            state, key = _state(told)
            self._follow(state, told)
            state.leave()
            state.number = len(self.left)
            self.left.append(state)
            self.keys.append(key)
        before, self.open, self.open_keys = self.open, [], []
        for place, (edges, leaves, told) in enumerate(piece["open"]):
            state, key = _state(told)
            if place < len(before):
                state.edges, state.leaves = before[place].edges[:edges], before[place].leaves[:leaves]
            self.open.append(state)
            self.open_keys.append(key)
        for state, (_, _, told) in zip(self.open, piece["open"], strict=True):
            self._follow(state, told)
        for number, schedules, size, example in piece["tallies"]:
            self.tallies[self.outcomes[number]] = Tally(schedules, tuple(size), tuple(example))

    def _follow(self, state: State, told: Json) -> None:
        """Add what follows from a state."""
        edges, leaves = iter(told[5]), iter(told[6])
        for end, leg in zip(edges, edges, strict=True):
            state.edges += (self.left[end] if end >= 0 else self.open[-1 - end], self.legs[leg])
        for outcome, leg in zip(leaves, leaves, strict=True):
            state.leaves += (outcome, self.legs[leg])

    def begins_with(
        self, left: Sequence[State], known: Mapping[Fingerprint | bytes, State], outcomes: Outcomes[object]
    ) -> bool:
        """Say whether a search that has just begun has `left` the same states so far, in the same order.

        `known` are its states by digests, which must be made from `names`; `outcomes` are those that it has seen.
        """
        if len(outcomes) > len(self.outcomes) or any(map(ne, outcomes, self.outcomes)):
            return False
        keys = {id(state): key for key, state in known.items()}
        for number, state in enumerate(left):
            state.number = number
        return len(left) <= len(self.left) and all(
            _is_same(mine, theirs) and (key is None or keys.get(id(mine), key) == key)  # it may be another's by now
            for mine, theirs, key in zip(left, self.left, self.keys, strict=False)
        )


def _state(told: Json) -> tuple[State, bytes | None]:
    depth, size, events, unread, key, _, _ = told
    return State(depth, tuple(size), events, unread), None if key is None else bytes.fromhex(key)


def _is_same(one: State, other: State) -> bool:
    return (one.depth, one.size, one.events, one.unread, one.leaves) == (
        other.depth,
        other.size,
        other.events,
        other.unread,
        other.leaves,
    ) and [(end.number, leg) for end, leg in edges_of(one)] == [(end.number, leg) for end, leg in edges_of(other)]
