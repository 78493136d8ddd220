"""The effect of a rule on counters, and on their bounds.

A step is a guard and the new value of each counter of the target. Many rules of many candidates share a step, so it is
analysed once: which bounds of the source the guard narrows, and from which bounds of the source each bound of the
target follows. A solver could derive more (here an expression is bounded as a whole, or as a sum of two parts), but the
result is always correct, and cheap.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from treadle_models.algebra import Linear, Relation, evaluate
from treadle_models.smt.template import BOUNDS, FAR, Layout, at_first, layout, normal

if TYPE_CHECKING:
    from treadle_models.algebra import Formula
    from treadle_models.smt.template import Facts, Interval, Terms

_Key = tuple[tuple[str, ...], tuple[str, ...], tuple["Formula", ...], tuple[tuple["Terms", int], ...]]


class _Part(NamedTuple):
    """A form of the source times 1 or -1, plus a constant; `place` -1: the constant alone."""

    place: int
    sign: int
    constant: int


class _Narrowing(NamedTuple):
    """A form is `sign` times the form of a guard, plus the rest."""

    place: int
    guard: int
    sign: int
    rest: _Part


class Step:
    """A guard and updates between two lists of counters; equal ones are one object, made by `step`."""

    def __init__(self, key: _Key) -> None:
        self.source, self.target, self.guards, updates = key
        self.updates = tuple(Linear(*each) for each in updates)
        self._places = dict(layout(self.source).places)
        self._extra: list[Interval] = []
        self._tests = [test for guard in self.guards if (test := self._test(guard)) is not None]
        self._narrowings = [each for test in self._tests for each in self._narrowed(test)]
        self._sums = [self._sum(form) for form in layout(self.target).forms]
        at = {name: place for place, name in enumerate(self.source)}
        self._moves = [([(at[name], factor) for name, factor in each.terms], each.constant) for each in self.updates]
        self._known: dict[Facts, Facts | None] = {}

    def after(self, facts: Facts) -> Facts | None:
        """Return the bounds after the step from those before; None if the guard cannot be true."""
        if facts not in self._known:
            known = self._guarded(facts)
            if known is not None:
                self._known[facts] = tuple([_clip(self._bounds(each, known)) for each in self._sums])
            else:
                self._known[facts] = None
        return self._known[facts]

    # On numbers

    def passes(self, numbers: tuple[int, ...]) -> bool:
        """Say whether the guard is true of these counters."""
        if not self.guards:
            return True
        known = dict(zip(self.source, numbers, strict=True))
        return all(evaluate(guard, known) for guard in self.guards)

    def moves(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Return the counters of the target."""
        moves = self._moves
        return tuple([constant + sum([numbers[at] * factor for at, factor in terms]) for terms, constant in moves])

    # The guard

    def _place(self, terms: Terms) -> int:
        """Return the place of a form; one that is not in the template gets a place for this step alone."""
        if terms not in self._places:
            self._places[terms] = len(layout(self.source).forms) + len(self._extra)
            self._extra.append(at_first(terms))
        return self._places[terms]

    def _test(self, guard: Formula) -> tuple[int, Relation, int, int] | None:
        """Return form, relation, sign and constant of a comparison; None for other formulas, which narrow nothing."""
        inner = guard.parts[0] if guard.relation is Relation.NOT else guard
        if inner.relation not in (Relation.AT_MOST, Relation.EQUAL):
            return None
        terms, sign = normal(inner.terms)
        return self._place(terms), guard.relation, sign, inner.constant

    def _narrowed(self, test: tuple[int, Relation, int, int]) -> list[_Narrowing]:
        forms: Layout = layout(self.source)
        terms = next(terms for terms, place in self._places.items() if place == test[0])
        found = []
        for place, form in enumerate(forms.forms):
            for sign in (1, -1):
                rest = Linear(form) - Linear(terms) if sign > 0 else Linear(form) + Linear(terms)
                if len(rest.terms) <= len(form) and rest.terms != form and place != test[0]:
                    part = self._part(rest)
                    if part is not None:
                        found.append(_Narrowing(place, test[0], sign, part))
        return found

    def _guarded(self, facts: Facts) -> list[Interval] | None:
        known = [*facts, *self._extra]
        for place, relation, sign, constant in self._tests:
            low, high = known[place]
            at = -sign * constant
            if relation is Relation.AT_MOST:
                low, high = (low, min(high, at)) if sign > 0 else (max(low, at), high)
            elif relation is Relation.EQUAL:
                low, high = max(low, at), min(high, at)
            else:
                low, high = low + (low == at), high - (high == at)
            if low > high:
                return None
            known[place] = low, high
        for place, guard, sign, rest in self._narrowings:
            low, high = _plus(_value(known, rest), _times(known[guard], sign))
            known[place] = max(low, known[place][0]), min(high, known[place][1])
        return known

    # The updates

    def _part(self, expression: Linear) -> _Part | None:
        """Return an expression as a form of the source plus a constant, if it is one."""
        if not expression.terms:
            return _Part(-1, 1, expression.constant)
        terms, sign = normal(expression.terms)
        place = self._places.get(terms)
        return None if place is None else _Part(place, sign, expression.constant)

    def _sum(self, form: Terms) -> tuple[tuple[_Part, ...], ...]:
        """Return the ways to write a form of the target as a sum over the source."""
        total = Linear(())
        for name, factor in form:
            update = self.updates[self.target.index(name)]
            for _ in range(abs(factor)):
                total = total + update if factor > 0 else total - update
        whole = self._part(total)
        if whole is not None and len(total.terms) <= 1:
            return ((whole,),)
        ways: list[tuple[_Part, ...]] = [] if whole is None else [(whole,)]
        constant = _Part(-1, 1, total.constant)
        units = [Linear(((name, 1 if factor > 0 else -1),)) for name, factor in total.terms for _ in range(abs(factor))]
        ways.append((constant, *(part for unit in units if (part := self._part(unit)) is not None)))
        for terms in layout(self.source).forms:
            for sign in (1, -1):
                rest = total - Linear(terms) if sign > 0 else total + Linear(terms)
                part = self._part(rest)
                if len(rest.terms) < len(total.terms) and part is not None:
                    ways.append((_Part(self._places[terms], sign, 0), part))
        return tuple(dict.fromkeys(ways))

    def _bounds(self, ways: tuple[tuple[_Part, ...], ...], known: list[Interval]) -> Interval:
        low, high = -FAR, FAR
        for parts in ways:
            total = 0, 0
            for part in parts:
                total = _plus(total, _value(known, part))
            low, high = max(low, total[0]), min(high, total[1])
            if low > -FAR and high < FAR:
                break
        return low, high


def _value(known: list[Interval], part: _Part) -> Interval:
    if part.place < 0:
        return part.constant, part.constant
    low, high = known[part.place]
    return (low + part.constant, high + part.constant) if part.sign > 0 else (part.constant - high, part.constant - low)


def _times(one: Interval, sign: int) -> Interval:
    return one if sign > 0 else (-one[1], -one[0])


def _plus(one: Interval, other: Interval) -> Interval:
    return one[0] + other[0], one[1] + other[1]


def _clip(one: Interval) -> Interval:
    """Restrict bounds to those of the template: others are widened to the next one, or dropped."""
    low, high = one
    low = -FAR if low < BOUNDS[0] else min(low, BOUNDS[-1])
    high = FAR if high > BOUNDS[-1] else max(high, BOUNDS[0])
    return low, high


@cache
def _step(key: _Key) -> Step:
    return Step(key)


def step(
    source: tuple[str, ...], target: tuple[str, ...], guards: tuple[Formula, ...], updates: tuple[Linear, ...]
) -> Step:
    """Return the step between these counters."""
    return _step((source, target, guards, tuple(each.key() for each in updates)))
