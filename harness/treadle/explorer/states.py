"""Visit each state once: enumerate schedules, but end an execution when it reaches a state that was seen before.

What follows from a state (which outcomes, in how many schedules) depends on the state alone. So the first visit runs
everything that follows, by the same depth-first search, and an execution that reaches the state again ends there: it is
an *edge* to a known state. The result is a graph of states with edges and leaves. The search leaves a state only after
all that follow from it, so in the reverse of that order each state comes after all that lead to it: one pass counts the
ways to each, and keeps the smallest. So the number of schedules stays exact, although most of them are never executed.

The number of events left is not part of a state, if the program says so: what can follow with some events left can also
follow with more. So a state that was reached with at least as many events left need not be visited again (*dominance*
of the larger budget); with fewer, it is. The pass at the end counts by the number of events left: each edge has a
price, and a schedule with fewer events left does not take it. A choice point that offers only events vanishes once the
last event is used, and is left out of the smallest schedule there.

A state may contain a value that the program has not read so far. If everything that follows was run, and nothing has
read it, its value makes no difference. So it is left out until it is read. But such a read may still follow from a
state that the search has not left yet. So a state counts as known only once the search has left it.

Identifying a state costs as much as an execution, so the search begins without it. If a state is opaque, or a program
returns to a state that the search has not left (a cycle, with endless schedules), or states never repeat (see
`growth`), it goes on without. The results until then remain, unless they turn out to be wrong: a sample of the
executions that ended at a known state is run on at the end (see `ends`, `distrust`).
"""

from __future__ import annotations

import contextlib
from operator import sub
from typing import TYPE_CHECKING

from treadle.explorer.graph import UNKNOWN, Leg, State, count, way_of
from treadle.explorer.growth import Growth
from treadle.explorer.schedulers import EnumeratingScheduler
from treadle.fingerprint import Digests, OpaqueError, watching_code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from treadle.explorer.graph import Size, Way
    from treadle.explorer.program import Execution
    from treadle.explorer.unfinished import Unfinished
    from treadle.fingerprint import Fingerprint

_new_tuple = tuple.__new__

MANY = 100
"""Above this number of states, fingerprints are kept as digests, for a little time and a tenth of the memory."""


