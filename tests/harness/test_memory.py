"""Memory has a bound: a state takes little, and a search that comes near to the bound goes on without new ones."""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from treadle.check import resolve_target
from treadle.check.worlds import world_of
from treadle.cli import main
from treadle.explorer import Ended, Limits, memory, search, states, visit_states
from treadle.explorer.graph import State, edges_of
from treadle.fingerprint import Digests
from treadle.schedule import Bounds, TaskKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from treadle.situation import SituationWorld

KILOBYTES = 2048
"""Most bytes of a state, with all that follows from it."""


def world(target: str = "rrevans-wait", situation: str = "third-party", events: int = 2) -> SituationWorld:
    return world_of(resolve_target(target), situation, Bounds(events=events, steps=3), TaskKind.C)


def test_a_state_takes_two_kilobytes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "MANY", 0)
    kept: list[states.StateScheduler] = []
    make = search._from

    def keeping(*args: object) -> states.StateScheduler:
        kept.append(make(*args))  # type: ignore[arg-type]
        return kept[-1]

    monkeypatch.setattr(search, "_from", keeping)
    program = world(events=2)
    visit_states(program, Limits(executions=300), few=0)  # what is made once is made
    tracemalloc.start()
    found = visit_states(program, Limits(), few=0, distrust=False)
    used, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    number = len(kept[-1].in_order())
    assert found.ended is Ended.BOUNDED
    assert number > 150
    assert used / number < KILOBYTES, f"{used / number:.0f} bytes a state"
    assert most / number < KILOBYTES, f"{most / number:.0f} bytes a state at most"


@pytest.fixture(params=["whole", "digests"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(states, "MANY", 10**9 if request.param == "whole" else 100)
    yield
    memory.bound_memory(0)


@pytest.mark.parametrize("situation", ["third-party", "nested"])
def test_states_are_told_apart_alike_by_digests(situation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for many in (10**9, 50):
        monkeypatch.setattr(states, "MANY", many)
        found.append(visit_states(world("docs-example", situation, 2), Limits(), few=0))
    assert found[0] == found[1]
    assert found[0].states


def test_what_is_equal_has_one_digest_and_what_differs_another() -> None:
    digests = Digests()
    tokens = [None, True, 1, 1.0, -0.0, 2**70, "1", b"1", "a\ud800", (1, "x"), (), ..., int, object, digests, "", float]
    told = {}
    for length in range(4):
        for place in range(len(tokens)):
            told[digests.of((*tokens[:length], tokens[place]))] = length, place
    assert len(told) == 4 * len(tokens)
    assert digests.of(("x" * 3, (1, int))) == digests.of(("".join("xxx"), (1, int)))


@pytest.mark.usefixtures("many")
def test_a_search_near_its_bound_goes_on_without_new_states_and_counts_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = visit_states(world(), Limits(), few=0)
    monkeypatch.setattr(search, "is_memory_near", lambda: True)
    short = visit_states(world(), Limits(), few=0)
    assert not whole.full
    assert short.full
    assert whole.executions < short.executions
    assert (whole.states or 0) > (short.states or 0) > 0
    assert short.ended is whole.ended
    assert (short.schedules, short.tallies) == (whole.schedules, whole.tallies)


def test_a_search_at_its_bound_is_cut_off_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    memory.bound_memory(1 << 20)  # less than the interpreter has
    try:
        found = visit_states(world(), Limits())
    finally:
        memory.bound_memory(0)
    assert (found.ended, found.reason) == (Ended.STOPPED, "the memory limit of 1 MB was reached")
    command = ["check", "rrevans-wait", "--situation", "third-party", "--events", "4", "--jobs", "1"]
    for size, told in (("63M", "64M"), ("2", "2G"), ("xG", "2G"), ("0G", "2G"), ("1e3M", "2G"), ("infG", "2G")):
        assert main([*command, "--memory", size]) == 2
        assert told in capsys.readouterr().err


def test_bounds_go_to_thirty_two(capsys: pytest.CaptureFixture[str]) -> None:
    most = ["--events", "32", "--steps", "32", "--limit", "600", "--situation", "done/result"]
    assert main(["check", "treadle-wait", *most]) == 0
    capsys.readouterr()
    assert main(["check", "treadle-wait", "--events", "33"]) == 2
    assert "0 to 32" in capsys.readouterr().err
    assert main(["check", "treadle-wait", *most[:-1], "third-party", "--jobs", "1"]) == 1
    assert "the limit of 600 executions was reached" in " ".join(capsys.readouterr().out.split())


def test_an_arrow_is_two_places_in_a_list() -> None:
    state = State(0, (), 0)
    assert sys.getsizeof(state) < 150
    assert [*edges_of(state)] == []
