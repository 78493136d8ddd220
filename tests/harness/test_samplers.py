"""Schedules that are drawn at random: every way to do so is in one table, and everybody who draws reads it."""

from __future__ import annotations

import json

import pytest

import treadle
from treadle import Bounds, Job, MisuseError, Verdict, judge
from treadle.cli import main
from treadle.explorer import SAMPLERS, Draw


async def loses(env: treadle.Env) -> None:
    reply = env.future("reply", cancels=True)
    env.may(reply.cancel, times=2)
    await reply


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_whatever_is_in_the_table_can_be_named(sampler: str) -> None:
    explored = treadle.explore(loses, random=50, sampler=sampler, seed=3)
    assert explored.search == f"{SAMPLERS[sampler].name} from seed 3"
    assert explored.verdict is Verdict.VIOLATED


def test_what_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(MisuseError, match="there is no sampler 'dice'; there are: walk, pct"):
        treadle.explore(loses, random=50, sampler="dice")
    with pytest.raises(MisuseError, match="say also how many: random=10000"):
        treadle.explore(loses, sampler="pct")


def drawn(target: str, sampler: str = "walk", seed: int = 0) -> dict[str, Verdict]:
    draw = Draw(executions=200, sampler=sampler, seed=seed)
    cell = judge(Job(target=target, situation="plain", bounds=Bounds(events=2, steps=2), draw=draw))
    assert cell.stopped == f"{SAMPLERS[sampler].name} drew 200 schedules at random"
    return {each.property: each.verdict for each in cell.findings}


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_target_of_which_schedules_were_drawn_never_holds(sampler: str) -> None:
    found = drawn("osipenko-proposal", sampler)
    assert found["lost"] is Verdict.VIOLATED
    assert Verdict.HOLDS not in found.values()
    assert Verdict.NO_VIOLATION_FOUND in found.values()


def test_the_same_seed_draws_the_same_schedules() -> None:
    assert drawn("later-shield", seed=7) == drawn("later-shield", seed=7)


def test_the_command_line_draws_for_check_as_for_explore(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["check", "osipenko-proposal", "--situation", "plain", "--events", "2", "--steps", "2", "--json"]
    assert main([*command, "--random", "100", "--sampler", "pct", "--seed", "1"]) == 1
    results = json.loads(capsys.readouterr().out)["results"]
    assert {each["reason"] for each in results if each["verdict"] == "no violation found"} == {
        "PCT drew 100 schedules at random"
    }
    assert main([*command, "--sampler", "pct"]) == 2
    assert "--random 10000 --pct" in capsys.readouterr().err
