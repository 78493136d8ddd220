"""A search by states finds out by itself that a state lacks something, and goes on by every schedule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import forgetful
import pytest

from treadle.explorer import Ended, Execution, Exploration, Limits, enumerate_schedules, visit_states
from treadle.fingerprint import why_unsupported
from treadle.fingerprint.encoder import CodeToken
from treadle.programs import as_json, explore, from_json
from treadle.programs.bounds import ProgramBounds
from treadle.programs.source import make_source
from treadle.programs.text import EVERY_SCHEDULE
from treadle.programs.world import ProgramWorld
from treadle.schedule import Kind
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from treadle.explorer import Scheduler
    from treadle.fingerprint import Fingerprint

    Break = Callable[[ProgramWorld], Fingerprint]

pytestmark = pytest.mark.skipif(bool(why_unsupported()), reason=why_unsupported() or "states are identified")

identify = ProgramWorld.identify

_ANSWERS = frozenset((forgetful.FIRST, forgetful.SECOND))


def without_the_answer(run: ProgramWorld) -> Fingerprint:
    """Identify a state but for the one place that holds an answer."""
    return tuple([None if token in _ANSWERS else token for token in identify(run)])


def without_positions(run: ProgramWorld) -> Fingerprint:
    tokens = identify(run)
    return tuple(
        None if place and isinstance(tokens[place - 1], CodeToken) else token for place, token in enumerate(tokens)
    )


def without_the_time(run: ProgramWorld) -> Fingerprint:
    time, run.loop._time = run.loop._time, 0.0
    try:
        return identify(run)
    finally:
        run.loop._time = time


BREAKS: dict[Callable[..., Any], Break] = {
    forgetful.in_a_local_name: without_the_answer,
    forgetful.in_a_global_name: without_the_answer,
    forgetful.in_an_attribute: without_the_answer,
    forgetful.in_an_exception: without_the_answer,
    forgetful.in_a_callback: without_the_answer,
    forgetful.in_a_result: without_the_answer,
    forgetful.in_the_context: without_the_answer,
    forgetful.in_a_generator: without_the_answer,
    forgetful.in_the_queue_of_the_loop: without_the_answer,
    forgetful.in_where_it_stands: without_positions,
    forgetful.in_the_time: without_the_time,
}
WAYS = [pytest.param(program, how, id=program.__name__) for program, how in BREAKS.items()]


def made(program: Callable[..., Any]) -> ProgramWorld:
    return ProgramWorld(make_source(program), ProgramBounds(events=2))


def found(exploration: Exploration[Any]) -> tuple[Any, ...]:
    return exploration.ended, exploration.schedules, exploration.tallies


@pytest.mark.parametrize(("program", "how"), WAYS)
def test_what_a_state_lacks_is_noticed_by_going_on_from_a_sample(
    program: Callable[..., Any], how: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = enumerate_schedules(made(program), Limits())
    whole = visit_states(made(program), Limits(), few=0)
    assert (whole.opaque, found(whole)) == ("", found(every))
    monkeypatch.setattr(ProgramWorld, "identify", how)
    trusting = visit_states(made(program), Limits(), few=0, distrust=False)
    assert trusting.states
    assert found(trusting) != found(every)
    once = visit_states(made(program), Limits(), few=0)
    assert once.doubted
    assert once.states is None
    assert "the state holds something that Treadle does not see" in once.opaque
    assert found(once) == found(every)


def broken(monkeypatch: pytest.MonkeyPatch) -> ProgramWorld:
    monkeypatch.setattr(ProgramWorld, "identify", without_the_answer)
    return made(forgetful.in_a_local_name)


def test_what_is_found_out_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = (visit_states(broken(monkeypatch), Limits()) for _ in range(2))
    assert one == other
    right = [visit_states(made(forgetful.in_the_context), Limits()) for _ in range(2)]
    assert right[0] == right[1]


def test_where_states_are_right_going_on_takes_a_twentieth_of_all_callbacks_at_most() -> None:
    trusting, distrustful = made(forgetful.in_the_time), made(forgetful.in_the_time)
    trusted = visit_states(trusting, Limits(), distrust=False)
    found_out = visit_states(distrustful, Limits())
    assert 0 < found_out.sampled < found_out.executions
    assert trusted.sampled == 0
    assert (found_out.executions, found_out.states) == (trusted.executions, trusted.states)
    assert trusting.engine.callbacks_ever < distrustful.engine.callbacks_ever < 1.05 * trusting.engine.callbacks_ever


def test_both_searches_together_keep_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = visit_states(broken(monkeypatch), Limits(), distrust=False).executions
    together = visit_states(broken(monkeypatch), Limits(executions=alone + 100))
    assert (together.ended, together.doubted) == (Ended.STOPPED, True)
    assert together.executions == alone + 100
    assert together.schedules == 100
    assert together.reason == f"the limit of {alone + 100:,} executions was reached"


def test_a_search_that_was_cut_off_is_not_believed_either(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = visit_states(broken(monkeypatch), Limits(), distrust=False).executions
    cut = visit_states(broken(monkeypatch), Limits(executions=alone - 1), few=0)
    assert cut.doubted
    assert cut.ended is Ended.STOPPED


def test_what_could_not_be_looked_at_before_the_deadline_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    late = visit_states(broken(monkeypatch), Limits(deadline=0.0), few=0)
    assert (late.ended, late.reason, late.sampled) == (Ended.STOPPED, "the time limit was reached", 0)


def test_the_result_of_a_program_says_that_every_schedule_was_run_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProgramWorld, "identify", without_the_answer)
    explored = explore(forgetful.in_a_local_name)
    assert explored.verdict is Verdict.VIOLATED
    assert explored.search == EVERY_SCHEDULE
    assert "one state went on differently when it was reached again" in str(explored).replace("\n  ", " ")
    assert from_json(json.loads(json.dumps(as_json(explored)))) == explored


class Counts:
    """A program that is not the same each time: its outcome counts its runs, or at times it has more options."""

    def __init__(self, *, outcome: bool) -> None:
        self._outcome = outcome
        self._runs = 0

    def run(self, scheduler: Scheduler) -> Execution[int]:
        self._runs += 1
        for place in range(4):
            if scheduler.seen(lambda: (), lambda place=place: (place,)):  # type: ignore[misc]
                return Execution(0, (), cut=False)
            more = not self._outcome and self._runs > 5 and self._runs % 2 and place == 2
            scheduler.choose(Kind.CHOICE, 3 if more else 2)
        return Execution(self._runs if self._outcome else 0, (), cut=False)


@pytest.mark.parametrize("outcome", [True, False])
def test_two_runs_of_one_schedule_that_differ_are_nondeterminism_and_no_wrong_state(*, outcome: bool) -> None:
    exploration = visit_states(Counts(outcome=outcome), Limits(), few=0)
    assert exploration.ended is Ended.STOPPED
    assert exploration.reason.startswith("nondeterminism: two runs under one schedule differ")
    assert not exploration.doubted


class Chain:
    """A program of some choices; what matters of them is kept where the state does not show it.

    Of the two options of each choice, the second lets the execution go on. So nearly all ends have nothing below them.
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def run(self, scheduler: Scheduler) -> Execution[bool]:
        hidden = scheduler.choose(Kind.CHOICE, 2) == 0
        for place in range(self._length):
            if scheduler.seen(lambda: (0,), lambda place=place: ("deep", place)):  # type: ignore[misc]
                return Execution(hidden, (0,), cut=False)
            for _ in range(2):
                scheduler.choose(Kind.CHOICE, 2)
        return Execution(hidden, (0,), cut=False)


def test_an_end_with_nearly_all_schedules_below_it_is_never_missed() -> None:
    """There is one wrong end, the first; at each of the others a few schedules are left out, and rightly so."""
    once = visit_states(Chain(7), Limits(), few=0)
    assert once.doubted
    assert once.sampled <= 3
    assert found(once) == found(enumerate_schedules(Chain(7), Limits()))


def test_a_program_that_keeps_a_cache_is_run_by_every_schedule_and_told_why() -> None:
    forgetful.kept.clear()
    once = visit_states(made(forgetful.in_a_list_that_grows), Limits())
    assert once.states is None
    assert "as if the program kept a cache" in once.opaque
    assert found(once) == found(enumerate_schedules(made(forgetful.in_a_list_that_grows), Limits()))


def test_a_program_that_clears_its_cache_is_not() -> None:
    once = visit_states(made(forgetful.in_a_list_that_is_cleared), Limits())
    assert once.opaque == ""
    assert once.executions < once.schedules
