"""Search the rules on concrete numbers for the fewest events that violate a property, or exercise it at all.

The rules are those of the proof, so this is fast: a guard is a comparison of a few numbers. A trace is a list of
actions by name. `replayed` runs it on the machine within bounds, where each action must be possible and the violation
must show again; it returns a schedule of the checker.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.algebra import FALSE, TRUE, Formula, evaluate
from treadle_models.explicit.instance import make_play
from treadle_models.machine.actor import CHOICES
from treadle_models.machine.play import FREE, NO_MORE, ONE_MORE, State
from treadle_models.machine.stage import MachineLimits
from treadle_models.situations import instance
from treadle_models.spec import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from treadle_models.smt.control import Rule
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.judge import Pair

_AT_REST = frozenset({*FREE, "timer"})
_PRICED = frozenset({*_AT_REST, "cancel-0", "cancel-1", "uncancel-0", "uncancel-1", "cancel-dependency", "fail-child"})
_ONCE = "cancel-self"
"""What a dependency may do to itself, once and free; here it counts as an event, to keep states few."""
_MOST = 6
"""The largest value of a counter: a call that repeats itself would count for ever."""
_ACTS = frozenset({"forever", *(act for acts in CHOICES.values() for act in acts)})

_State = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Trace:
    """A list of actions by name, beginning with that of the start, and the number of events among them.

    `count`: the count at entry, where it is a symbol.
    """

    actions: tuple[str, ...]
    events: int
    count: int = 1

    @property
    def steps(self) -> int:
        """The number of steps that the dependency needs: one more than it takes, if it waits in the last one."""
        acts = [each for each in self.actions if each in _ACTS]
        return len(acts) + (bool(acts) and acts[-1] in ("wait", "uncancel")) or 1


class Search:
    """Searches the states of a situation in the order of their number of events, as far as asked."""

    def __init__(self, unfolded: Unfolded, limit: int = 60_000) -> None:
        """Stop at `limit` states."""
        self.unfolded = unfolded
        self.limit = limit
        self.violated: dict[Pair, Trace] = {}
        self.exercised: set[Pair] = set()
        self.events = -1
        self._begin: _State = (-1, ())
        self._parents: dict[_State, tuple[_State, str]] = {}
        self._levels: list[deque[tuple[_State, _State, str]]] = [deque([(self._begin, self._begin, "")])]

    @property
    def is_cut_off(self) -> bool:
        """Say whether the limit of states was reached."""
        return len(self._parents) >= self.limit

    def go_on(self, events: int) -> None:
        """Search all states with at most so many events."""
        while self.events < events and not self.is_cut_off:
            self.events += 1
            self._levels.append(deque())
            queue = self._levels[self.events]
            while queue and not self.is_cut_off:
                state, parent, text = queue.popleft()
                if state not in self._parents:
                    self._parents[state] = parent, text
                    self._visit(state, queue)

    def _visit(self, state: _State, queue: deque[tuple[_State, _State, str]]) -> None:
        number, counters = state
        place = self.unfolded.control.places[number] if number >= 0 else None
        free: Iterable[str] = _AT_REST if place is not None and place.phase == "rest" else ()
        for rule in self.unfolded.rules_from(number):
            if not rule.step.passes(counters):
                continue
            if rule.judged:
                self._judge(rule, state)
            if rule.target < 0:
                continue
            target = rule.target, rule.step.moves(counters)
            if target not in self._parents and max(target[1], default=0) <= _MOST:
                priced = rule.text == _ONCE or (rule.text in _PRICED and rule.text not in free)
                (self._levels[self.events + 1] if priced else queue).append((target, state, rule.text))

    def _judge(self, rule: Rule, state: _State) -> None:
        numbers = dict(zip(rule.step.source, state[1], strict=True))
        for each in rule.judged:
            if each.pair not in self.exercised and _true(each.applies, numbers):
                self.exercised.add(each.pair)
            if each.pair not in self.violated and _true(each.wrong, numbers):
                actions = (*self._way(state), rule.text)
                real = tuple(action for action in actions if action not in (ONE_MORE, NO_MORE))
                self.violated[each.pair] = Trace(real, self.events - actions.count(_ONCE), 1 + actions.count(ONE_MORE))

    def _way(self, state: _State) -> Iterator[str]:
        found: list[str] = []
        while state != self._begin:
            state, text = self._parents[state]
            found.append(text)
        return reversed(found)


def _true(formula: Formula, numbers: dict[str, int]) -> bool:
    return formula == TRUE or (formula != FALSE and evaluate(formula, numbers))


class _Reader:
    """An oracle that takes the action of the given name, and notes which option that was."""

    def __init__(self) -> None:
        self.wanted = ""
        self.choices: list[int] = []

    def choose(self, options: tuple[str, ...]) -> int:
        answer = options.index(self.wanted) if self.wanted in options else 0
        self.choices.append(answer)
        return answer

    def decide(self, formula: Formula) -> bool:
        message = f"{formula} has no truth value within bounds"
        raise AssertionError(message)


def replayed(unfolded: Unfolded, pair: Pair, trace: Trace) -> tuple[int, ...] | None:
    """Return a trace as a schedule within its own numbers of events and steps; None if it does not violate there."""
    control = unfolded.control
    limits = MachineLimits(events=trace.events, steps=trace.steps)
    play = make_play(control.candidate, instance(unfolded.situation.name, trace.count), control.version, limits)
    play.turns = True  # one path is taken, so it does not matter what a state consists of
    reader = _Reader()
    reader.wanted = trace.actions[0]
    state = play.first(reader)
    rest = deque(trace.actions[1:])
    while isinstance(state, State):
        reader.wanted = rest.popleft() if rest else ""
        state = play.act(state, reader)
        if reader.wanted and play.taken != reader.wanted and (rest or isinstance(state, State)):
            return None
    name, reading = pair
    if all(BY_NAME[name].holds(each, reading) for each in state.seen):
        return None
    return tuple(reader.choices)
