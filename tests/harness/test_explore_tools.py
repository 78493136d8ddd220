"""What surrounds an exploration: tokens, JSON, drawn schedules, shrinking, the command."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadle
from treadle.cli import main
from treadle.errors import MisuseError, NondeterminismError
from treadle.explorer import Ended
from treadle.programs import ProgramToken, as_json, from_json, make_source, replay_program
from treadle.schedule import TaskKind
from treadle.strategies import DrawnSchedule, ViolationError, schedules
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from treadle import Env


async def leaks(env: Env, slots: int = 1) -> None:
    free = slots

    async def use() -> None:
        nonlocal free
        free -= 1
        await env.future("reply")
        free += 1

    await asyncio.wait([env.cancellable(asyncio.create_task(use(), name="user"))])
    assert free == slots, "a slot was lost"


FILE = """\
import asyncio


async def leaks(env):
    free = 1

    async def use():
        nonlocal free
        free -= 1
        await env.future("reply")
        free += 1

    user = env.cancellable(asyncio.create_task(use(), name="user"))
    await asyncio.wait([user])
    assert free == 1


async def hangs():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


async def dies():
    import os

    os._exit(7)


async def fine(env):
    await env.future()
"""


@given(
    st.text("ab.:/[]-_=", min_size=1).filter(lambda text: text.strip() == text),
    st.lists(st.integers(0, 200)),
    st.booleans(),
)
def test_a_token_is_read_back_as_it_was_written(name: str, choices: list[int], any_order: bool) -> None:
    token = ProgramToken(name=name, task=TaskKind.C, events=3, any_order=any_order, choices=tuple(choices))
    assert ProgramToken.parse(str(token)) == token


@pytest.mark.parametrize(("text", "said"), [("nonsense", "is not a token"), ("a:v2:C.1.0.abcdef", "version v2")])
def test_what_is_no_token_is_refused(text: str, said: str) -> None:
    with pytest.raises(MisuseError, match=said):
        ProgramToken.parse(text)


def test_the_token_of_every_violation_replays_and_a_changed_program_is_noticed() -> None:
    explored = treadle.explore(leaks, name="leaks", events=1)
    for found in explored.violations:
        assert found.token is not None
        again = replay_program(make_source(leaks, name="leaks"), found.token)
        assert again.violations[0].trace == found.trace
        assert again.verdict is Verdict.VIOLATED
    found = explored.violations[0]
    assert found.token is not None

    async def repaired(env: Env) -> None:
        await asyncio.wait([env.cancellable(asyncio.create_task(asyncio.sleep(0), name="user"))])

    with pytest.raises(NondeterminismError):
        replay_program(make_source(repaired, name="leaks"), found.token)
    with pytest.raises(MisuseError, match="is of 'leaks'"):
        replay_program(make_source(leaks, name="other"), found.token)


def test_a_result_crosses_as_json_whole() -> None:
    explored = treadle.explore(leaks, events=1)
    assert from_json(json.loads(json.dumps(as_json(explored)))) == explored


@pytest.mark.parametrize("pct", [False, True])
def test_schedules_drawn_at_random_find_it_and_the_same_ones_again(pct: bool) -> None:
    results = [treadle.explore(leaks, events=2, random=60, pct=pct, seed=3) for _ in range(2)]
    assert results[0] == results[1]
    assert results[0].verdict is Verdict.VIOLATED
    assert results[0].violations[0].events == 1


@pytest.mark.parametrize("pct", [False, True])
def test_enough_schedules_drawn_at_random_are_all_of_a_small_program(pct: bool) -> None:
    every = treadle.explore(leaks, events=2)
    assert treadle.explore(leaks, events=2, random=1000, pct=pct).schedules == every.schedules > 3


def test_schedules_drawn_at_random_never_hold() -> None:
    async def program(env: Env) -> None:
        env.branch()

    explored = treadle.explore(program, random=50)
    assert explored.verdict is Verdict.NO_VIOLATION_FOUND
    assert explored.ended is Ended.STOPPED
    assert explored.schedules == 2


@given(st.integers(1, 3), schedules())
def test_hypothesis_draws_a_schedule_with_the_inputs(slots: int, schedule: DrawnSchedule) -> None:
    async def fine(env: Env, slots: int) -> None:
        free = asyncio.Semaphore(slots)

        async def use() -> None:
            async with free:
                await env.future()

        await asyncio.wait([env.cancellable(asyncio.create_task(use()))])
        assert free._value == slots

    schedule.run(fine, slots, events=2)


def test_hypothesis_shrinks_inputs_and_schedule() -> None:
    seen: list[tuple[int, DrawnSchedule]] = []

    @given(st.integers(1, 3), schedules())
    def find(slots: int, schedule: DrawnSchedule) -> None:
        try:
            schedule.run(leaks, slots, events=2)
        except ViolationError:
            seen.append((slots, schedule))
            raise

    with pytest.raises(ViolationError, match="a slot was lost"):
        find()
    slots, schedule = seen[-1]
    assert slots == 1
    assert len(schedule.deviations) == 1


# The command


def explore(folder: Path, program: str, *options: str) -> int:
    file = folder / "it.py"
    file.write_text(FILE, encoding="utf-8")
    return main(["explore", f"{file}:{program}", *options])


def test_the_command_shows_a_violation_and_its_token_shows_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explore(tmp_path, "leaks", "--events", "1") == 1
    told = capsys.readouterr().out
    assert "user.cancel()" in told
    assert "minimal: no counterexample with fewer events" in told
    token = re.search(r"--token (\S+)", told)
    assert token is not None
    assert explore(tmp_path, "leaks", "--token", token[1]) == 1
    assert "user.cancel()" in capsys.readouterr().out


def test_a_program_whose_name_begins_with_a_dash_is_run_again_by_the_command_that_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("-it.py").write_text("async def program(env):\n    assert not env.branch()\n", encoding="utf-8")
    assert main(["explore", "--callbacks", "500", "--", "-it.py:program"]) == 1
    command = capsys.readouterr().out.partition("replay:  treadle ")[2].splitlines()[0]
    assert main(shlex.split(command)) == 1
    assert "assert not env.branch()" in capsys.readouterr().out


def test_a_seed_alone_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", "it.py:program", "--seed", "0"]) == 2
    assert "--seed 0 is for schedules drawn at random" in capsys.readouterr().err


@pytest.mark.parametrize("function", ["async def gen(env):", "class C:\n  async def __call__(self, env):"])
def test_a_generator_is_told_how_to_become_a_program(function: str) -> None:
    names: dict[str, Any] = {}
    exec(f"{function}\n    yield", names)  # noqa: S102 - our own
    with pytest.raises(MisuseError, match=r"is an async generator function(.|\n)* async for item in"):
        treadle.explore(names["gen"] if "gen" in names else names["C"]())


def test_the_command_ends_with_0_for_what_holds_and_2_for_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explore(tmp_path, "fine", "--json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "holds"
    assert explore(tmp_path, "lost") == 2
    assert "has no 'lost'" in capsys.readouterr().err
    assert explore(tmp_path, "fine", "--pct") == 2
    assert "--random" in capsys.readouterr().err


def test_the_document_is_the_same_from_run_to_run_and_its_help_names_every_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = []
    for _ in range(2):
        explore(tmp_path, "leaks", "--json")
        documents.append(json.loads(capsys.readouterr().out))
        del documents[-1]["measured"]
    assert documents[0] == documents[1]
    with contextlib.suppress(SystemExit):
        main(["explore", "--help"])
    told = capsys.readouterr().out
    (violation,) = documents[0]["violations"]
    assert [key for key in (*documents[0], *violation, *violation["trace"][0]) if f'"{key}"' not in told] == []


@pytest.mark.parametrize(("program", "said"), [("hangs", "did not end"), ("dies", "exit status 7")])
def test_whatever_a_program_does_the_command_ends(
    program: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explore(tmp_path, program) == 1
    told = capsys.readouterr().out
    assert "no violation found" in told
    assert said in told
