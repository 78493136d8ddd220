"""Inductive invariants: for each shape, the bounds of the forms that hold whenever the machine is there.

Bounds are computed forwards from the beginning until nothing changes; a bound outside of the template is dropped, so
this ends. What comes out is a *proposal*: whether it is inductive is for a solver to say, of each rule by itself, and
what it does not confirm is dropped (see `prove`), until all of the rest is confirmed. This is Houdini (Flanagan and
Leino, 2001), which would begin with every fact of the template; to begin with those that bounds suggest saves most of
the questions and changes nothing in what an answer means.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import TYPE_CHECKING

from treadle_models.algebra import Formula, Linear, Relation
from treadle_models.algebra.known import Known
from treadle_models.smt.control import Control
from treadle_models.smt.template import BOUNDS, Terms, forms, normal

if TYPE_CHECKING:
    from treadle_models.machine.play import Play
    from treadle_models.smt.control import Rule

Interval = tuple[int | None, int | None]
Facts = dict[Terms, Interval]

_ANYTHING: Interval = (None, None)


def propose(play: Play, limit: int = 5000) -> tuple[Control, list[Facts | None]]:
    """Unfold a play as far as bounds do not exclude it; return its shapes and rules, and the bounds in each shape.

    A shape to which only rules lead whose guards cannot be true has None, and no rules of its own.
    """
    control = Control()
    found: list[Facts | None] = []
    templates: list[tuple[Terms, ...]] = []
    visited: list[list[Rule]] = []
    queue: deque[int] = deque()
    waiting: set[int] = set()

    def reach(rule: Rule, facts: Facts) -> None:
        while len(found) < len(control.shapes):
            found.append(None)
            visited.append([])
            templates.append(forms(control.counters[len(templates)]))
        if rule.target < 0:
            return
        after = _joined(found[rule.target], templates[rule.target], control, rule, facts)
        if after is not None:
            found[rule.target] = after
            if rule.target not in waiting:
                waiting.add(rule.target)
                queue.append(rule.target)

    for rule in control.begin(play, limit):
        reach(rule, {})
    while queue:
        number = queue.popleft()
        waiting.discard(number)
        if not visited[number]:
            visited[number] = control.visit(play, number, limit)
        facts = found[number] or {}
        for rule in visited[number]:
            reach(rule, facts)
    return control, found


def _joined(
    before: Facts | None, template: tuple[Terms, ...], control: Control, rule: Rule, facts: Facts
) -> Facts | None:
    """Return what holds in the target of a rule when it brings what it brings; None if that is nothing new."""
    known = _after_guards(facts, rule.guards)
    if known is None:
        return None
    names, updates = control.counters[rule.target], rule.updates
    after: Facts = {}
    changed = before is None
    for form in template:
        if before is None:
            interval = _clip(_bounds(_substitute(form, names, updates), known))
        else:
            old = before.get(form)
            if old is None:
                continue
            interval = _clip(_union(old, _bounds(_substitute(form, names, updates), known)))
            changed = changed or interval != old
        if interval != _ANYTHING:
            after[form] = interval
    return after if changed else None


def _after_guards(facts: Facts, guards: tuple[Formula, ...]) -> Known | None:
    """Return what is known when the guards are true; None if they cannot be."""
    known = Known()
    known.bounds.update(facts)
    for guard in guards:
        if known.certain(guard) is False:
            return None
        known.assume(guard)
    for guard in guards:
        if guard.terms:
            terms = normal(guard.terms)[0]
            low, high = known.bounds.get(terms, _ANYTHING)
            for form in facts:  # form = terms + rest, so the bounds of terms and rest bound it
                for sign in (1, -1):
                    rest = _rest(form, terms, sign)
                    if rest is not None:
                        _tighten(known, form, rest, (low, high), sign)
    return known


@cache
def _rest(form: Terms, terms: Terms, sign: int) -> Linear | None:
    rest = Linear(form) - Linear(terms) if sign > 0 else Linear(form) + Linear(terms)
    return None if len(rest.terms) > len(form) or form == rest.terms else rest


def _tighten(known: Known, form: Terms, rest: Linear, of_guard: Interval, sign: int) -> None:
    other = _direct(rest, known)
    guard = of_guard if sign > 0 else _negated(of_guard)
    low, high = _sum(other, guard)
    known_low, known_high = known.bounds.get(form, _ANYTHING)
    known.bounds[form] = _higher(known_low, low), _lower(known_high, high)


@cache
def _places(form: Terms, names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((names.index(name), factor) for name, factor in form)


def _substitute(form: Terms, names: tuple[str, ...], updates: tuple[Linear, ...]) -> Linear:
    terms: dict[str, int] = {}
    constant = 0
    for place, factor in _places(form, names):
        update = updates[place]
        constant += factor * update.constant
        for name, each in update.terms:
            terms[name] = terms.get(name, 0) + factor * each
    return Linear(tuple(sorted([(name, each) for name, each in terms.items() if each])), constant)


def _bounds(expression: Linear, known: Known) -> Interval:
    """Bound an expression: as it stands, or as the sum of two that are known, or term by term."""
    low, high = _direct(expression, known)
    if len(expression.terms) <= 1 or (low is not None and high is not None):
        return low, high
    if normal(expression.terms)[0] in known.bounds:
        return low, high
    parts: Interval = (expression.constant, expression.constant)
    for name, factor in expression.terms:
        one = _direct(Linear(((name, 1 if factor > 0 else -1),)), known)
        for _ in range(abs(factor)):
            parts = _sum(parts, one)
    low, high = _higher(low, parts[0]), _lower(high, parts[1])
    for terms, bounds in known.bounds.items():
        for sign, of_terms in ((1, bounds), (-1, _negated(bounds))):
            rest = _shorter(expression.terms, terms, sign)
            if rest is not None:
                both = _sum(_direct(rest + expression.constant, known), of_terms)
                low, high = _higher(low, both[0]), _lower(high, both[1])
    return low, high


@cache
def _shorter(terms: Terms, other: Terms, sign: int) -> Linear | None:
    rest = Linear(terms) - Linear(other) if sign > 0 else Linear(terms) + Linear(other)
    return rest if len(rest.terms) < len(terms) else None


def _direct(expression: Linear, known: Known) -> Interval:
    if not expression.terms:
        return expression.constant, expression.constant
    terms, sign = normal(expression.terms)
    low, high = known.bounds.get(terms, _ANYTHING)
    if low is None and all(factor > 0 for _, factor in terms):
        low = 0
    return _sum((low, high) if sign > 0 else _negated((low, high)), (expression.constant, expression.constant))


def _sum(one: Interval, other: Interval) -> Interval:
    low = None if one[0] is None or other[0] is None else one[0] + other[0]
    high = None if one[1] is None or other[1] is None else one[1] + other[1]
    return low, high


def _negated(one: Interval) -> Interval:
    return (None if one[1] is None else -one[1]), (None if one[0] is None else -one[0])


def _union(one: Interval, other: Interval) -> Interval:
    low = None if one[0] is None or other[0] is None else min(one[0], other[0])
    high = None if one[1] is None or other[1] is None else max(one[1], other[1])
    return low, high


def _clip(one: Interval) -> Interval:
    """Keep to the bounds of the template: what is beyond them is widened to the next, or dropped."""
    low, high = one
    if low is not None:
        low = None if low < BOUNDS[0] else min(low, BOUNDS[-1])
    if high is not None:
        high = None if high > BOUNDS[-1] else max(high, BOUNDS[0])
    return low, high


def _higher(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _lower(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def as_formulas(facts: Facts) -> tuple[Formula, ...]:
    """Write bounds as formulas, in a fixed order: a form is at least and at most so much."""
    written: list[Formula] = []
    for terms, (low, high) in sorted(facts.items()):
        if low is not None and low == high:
            written.append(Formula(Relation.EQUAL, terms, -low))
            continue
        if low is not None:
            written.append(Formula(Relation.AT_MOST, tuple((name, -factor) for name, factor in terms), low))
        if high is not None:
            written.append(Formula(Relation.AT_MOST, terms, -high))
    return tuple(written)