class StateScheduler(EnumeratingScheduler):
    """Enumerates, remembers states, and ends executions that have nothing new to show.

    `opaque` says why states are not identified, or no longer.
    """

    __slots__ = (
        *("_digests", "_first", "_growth", "_left", "_legs", "_open", "_pruned", "_states", "_whole"),
        "events",
        "is_full",
        "met",
        "opaque",
    )

    knows_states = True

    def __init__(self, first: int, opaque: str = "") -> None:
        """Start with the schedule of default choices; the `first` executions do not identify states."""
        super().__init__()
        self._first = first
        self._states: dict[Fingerprint | bytes, State] = {}
        self._digests: Digests | None = None  # replaces fingerprints if there are many
        self.events = UNKNOWN  # the number at the beginning, unknown so far
        self._whole: State | None = State(0, (), UNKNOWN)
        self._open = [self._whole]
        self._left: list[State] = []
        self._legs: dict[Leg, Leg] = {}
        self._pruned = False
        self.met: Fingerprint | bytes = ()  # the known state at which an execution has ended last
        self._growth = Growth()
        self.opaque = opaque
        self.is_full = False

    @property
    def states(self) -> int:
        """The number of distinct states."""
        return len(self._states)

    def watching(self) -> contextlib.AbstractContextManager[object]:
        """Record the code that runs: the objects that it can name belong to states."""
        return contextlib.nullcontext() if self.opaque else watching_code()

    def seen(
        self,
        size: Callable[[], Size],
        fingerprint: Callable[[], Fingerprint],
        left: int | None = None,
        unread: object = None,
    ) -> bool:
        """Say whether the state is known, and open it if not. In the repeated part, return False without a check."""
        if self.position < self._known or self._first > 0 or self.opaque or self.divergence is not None:
            return False
        try:
            identity = self._identify(fingerprint, unread)
        except OpaqueError as error:
            self.opaque = str(error)
            return False
        self.opaque = self._growth.look(len(identity))
        if self.opaque:
            return False
        key: Fingerprint | bytes = identity if self._digests is None else self._digests.of(identity)
        events = left or 0
        if self.events == UNKNOWN and left is not None:
            self.events = left + self._way_from(0)[1]
        state, reached = self._states.get(key), size()
        if state is not None and not state.done and (state.events, state.unread) == (events, unread):
            self.opaque = "the program can come back to a state for ever"
            return False
        if state is not None and state.done and state.events >= events:
            self.met = key
            self._open[-1].edges += (state, self._leg(reached, met=True))
            self._growth.meet()
            self._pruned = True
            return True
        if not self.is_full:  # otherwise what follows is counted with the state before
            opened = State(len(self.choices), reached, events, unread)
            self._open[-1].edges += (opened, self._leg(reached))
            self._open.append(opened)
            if state is None or state.done:
                self._keep(key, opened)
        return False

    def _keep(self, key: Fingerprint | bytes, state: State) -> None:
        self._states[key] = state
        if self._digests is None and len(self._states) > MANY:
            self.digests()

    def digests(self, names: Sequence[str] = ()) -> Digests:
        """Return what makes the digests of states; use them from now on. `names`: those of an earlier process."""
        if self._digests is None:
            self._digests = digests = Digests(names)
            self._states = {digests.of(each): state for each, state in self._states.items() if type(each) is tuple}
        return self._digests

    def keep_no_more(self) -> None:
        """Remember no further states."""
        self.is_full = True

    def _identify(self, fingerprint: Callable[[], Fingerprint], unread: object) -> Fingerprint:  # noqa: ARG002 - see `frontier`
        """Return the identity of a state; a search that does not go on from a state distinguishes more states."""
        return fingerprint()

    def record(self, execution: Execution[object]) -> None:
        """Note the outcome, unless the execution ended at a known state."""
        self._first -= 1
        if self._pruned:
            self._pruned = False
            return
        if self._open[-1] is self._whole:  # every execution is a schedule of its own here, and need not be kept
            super().record(execution)
            return
        self._open[-1].leaves += (self.tallies.outcomes.number(execution.outcome), self._leg(execution.size))

    def _leg(self, size: Size, *, met: bool = False) -> Leg:
        """Return the leg from the state opened last; equal legs are one object."""
        above = self._open[-1]
        way, price = self._way_from(above.depth)
        further = tuple(map(sub, size, above.size)) if above.size else size
        leg: Leg = _new_tuple(Leg, (way, further, price, met))
        return self._legs.setdefault(leg, leg)

    def _way_from(self, depth: int) -> tuple[Way, int]:
        """Return the way after the first `depth` choices, and how many events it takes."""
        return way_of(self.choices[depth:], self._options[depth:], self._priced[depth:])

    def advance(self) -> bool:
        """Leave the states that are completed, and move on; False if nothing is left."""
        last = self._last_open()
        while len(self._open) > 1 and self._open[-1].depth > last:
            state = self._open.pop()
            state.leave()
            self._left.append(state)
        return self._raise(last)

    def finish(self) -> None:
        """Count the schedules; if the search was cut off, those that were covered until then."""
        self._open[0].reached = {self.events: (1, (), ())}
        self._count()

    # To go on in another process

    @property
    def known(self) -> Mapping[Fingerprint | bytes, State]:
        """The states that count as known, or are about to, by fingerprint or digest."""
        return self._states

    @property
    def pruned(self) -> bool:
        """Say whether the execution that has ended, and is not recorded yet, ended at a known state."""
        return self._pruned

    @property
    def repeating(self) -> int:
        """The number of choices that it had in common with the one before."""
        return self._known

    @property
    def left(self) -> Sequence[State]:
        """The states from which everything that follows was run, in the order in which they were left."""
        return self._left

    @property
    def legs(self) -> Mapping[Leg, Leg]:
        """All legs of arrows, in the order in which they were first used."""
        return self._legs

    def stack(self) -> tuple[State, ...]:
        """Return the beginnings so far, of which the last is the present one, and the states that it is in."""
        return tuple(self._open)

    def standing(self) -> dict[str, object]:
        """Return where the search stands, as JSON; call it after `advance`."""
        return {
            "log": [self.choices[:], self._options[:], self._moments[:], self._priced[:]],
            "repeated": self._known,
            "spent": self.spent,
            "full": self.is_full,
            "opaque": self.opaque,
            "events": self.events,
            "growth": self._growth.standing(),
        }

    def take_up(self, found: Unfinished) -> None:
        """Go on where another process stood."""
        last = found.last
        self._begin_with(found.open)
        self._left, self.tallies = found.left, found.tallies
        pairs = (*zip(found.keys, found.left, strict=True), *zip(found.open_keys, found.open, strict=True))
        self._states = {key: state for key, state in pairs if key is not None}  # of states with one key, the last
        self._legs = {leg: leg for leg in found.legs}
        self.choices, self._options, self._moments, self._priced = (list(each) for each in last["log"])
        self._known, self.spent, self.is_full = last["repeated"], last["spent"], last["full"]
        self.opaque, self.events = last["opaque"], last["events"]
        self._growth.take_up(last["growth"])
        self._first = self.position = self.repeated = 0  # this process has run nothing that could be repeated

    def _begin_with(self, stack: list[State]) -> None:
        """Take over what `stack` has returned."""
        self._open = stack
        self._whole = stack[0]

    def in_order(self) -> tuple[State, ...]:
        """Return all states, each after those that lead to it without an event."""
        return (*self._open, *reversed(self._left))

    def _count(self) -> None:
        """Tally everything that follows from states."""
        self.spent = count(self.in_order(), self.events, self.tallies) or self.spent
