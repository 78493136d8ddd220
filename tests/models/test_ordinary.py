"""Small targets of ordinary Python: what is proved of them is what the checker sees, or they are outside by name.

Nothing drives real tasks along here: the model alone must be right. See `tests/harness/test_lockstep.py` for the other
half.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pythons import ALL

from treadle.check import Job, Verdict, judge, resolve_target
from treadle.check.proving import candidate_of
from treadle.schedule import Bounds
from treadle_models.explicit.instance import make_play
from treadle_models.explicit.search import count_outcomes, explore
from treadle_models.machine.futures import Futures
from treadle_models.machine.play import Play
from treadle_models.machine.stage import MachineLimits
from treadle_models.smt.prove import ProofVerdict, Prover
from treadle_models.spec import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).with_name("ordinary")
FILES = {
    node.name: file
    for file in sorted(FOLDER.glob("*.py"))
    for node in ast.parse(file.read_text(encoding="utf-8")).body
    if isinstance(node, ast.AsyncFunctionDef) and node.name[0] != "_"
}
SITUATIONS = {"difference_below_zero": "uncancel/1"}

OUTSIDE = {
    "bool_object": "the method __bool__",
    "len_object": "the method __len__",
    "fstring_equal": "a comparison with <a text",
    "mangled": "the attribute '__y'",
    "kwonly": "inner is called without 'when'",
    "coroutine_twice": "a coroutine that is awaited a second time",
    "comparison_half": "a count is compared with",
    "exception_identity": "the identity of two cancellations",
    "with_target_raises": "to iterate over an object of Returns",
    "get_name": "a comparison with <the name of a task>",
    "shadow": "except TimeoutError",
    "keyerror": "the entry 'x' of a table",
    "getattr_default": "the attribute 'get_context' of a task",
    "sleep_result": "await_it := 1",
    "attribute_of_a_future": "the attribute 'get_context' of a task",
    "loop_attribute": "the attribute 'time' of <the loop>",
    "private_attribute_of_a_group": "the attribute 'tasks' of an object of TaskGroup",
    "timeout_made_early": "asyncio.timeout() anywhere but in an async with",
    "uncancel_all": "a loop whose end depends on how high a count is",
    "surplus_argument": "wait is called with an argument too many",
    "conditional_import": "the name 'Maybe', which line",
    "decorated": "is not the function that its module has under that name",
    "replaced": "the name 'helper', which means something else in the module as it was imported",
    "there_after_all": "the name 'sum'",
    "has_a_yield": "the generator numbers",
    "a_logger_may_be_silent": "the attribute 'isEnabledFor' of <a logger>",
    "a_property": "the decorator property",
    "with_a_text_of_its_own": "the method __str__",
    "instance_of_an_abstract_class": "isinstance with",
    "within_a_generator_that_goes_on": "a generator that goes on after its end",
    "gathers_itself": "a cancellation of a task that waits for itself",
    "types_are_compared": "the identity of <what type() says>",
    "default_of_a_shadowed_name": "a default that is a variable",
    "default_of_a_parameter": "a default that is a variable",
    "default_of_class": "a default of stop that is a name of its class",
    "count_in_set": "a count as a key of a table or a member of a set",
    "add_list_to_set": "a list as a key of a table or a member of a set",
    "raise_type_of": "to raise <what type() says>",
    "minus_text": "the expression",
    "unbound_in_a_comprehension": "the name 'late' in a comprehension before it is bound",
    "except_nested_tuple": "except (ValueError, (KeyError, asyncio.CancelledError))",
}
"""What is not modelled, and what must be named."""

REFUTED = {
    "import_alias_wrong": "joined-always",
    "own_cancelled": "lost",
    "flag_kept": "lost",
    "or_number": "lost",
    "for_else": "joined",
    "substring": "joined",
    "floats": "joined",
    "deleted": "joined",
    "oserror": "joined",
    "exit_by_traceback": "lost",
    "with_sync": "lost",
    "suppress_wait": "lost",
    "suppress_it": "lost",
    "raise_none": "phantom",
    "name_is_unbound": "lost",
    "gather_passes_on": "phantom",
    "difference_below_zero": "phantom",
    "group_is_an_exception": "phantom",
    "wait_result": "joined",
    "set_result_on_task": "joined",
    "table_by_task": "lost",
    "iterate_and_grow": "joined",
    "wait_zero": "joined",
    "shield_given_up": "failure-kept",
    "finally_return": "lost",
    "self_cancel": "lost",
    "callback_cancels": "phantom",
    "gather_results": "phantom",
    "star_of_a_set": "failure-kept",
    "list_goes_on": "joined",
    "foreign_class_of_a_task": "joined",
    "table_grows": "joined",
    "set_made_anew": "joined",
    "default_of_asyncio": "joined",
    "two_timers_the_later_one_first": "joined",
    "two_timers_at_once": "joined",
    "waits_for_nothing": "ends",
    "goes_round": "ends",
    "leaves_a_timer_behind": "phantom",
    "manager_with_a_finally": "lost",
    "within_a_generator_that_swallows": "lost",
    "count_in": "lost",
    "raise_bad_cause_lost": "lost",
    "method_replaced": "joined",
    "method_then_value": "joined",
    "static_gone": "joined",
}
"""What is violated there, which a compiler that gets the construct wrong proves."""

AGREES = (
    "bound_cancel",
    "list_alias",
    "for_break_else",
    "late_binding",
    "nonlocal_flag",
    "fstring_effect",
    "unbound",
    "timeout_zero",
    "star_of_a_generator",
    "any_map_lambda",
    "any_stops_early",
    "never_there",
    "logs_what_it_does",
    "foreign_class",
    "named_tasks",
    "static_method",
    "static_method_of_an_object",
    "static_method_alone",
    "abstract_class",
    "set_in_place",
    "list_in_place",
    "set_difference",
    "base_group_of_exceptions",
    "base_group_of_others",
    "loop_is_one",
    "future_of_the_loop",
    "upper_case",
    "walrus_in_a_comprehension",
    "uncancels_nothing",
    "sleeps_on",
    "truth_of_a_count",
    "truth_of_a_difference",
    "manager_of_a_generator",
    "manager_that_gives_nothing",
    "within_a_generator",
    "within_a_generator_that_raises_its_end",
    "manager_entered_twice",
    "yields_until_done",
    "yields_and_counts",
    "looks_now_and_then",
    "shields_again_and_again",
    "names_like_the_star",
    "wait_zero_polls",
    "wait_zero_after_all_of_the_turn",
    "wait_zero_before_the_next_turn",
    "wait_twice_same",
    "gather_two",
    "gather_first_fails",
    "finally_raise",
    "set_default",
    "chain",
    "recursion",
    "comp",
    "group_around",
    "except_return",
    "isinst",
    "hasattr_it",
    "wait_first",
    "sleep_value",
    "system_exit",
    "raise_bad_cause",
    "view_truth",
    "text_sets",
    "number_sets",
)
_CLASH = (
    {ProofVerdict.PROVED, Verdict.VIOLATED},
    {ProofVerdict.NOT_EXERCISED, Verdict.VIOLATED},
    {ProofVerdict.NOT_EXERCISED, Verdict.HOLDS},
)


def _prover(name: str) -> Prover:
    target = resolve_target(f"{FILES[name]}:{name}")
    return Prover(candidate_of(target), sys.version_info[:2])


def test_every_target_is_in_one_of_the_lists() -> None:
    assert set(FILES) - {"helper"} == {*OUTSIDE, *REFUTED, *AGREES, "spins"}


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_not_modelled_is_named_with_its_line(name: str) -> None:
    proof = _prover(name).prove("plain")
    assert OUTSIDE[name] in proof.outside
    assert str(FILES[name]) in proof.outside
    assert {each.verdict for each in proof.answers} == {ProofVerdict.UNKNOWN}


@pytest.mark.parametrize("name", [*REFUTED, *AGREES][:: 1 if ALL else 3])
def test_what_is_proved_is_what_the_checker_sees(name: str) -> None:
    situation = SITUATIONS.get(name, "plain")
    proof = _prover(name).prove(situation)
    assert not proof.outside
    answers = {each.property: each.verdict for each in proof.answers if each.reading is Reading.WEAK}
    cell = judge(Job(target=f"{FILES[name]}:{name}", situation=situation, bounds=Bounds(events=1, steps=1)))
    for each in cell.findings:
        if each.reading == Reading.WEAK:
            assert {answers[each.property], each.verdict} not in _CLASH, each.property
    if name in REFUTED:
        assert answers[REFUTED[name]] is ProofVerdict.REFUTED


def test_what_is_forgotten_of_shields_is_nothing_that_matters_on_3_14() -> None:
    """A shield there has two callbacks, of which the one is not the other."""
    target = resolve_target(f"{FILES['shield_given_up']}:shield_given_up")
    answers = Prover(candidate_of(target), (3, 14)).prove("plain").answers
    assert next(each.verdict for each in answers if each.property == "failure-kept") is ProofVerdict.REFUTED


AT_ONCE, NEXT = "wait_zero_after_all_of_the_turn", "wait_zero_before_the_next_turn"


@pytest.mark.parametrize(
    ("name", "method", "mutant"),
    [
        (AT_ONCE, "end_callback", lambda machine: Futures.end_callback(_with_no_turn(machine))),
        (NEXT, "end_callback", lambda _: None),
        (NEXT, "is_timer_due", lambda _: False),
    ],
    ids=["in the middle of a turn", "at rest", "in any gap"],
)
def test_a_timer_that_is_due_fires_between_two_turns_and_nowhere_else(
    name: str, method: str, mutant: Callable[[Play], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is proved what comes before it and what after: not so where the rule is broken."""

    def joined() -> ProofVerdict:
        return next(each.verdict for each in _prover(name).prove("plain").answers if each.property == "joined")

    assert joined() is ProofVerdict.PROVED
    monkeypatch.setattr(Play, method, mutant)
    assert joined() is ProofVerdict.REFUTED


def _with_no_turn(machine: Play) -> Play:
    machine.world.turn = 0
    return machine


def test_a_search_that_begins_again_with_turns_finds_what_one_finds_that_has_them_from_the_first() -> None:
    """What was broken off at the first timer that is due leaves nothing behind: not even whose doing things are."""
    candidate = candidate_of(resolve_target(f"{FILES['wait_zero']}:wait_zero"))
    limits = MachineLimits(events=1, steps=1)
    again, first = (make_play(candidate, "timeout", (3, 13), limits) for _ in range(2))
    first.turns = True
    assert count_outcomes(explore(again)) == count_outcomes(explore(first))
    assert again.turns
