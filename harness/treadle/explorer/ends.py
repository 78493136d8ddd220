"""Draw a sample of what a search by states left out, and say what must follow.

A search by states ends an execution at a state that it knows; this is an *end*. The more schedules were left out below
an end, the more likely it is to be drawn, and the path from there is drawn uniformly among these schedules. So an error
that affects many schedules is found almost for certain. A uniform draw of ends would miss it, because nearly all ends
have hardly anything below them. The draw depends only on what was found, so it is the same each time.

Everything about the path that leads on from the state is known: the options at each choice point, the outcome, and how
much longer the execution gets. Nothing is kept for that during the search. The options at a choice point are those that
were taken there, one in each execution, without the events if no event is left.
"""

from __future__ import annotations

import random
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from treadle.explorer.graph import BITS, PRICED, UNKNOWN, State, edges_of, leaves_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from treadle.explorer.graph import Leg, Size, Way
    from treadle.schedule import Schedule

ONE_IN = 50
"""One in this many ends is drawn in a large search."""

AT_LEAST = 20

# In a smaller search that is too little. If a wrong state shows in one of six left-out schedules (a count that is read
# unnoticed, in `third-party`), twenty samples miss it once in thirty times, 64 almost never. So one is drawn for each
# _EXECUTIONS_FOR_ONE executions, up to _ENOUGH. The smallest searches may spend _PER_CENT of their executions on that,
# because more would cost over a twentieth of all callbacks; but at least _FEWEST are drawn.
_EXECUTIONS_FOR_ONE, _ENOUGH, _PER_CENT, _FEWEST = 50, 64, 3, 8


class Step(NamedTuple):
    """A choice point: the number of options, the last `priced` of which take an event each, and the choice."""

    options: int
    priced: int
    choice: int


class End(NamedTuple):
    """An end at a known state: the schedule that led there, its size, and the number of events left."""

    schedule: Schedule
    size: Size
    events: int


class Sample(NamedTuple):
    """An end, and what must follow: choice points, the outcome or its number, the size of the execution."""

    end: End
    steps: tuple[Step, ...]
    outcome: object
    size: Size


class Pair(NamedTuple):
    """An end, and the known state for which it was taken, as first reached."""

    end: End
    known: End


class _Drawn(NamedTuple):
    """An end that was drawn: the state before it, the leg from there, and the known state."""

    above: State
    leg: Leg
    known: State


def draw_samples(states: Sequence[State], events: int, executions: int) -> list[Sample]:
    """Draw ends, and paths that go on from them.

    The states are those of a finished search, each after those that led to it; `events` is the number with which the
    search began, `executions` the number that it took.
    """
    chance = random.Random(0)  # noqa: S311 - no secrets here
    chosen = _draw_ends(states, events, chance, _how_many(executions))
    ways = _find_ways(states, {each.above for each in chosen})
    return [_follow(_end(each, events, ways), each.known, chance) for each in chosen]


