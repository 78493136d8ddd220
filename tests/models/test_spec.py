"""The properties: on observations made by hand, under each reading, and as terms of a solver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import z3  # type: ignore[import-untyped]  # it has no annotations
from hypothesis import given
from hypothesis import strategies as st

from treadle_models.algebra import Truth, all_of, implies
from treadle_models.spec import BY_NAME, CIRCLE_ENDS, LOST, MODES, PHANTOM, PROPERTIES, Observation, Property, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = (*PROPERTIES, *MODES, CIRCLE_ENDS)
PAIRS = [(each, reading) for each in ALL for reading in (Reading if each.readings else (Reading.WEAK,))]
FIELDS = {name: type(default) for name, default in Observation._field_defaults.items()}

RETURNED = {"left": True, "returned": True, "done_exit": True, "by_call": 1}
CANCELLED = {"left": True, "cancelled": True, "by_call": 1}
RAISED = {"left": True, "raised": True, "done_exit": True, "by_call": 1}
REQUESTED = {"requests": 1, "outstanding": 1, "count_exit": 1}
PENDING = {"pending": True, "outstanding": 1, "count_entry": 1, "count_exit": 1}
INSIDE = {"by_call": 1, "hung": True}

# What happened, what was seen, and of each property that has something to say whether it was kept.
TABLE: list[tuple[str, dict[str, Any], dict[str, bool]]] = [
    ("nobody disturbs, and the call returns", RETURNED, {"phantom": True, "joined": True, "ends": True}),
    ("nobody cancels, and the call raises CancelledError", {**CANCELLED, "done_exit": True}, {"phantom": False}),
    ("nobody cancels, and the next await raises it", {**RETURNED, "redelivered": True}, {"phantom": False}),
    ("a request is raised", {**CANCELLED, **REQUESTED}, {"lost": True, "balanced": True, "phantom": True}),
    ("a request is swallowed", {**RETURNED, **REQUESTED}, {"lost": False, "balanced": True}),
    ("a request is drowned by a failure", {**RAISED, **REQUESTED}, {"lost": False}),
    ("a request comes up at the next await", {**RETURNED, **REQUESTED, "redelivered": True}, {"lost": True}),
    ("a request that is pending is swallowed", {**RETURNED, **PENDING}, {"lost": False, "accepts-done": True}),
    ("a request that is pending is raised", {**CANCELLED, **PENDING}, {"lost": True, "phantom": True}),
    ("the call is left in peace by a swallowing one", {**RETURNED, "requests": 1, "withdrawals": 1}, {"lost": True}),
    ("it returns and the dependency runs on", {**RETURNED, "done_exit": False}, {"joined": False}),
    ("it raises and the dependency runs on", {**RAISED, "done_exit": False}, {"joined": True, "joined-always": False}),
    ("it is cancelled and the dependency runs on", CANCELLED, {"joined": True, "joined-always": False}),
    ("the dependency is done on a cancelled exit", {**CANCELLED, "done_exit": True}, {"joined-always": True}),
    ("a circle of two stays, though somebody cancels", {**INSIDE, **REQUESTED}, {"circle-ends": False}),
    ("the dependency was never asked", {**RETURNED, "by_call": 0}, {"requested": False, "undisturbed": True}),
    ("only forwarding asked it", {**RETURNED, "by_call": 0, "forwarded": 1}, {"requested": False, "undisturbed": True}),
    ("it was done with a result", {**RETURNED, "by_call": 0, "result_entry": True}, {"requested": True}),
    ("it had failed", {**RETURNED, "by_call": 0, "failed_entry": True}, {"requested": True, "accepts-done": True}),
    ("it had been cancelled", {**RETURNED, "by_call": 0, "cancelled_entry": True}, {"requested": True}),
    ("the count was raised by the call", {**RETURNED, "count_exit": 1}, {"balanced": False}),
    ("the count was lowered by the call", {**RETURNED, "count_entry": 1}, {"balanced": False}),
    ("the count is that of a clean-up", {**RETURNED, "count_entry": 2, "count_exit": 2}, {"balanced": True}),
    (
        "a request and its withdrawal cancel out",
        {**RETURNED, "requests": 1, "withdrawals": 1, "count_entry": 1, "count_exit": 1},
        {"balanced": True},
    ),
    ("two requests by the call", {**RETURNED, "by_call": 2}, {"undisturbed": False}),
    ("one by the call and one forwarded", {**CANCELLED, **REQUESTED, "forwarded": 1}, {"undisturbed": False}),
    ("two forwarded while it hangs", {**INSIDE, "by_call": 0, "forwarded": 2}, {"undisturbed": False}),
    ("it waits for a dependency that never ends", INSIDE, {"ends": True, "undisturbed": True, "joined": True}),
    ("it waits though the dependency has ended", {**INSIDE, "stuck": True}, {"ends": False}),
    ("it goes round though the dependency has ended", {**INSIDE, "circling": True}, {"ends": False}),
    ("one of its steps never ends", {"spinning": True}, {"ends": False}),
    ("a done dependency is refused", {**RAISED, "result_entry": True}, {"accepts-done": False}),
    ("a cancelled one is refused", {**CANCELLED, "cancelled_entry": True}, {"accepts-done": False}),
    ("a done dependency makes it hang", {"stuck": True, "result_entry": True}, {"accepts-done": False}),
    ("a failed one may be refused", {**RAISED, "failed_entry": True}, {"accepts-done": True}),
    (
        "a caller that is cancelled need not accept",
        {**CANCELLED, **REQUESTED, "result_entry": True},
        {"accepts-done": True},
    ),
    ("a caller with one pending neither", {**CANCELLED, **PENDING, "result_entry": True}, {"accepts-done": True}),
    ("it calls on itself and is cancelled", {**CANCELLED, "itself": True}, {"no-self-hang": True}),
    ("it calls on itself and hangs", {**INSIDE, "itself": True}, {"no-self-hang": False}),
    ("it calls on itself and goes round", {"itself": True, "circling": True}, {"no-self-hang": False}),
    ("it calls on itself and spins", {"itself": True, "spinning": True}, {"no-self-hang": False}),
    ("it hangs on another", INSIDE, {"no-self-hang": True}),
    ("a failure is left to be reported", {**RETURNED, "failed": True}, {"failure-kept": True}),
    (
        "a failure is raised",
        {**RAISED, "failed": True, "cleared": True, "failure_raised": True},
        {"failure-kept": True},
    ),
    ("a failure is dropped", {**RETURNED, "failed": True, "cleared": True}, {"failure-kept": False}),
    ("a failure is dropped while it is still inside", {"failed": True, "cleared": True}, {"failure-kept": True}),
    ("a scope fires and ends well", {**CANCELLED, "scope_fired": True, "scope_alone": True, "scope_kept": True}, {}),
    ("a scope fires and is lost", {**RETURNED, "scope_fired": True, "scope_alone": True}, {"scope-kept": False}),
    ("a scope fires beside another cancel", {**RETURNED, "scope_fired": True}, {"scope-kept": True}),
    ("a cancelled caller leaves at once", {**CANCELLED, **REQUESTED, "due": True}, {"prompt": True}),
    ("a cancelled caller stays", {**CANCELLED, **REQUESTED, "due": True, "late": True}, {"prompt": False}),
]


@pytest.mark.parametrize(("seen", "kept"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_property_is_kept_or_not_by_what_was_seen(seen: Mapping[str, Any], kept: Mapping[str, bool]) -> None:
    observation = Observation(**seen)
    assert {name: BY_NAME[name].holds(observation) for name in kept} == dict(kept)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_property_is_kept_in_some_row_and_broken_in_another(name: str) -> None:
    """And where it is broken, its premise is true."""
    answers = set()
    for _, seen, _ in TABLE:
        observation = Observation(**seen)
        applies, holds = BY_NAME[name].applies(observation), BY_NAME[name].holds(observation)
        assert applies or holds
        answers.add((applies, holds))
    assert answers == {(True, False), (True, True), (False, True)}


@pytest.mark.parametrize(("each", "reading"), PAIRS, ids=[f"{each.name}-{reading}" for each, reading in PAIRS])
def test_nothing_is_said_of_a_call_that_was_not_entered(each: Property, reading: Reading) -> None:
    nothing = Observation()
    assert each.applies(nothing, reading) is False
    assert each.holds(nothing, reading) is True


def test_the_properties_are_those_of_the_specification() -> None:
    assert [each.name for each in PROPERTIES] == [
        "lost",
        "phantom",
        "joined",
        "requested",
        "balanced",
        "undisturbed",
        "ends",
        "accepts-done",
        "no-self-hang",
        "failure-kept",
        "scope-kept",
    ]
    assert [each.name for each in MODES] == ["prompt", "joined-always"]
    assert all(each.is_mode == (each in MODES or each is CIRCLE_ENDS) for each in ALL)
    assert list(BY_NAME.values()) == list(ALL)
    assert len({each.sentence for each in ALL}) == len(ALL)


# Readings: three calls that saw one request, which was then withdrawn, and one whose request came after a withdrawal.

ONE_WITHDRAWN = {"requests": 1, "withdrawals": 1, "outstanding": 0}
WITHDRAWN_BEFORE = {"requests": 1, "withdrawals": 1, "outstanding": 1, "count_entry": 1, "count_exit": 1}
TWO_AND_ONE_WITHDRAWN = {"requests": 2, "withdrawals": 1, "outstanding": 1, "count_exit": 1}
PENDING_WITHDRAWN = {"pending": True, "withdrawals": 1, "outstanding": 0, "count_entry": 1}

READINGS = [  # what was seen; under weak, strict, net, any: must it raise, may it raise
    (ONE_WITHDRAWN, "may may-not may-not must"),
    (PENDING_WITHDRAWN, "may may-not may-not must"),
    (WITHDRAWN_BEFORE, "must must may-not must"),
    (TWO_AND_ONE_WITHDRAWN, "must must must must"),
    (REQUESTED, "must must must must"),
    (PENDING, "must must must must"),
    ({}, "may-not may-not may-not may-not"),
]


@pytest.mark.parametrize(("seen", "answers"), READINGS)
def test_the_readings_differ_where_a_request_was_withdrawn(seen: Mapping[str, Any], answers: str) -> None:
    raises, returns = Observation(**{**CANCELLED, **seen}), Observation(**{**RETURNED, **seen})
    for reading, answer in zip(Reading, answers.split(), strict=True):
        must = not LOST.holds(returns, reading)
        may = PHANTOM.holds(raises, reading)
        found = "must" if must else "may" if may else "may-not"
        assert found == answer, reading
        assert LOST.holds(raises, reading)
        assert PHANTOM.holds(returns, reading)
        assert may or not must


# As terms

NUMBERS = st.integers(0, 4)
OBSERVATIONS = st.builds(
    Observation, **{name: st.booleans() if kind is bool else NUMBERS for name, kind in FIELDS.items()}
)


def symbolic(prefix: str = "") -> Observation:
    return Observation(
        **{name: z3.Bool(prefix + name) if kind is bool else z3.Int(prefix + name) for name, kind in FIELDS.items()}
    )


TERMS = symbolic()


def value_of(term: Truth, seen: Observation) -> bool:
    """Put the values of an observation into a term."""
    if isinstance(term, bool):
        return term
    values = [z3.BoolVal(value) if type(value) is bool else z3.IntVal(value) for value in seen]
    result = z3.simplify(z3.substitute(term, *zip(TERMS, values, strict=True)))
    assert z3.is_true(result) or z3.is_false(result)
    return bool(z3.is_true(result))


def prove(claim: Truth) -> None:
    """See that a claim is true of every observation, or show one of which it is not."""
    solver = z3.Solver()
    solver.add(z3.Not(claim))
    assert solver.check() == z3.unsat, solver.model()


def naturals(seen: Observation) -> Truth:
    return all_of(*(value >= 0 for value, kind in zip(seen, FIELDS.values(), strict=True) if kind is not bool))


def consistent(seen: Observation) -> Truth:
    """Say what every run obeys: at most what was requested is outstanding, at least what was not withdrawn."""
    asked = seen.requests + z3.If(seen.pending, 1, 0)
    return all_of(naturals(seen), seen.outstanding <= asked, seen.outstanding >= asked - seen.withdrawals)


@given(OBSERVATIONS)
def test_a_property_means_the_same_over_values_and_over_terms(seen: Observation) -> None:
    for each, reading in PAIRS:
        assert value_of(each.applies(TERMS, reading), seen) is each.applies(seen, reading), each.name
        assert value_of(each.holds(TERMS, reading), seen) is each.holds(seen, reading), each.name


@given(OBSERVATIONS)
def test_a_property_is_a_truth_and_broken_only_where_it_applies(seen: Observation) -> None:
    for each, reading in PAIRS:
        assert type(each.holds(seen, reading)) is bool
        assert each.holds(seen, reading) or each.applies(seen, reading)


@pytest.mark.parametrize(("each", "reading"), PAIRS, ids=[f"{each.name}-{reading}" for each, reading in PAIRS])
def test_every_property_can_be_kept_and_broken(each: Property, reading: Reading) -> None:
    """Neither is it true of everything nor does its premise rule it out."""
    for wanted in (each.holds(TERMS, reading), z3.Not(each.holds(TERMS, reading))):
        solver = z3.Solver()
        solver.add(consistent(TERMS), each.applies(TERMS, reading), wanted)
        assert solver.check() == z3.sat


STRONGER = [  # whoever keeps the first reading keeps the second
    (LOST, Reading.STRICT, Reading.WEAK),
    (LOST, Reading.WEAK, Reading.STRICT),
    (LOST, Reading.ANY, Reading.WEAK),
    (LOST, Reading.WEAK, Reading.NET),
    (PHANTOM, Reading.STRICT, Reading.WEAK),
    (PHANTOM, Reading.NET, Reading.STRICT),
    (PHANTOM, Reading.WEAK, Reading.ANY),
    (PHANTOM, Reading.ANY, Reading.WEAK),
]


@pytest.mark.parametrize(
    ("each", "first", "second"), STRONGER, ids=[f"{each.name}-{first}-{second}" for each, first, second in STRONGER]
)
def test_one_reading_is_stronger_than_another(each: Property, first: Reading, second: Reading) -> None:
    prove(implies(consistent(TERMS), implies(each.holds(TERMS, first), each.holds(TERMS, second))))


@pytest.mark.parametrize("each", [LOST, PHANTOM], ids=["lost", "phantom"])
@pytest.mark.parametrize("reading", Reading)
def test_where_nothing_was_withdrawn_the_readings_agree(each: Property, reading: Reading) -> None:
    prove(
        implies(
            all_of(consistent(TERMS), TERMS.withdrawals == 0),
            each.holds(TERMS, reading) == each.holds(TERMS, Reading.WEAK),
        )
    )


@pytest.mark.parametrize("reading", Reading)
def test_no_reading_asks_for_what_it_forbids(reading: Reading) -> None:
    """A call that raises, or one that returns, keeps both `lost` and `phantom`, whatever was requested."""
    raises = TERMS._replace(left=True, returned=False, cancelled=True, raised=False)
    returns = TERMS._replace(left=True, returned=True, cancelled=False, raised=False, redelivered=False)
    kept = [all_of(LOST.holds(seen, reading), PHANTOM.holds(seen, reading)) for seen in (raises, returns)]
    prove(implies(consistent(TERMS), z3.Or(*kept)))


def test_a_call_that_returns_with_the_dependency_done_keeps_both_kinds_of_joined() -> None:
    joined, always = BY_NAME["joined"], BY_NAME["joined-always"]
    told = implies(TERMS.returned, TERMS.left)
    prove(implies(all_of(told, always.holds(TERMS)), joined.holds(TERMS)))
