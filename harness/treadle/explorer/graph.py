"""The graph of states that a search has visited, and the count of its schedules, independent of schedulers.

A state has arrows to the states and the outcomes that follow from it. Each state comes after all that lead to it
without an event. So one pass for each number of events, the largest first, counts the ways to each, and keeps the
smallest.

There may be millions of states, so they are kept small. An arrow is two items of a list: its target, and its *leg*,
which many arrows share. The results of the pass at a state are dropped when the pass has gone on from there.
"""

from __future__ import annotations

from functools import partial
from operator import add
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from treadle.explorer.tally import Tallies
    from treadle.schedule import Schedule

Size = tuple[int, ...]
Way = tuple[int, ...]

# A way (the choices along a path) has a number for each choice: the option taken, followed by two bits. The bits are
# last, so that ways sort as their schedules do.
PRICED, ALONE = 2, 1  # the choice takes an event; without events left there would be no choice
BITS = 2

_MOST_LEVELS = 1000  # a bit for each number of events; the last one for `UNKNOWN`

UNKNOWN = 1 << 60  # the number of events left if it was not given: then events are ignored


class Leg(NamedTuple):
    """The choices along an arrow, the size that they add, and the events that they take.

    `met`: the arrow leads to a state that was already known, so an execution ended there.
    """

    way: Way
    further: Size
    price: int
    met: bool = False


_NOWHERE: dict[int, tuple[int, Size, Way]] = {}  # for states that are not reached yet; never written to


class State:
    """A state, with the number of events left when it was first reached, and what follows from it.

    `reached` is for the pass at the end: for each number of events left, the number of ways and the smallest of them.
    `levels` has a bit for each number of events with which the pass went on from the state. `below` is for the sample
    of what was left out: how many schedules follow (see `ends`). `number` is for searches that leave marks (see
    `unfinished`).
    """

    __slots__ = ("below", "depth", "done", "edges", "events", "leaves", "levels", "number", "reached", "size", "unread")

    def __init__(self, depth: int, size: Size, events: int, unread: object = None) -> None:
        """Make a state that comes after this many choices."""
        self.depth = depth
        self.size = size
        self.events = events
        self.unread = unread
        self.edges: list[State | Leg] = []
        self.leaves: list[int | Leg] = []
        self.done = False
        self.reached = _NOWHERE
        self.levels = 0
        self.below: dict[int, int]  # unset during the search
        self.number: int

    def leave(self) -> None:
        """Reduce its memory: everything that follows is known now."""
        self.done = True
        self.edges, self.leaves = self.edges[:], self.leaves[:]

    def was_passed_with(self, events: int) -> bool:
        """Say whether the pass at the end went on from here with this many events left."""
        return bool(self.levels >> min(events, _MOST_LEVELS) & 1)

    def reach(self, events: int, ways: int, size: Size, before: Way, onwards: Way) -> None:
        """Note that it is reached with this many events left, in this many ways, of which this is the smallest."""
        if self.reached is _NOWHERE:
            self.reached = {}
        known = self.reached.get(events)
        if known is None:
            self.reached[events] = ways, size, before + onwards
            return
        ways += known[0]
        if size > known[1]:  # most are not the smallest; joining their ways is the expensive part
            self.reached[events] = ways, *known[1:]
        else:
            self.reached[events] = ways, *min(known[1:], (size, before + onwards))


def edges_of(state: State) -> Iterator[tuple[State, Leg]]:
    """Yield the states that follow from this one, each with the leg of the arrow."""
    each = iter(state.edges)
    return cast("Iterator[tuple[State, Leg]]", zip(each, each, strict=True))


def leaves_of(state: State) -> Iterator[tuple[int, Leg]]:
    """Yield the numbers of the outcomes that follow from a state, each with the leg of the arrow."""
    each = iter(state.leaves)
    return cast("Iterator[tuple[int, Leg]]", zip(each, each, strict=True))


class _Steps(dict[tuple[int, int, int], int]):
    """The number of each choice in a way, by the option taken, the number of options, and how many cost an event."""

    def __missing__(self, chosen: tuple[int, int, int]) -> int:
        choice, count, costly = chosen
        free = count - costly
        self[chosen] = step = choice << BITS | (PRICED if choice >= free else 0) | (ALONE if free <= 1 else 0)
        return step


_steps = _Steps()


def way_of(choices: Iterable[int], options: Iterable[int], priced: Iterable[int]) -> tuple[Way, int]:
    """Return choices as a way, and how many events it takes; of the options of each, the last `priced` cost one."""
    way = tuple(map(_steps.__getitem__, zip(choices, options, priced, strict=True)))
    return way, sum(map(PRICED.__and__, way)) // PRICED


def schedule_of(way: Way, events: int) -> Schedule:
    """Return the choices of a way from the beginning, without choice points that vanish once all events are taken."""
    left = events
    choices = []
    for each in way:
        if left or not each & ALONE:
            choices.append(each >> BITS)
        left -= bool(each & PRICED)
    return tuple(choices)


def _joined(before: Way, onwards: Way, events: int) -> Schedule:
    return schedule_of(before + onwards, events)


def count(states: Sequence[State], most: int, tallies: Tallies[object]) -> bool:
    """Count the schedules, and add them to the tallies.

    Each of the states must come after those that lead to it without an event. At the beginning of a search, `reached`
    gives the number of events. Says whether some schedule could not go on for lack of an event.
    """
    spent = False
    for events in range(most, -1, -1) if most != UNKNOWN else (UNKNOWN,):
        for state in states:
            if events in state.reached:
                spent = _count_from(state, events, most, tallies) or spent
                state.levels |= 1 << min(events, _MOST_LEVELS)
                if state.edges or state.leaves:  # otherwise it belongs to a frontier, from which others go on
                    del state.reached[events]
                    state.reached = state.reached or _NOWHERE
    return spent


def _count_from(state: State, events: int, most: int, tallies: Tallies[object]) -> bool:
    """Pass the counts of a state with this many events left on to the states and outcomes that follow.

    `most` is the number of events at the beginning.
    """
    ways, smallest, way = state.reached[events]
    spent = False
    for end, (onwards, further, price, _) in edges_of(state):
        left = events - price if events != UNKNOWN else events
        if left < 0:
            spent = True
            continue
        end.reach(left, ways, tuple(map(add, smallest, further)) if smallest else further, way, onwards)
    for number, (onwards, further, price, _) in leaves_of(state):
        if events < price:
            spent = True
            continue
        size = tuple(map(add, smallest, further)) if smallest else further
        # Of two ways, the smaller one is the smaller schedule: choice points vanish from both at the same place.
        tallies.add_to(number, ways, size, partial(_joined, way, onwards, most), later=False)
    return spent