def _how_many(executions: int) -> int:
    """Return the least number of ends to draw, after a search with this many executions."""
    wanted = min(max(AT_LEAST, executions // _EXECUTIONS_FOR_ONE), _ENOUGH)
    return max(_FEWEST, min(wanted, executions * _PER_CENT // 100))


def draw_pairs(states: Sequence[State], events: int) -> list[Pair]:
    """Draw ends at states from which other searches go on, so that nothing is known of what follows."""
    chosen = _draw_ends(states, events, random.Random(0), AT_LEAST)  # noqa: S311 - no secrets here
    ways = _find_ways(states, {state for each in chosen for state in (each.above, each.known)})
    found = []
    for each in chosen:
        known = End(_choices(ways[each.known]), each.known.size, _events_at(each.known, events))
        found.append(Pair(_end(each, events, ways), known))
    return found


def without_events(step: Step) -> Step | None:
    """Return a choice point as it is with no event left: without the priced options, or None if no choice is left."""
    free = step.options - step.priced
    return Step(free, 0, step.choice) if free > 1 else None


def _draw_ends(states: Sequence[State], most: int, chance: random.Random, at_least: int) -> list[_Drawn]:
    """Return some of the ends, in random order."""
    _count_below(states, most)
    ends = hidden = 0
    for _, below in _ends(states, most):
        ends += 1
        hidden += below
    wanted = min(hidden, max(at_least, ends // ONE_IN))
    # One number in each of `wanted` equal ranges, so that an end with much below it cannot be missed by chance.
    numbers = iter([(place * hidden + chance.randrange(hidden)) // wanted for place in range(wanted)])
    drawn: list[_Drawn] = []
    passed, number = 0, next(numbers, None)
    for end, below in _ends(states, most):
        passed += below
        while number is not None and number < passed:
            drawn.append(end)
            number = next(numbers, None)
    chance.shuffle(drawn)
    return drawn


def _count_below(states: Sequence[State], most: int) -> None:
    """Count the schedules that follow from each state, for each number of events with which it was reached."""
    for state in states:
        state.below = {}
    for events in range(most + 1) if most != UNKNOWN else (UNKNOWN,):
        for state in reversed(states):
            if not state.was_passed_with(events):
                continue
            count = 0 if state.edges or state.leaves else 1  # if nothing follows, other searches go on from here
            for end, leg in edges_of(state):
                if leg.price <= events:
                    count += end.below[_after(events, leg.price)]
            for _, leg in leaves_of(state):
                count += leg.price <= events
            state.below[events] = count


def _ends(states: Sequence[State], most: int) -> Iterator[tuple[_Drawn, int]]:
    """Yield the ends, each with the number of schedules that were left out."""
    for state in states:
        for end, leg in edges_of(state):
            if leg.met:
                yield _Drawn(state, leg, end), end.below[_after(_events_at(state, most), leg.price)]


def _events_at(state: State, most: int) -> int:
    """Return how many events were left when a state was first reached."""
    return state.events if state.depth and most != UNKNOWN else most


def _after(events: int, price: int) -> int:
    return events - price if events != UNKNOWN else events


def _find_ways(states: Sequence[State], wanted: Collection[State]) -> dict[State, Way]:
    """Return the paths by which these states were first reached, from the beginning, as executions took them."""
    before: dict[State, tuple[State, Way]] = {}
    needed = set(wanted)
    for state in reversed(states):
        for end, leg in edges_of(state):
            if end in needed and not leg.met:
                before[end] = state, leg.way
                needed.add(state)
    ways: dict[State, Way] = {}
    for state in wanted:
        parts: list[Way] = []
        above = state
        while above in before:
            above, way = before[above]
            parts.append(way)
        ways[state] = tuple(step for way in reversed(parts) for step in way)
    return ways


def _choices(way: Way) -> Schedule:
    return tuple(step >> BITS for step in way)


def _end(drawn: _Drawn, most: int, ways: dict[State, Way]) -> End:
    above, leg, _ = drawn
    size = _add(above.size, leg.further)
    return End(_choices(ways[above] + leg.way), size, _after(_events_at(above, most), leg.price))


def _add(size: Size, further: Size) -> Size:
    return tuple(map(add, size, further)) if size else further


def _follow(end: End, state: State, chance: random.Random) -> Sample:
    """Draw a path from a state to an outcome."""
    steps: list[Step] = []
    size, left = end.size, end.events
    while True:
        number = chance.randrange(state.below[left])
        following: tuple[tuple[object, Leg], ...] = (*edges_of(state), *leaves_of(state))
        for onwards, leg in following:
            if leg.price > left:
                continue
            number -= onwards.below[_after(left, leg.price)] if isinstance(onwards, State) else 1
            if number < 0:
                break
        steps += _offered(state, leg.way, left)
        size = _add(size, leg.further)
        left = _after(left, leg.price)
        if not isinstance(onwards, State):
            return Sample(end, tuple(steps), onwards, size)
        state = onwards


def _offered(state: State, way: Way, left: int) -> Iterator[Step]:
    """Yield the choice points on a path from a state, given the number of events left."""
    arrows = [*(leg.way for _, leg in edges_of(state)), *(leg.way for _, leg in leaves_of(state))]
    for place, taken in enumerate(way):
        arrows = [each for each in arrows if each[:place] == way[:place]]
        options = {each[place] for each in arrows}
        step = Step(len(options), sum(bool(each & PRICED) for each in options), taken >> BITS)
        offered = step if left else without_events(step)
        if offered is not None:
            yield offered
        left -= bool(taken & PRICED)
