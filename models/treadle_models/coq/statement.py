"""The transition system of a target in a situation, in the terms of `System.v` and `Spec.v`.

It has the same shapes and rules as the certificate in SMT-LIB (`smt.system`). Counters keep their values unless a rule
changes them, and a place does not mention counters that have no meaning in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle_models.smt.describe import described
from treadle_models.smt.system import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle_models.algebra import Formula
    from treadle_models.smt.control import Rule
    from treadle_models.smt.invariant import Unfolded
    from treadle_models.smt.step import Step
    from treadle_models.spec import Observation

START, OVER = "start", "over"


@dataclass(frozen=True, slots=True)
class Place:
    """A shape: its name, its number among all shapes of the target (below 0: none), and its description."""

    name: str
    number: int
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An action from one place to another; `forced`: it is one of the loop alone."""

    source: Place
    target: Place
    forced: bool
    step: Step
    text: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """An observation of a call in a place, under conditions."""

    place: Place
    conditions: tuple[Formula, ...]
    seen: Observation


@dataclass(frozen=True, slots=True)
class Statement:
    """The system.

    `places` are those that can be reached, the beginning first; of those in `beyond` it is only written that they
    cannot. `ending` are the places in which the call must end.
    """

    places: tuple[Place, ...]
    beyond: tuple[Place, ...]
    actions: tuple[Action, ...]
    sightings: tuple[Sighting, ...]
    ending: tuple[Place, ...]

    def counters(self) -> list[str]:
        """Return the names of all counters, in order."""
        return sorted({name for action in self.actions for name in (*action.step.source, *action.step.target)})


class _Maker:
    def __init__(self, unfolded: Unfolded) -> None:
        self.unfolded = unfolded
        self.shapes = unfolded.control.places
        self.places = {-1: Place(START, -1)}
        for place, number in enumerate(in_order(unfolded)):
            self.places[number] = Place(f"S{place}", number, described(self.shapes[number].shape))
        self.beyond: dict[int, Place] = {}
        self.over = Place(OVER, -1)

    def make(self) -> Statement:
        actions = tuple(dict.fromkeys(self.actions()))
        ends = self.unfolded.control.inside_and_done
        return Statement(
            tuple(self.places.values()),
            tuple(self.beyond.values()),
            actions,
            tuple(self.sightings()),
            tuple(place for number, place in self.places.items() if number >= 0 and ends(number)),
        )

    def actions(self) -> Iterator[Action]:
        for number, place in self.places.items():
            for rule in self.unfolded.rules_from(number):
                yield Action(place, self.target(rule), rule.first, rule.step, rule.text)

    def target(self, rule: Rule) -> Place:
        if rule.target < 0:
            return self.over
        if rule.target in self.places:
            return self.places[rule.target]
        return self.beyond.setdefault(rule.target, Place(f"B{len(self.beyond)}", rule.target))

    def sightings(self) -> list[Sighting]:
        """Return the sightings without repetitions; observations are compared in their written form."""
        found: dict[object, Sighting] = {}
        for number, place in self.places.items():
            for rule in self.unfolded.rules_from(number):
                for seen in rule.seen:
                    found.setdefault((place, rule.step.guards, key_of(seen)), Sighting(place, rule.step.guards, seen))
            for seen in self.shapes[number].seen if number >= 0 else ():
                found.setdefault((place, (), key_of(seen)), Sighting(place, (), seen))
        return list(found.values())


def key_of(seen: Observation) -> tuple[object, ...]:
    """Return a key that equal observations share; `==` of their expressions would be a formula."""
    return tuple(getattr(each, "key", lambda each=each: each)() for each in seen)


def statement_of(unfolded: Unfolded) -> Statement:
    """State the system of a situation."""
    return _Maker(unfolded).make()
