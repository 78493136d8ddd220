"""What a target may say of itself, and what may happen when one looks at it: Treadle has no traceback of its own."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import hostile_targets as hostile
import pytest
from hostile_targets import good

from treadle.check import Job, Verdict, judge
from treadle.check.given import target_of
from treadle.errors import MisuseError
from treadle.schedule import Bounds, TaskKind
from treadle.situation import SituationWorld, Subject, parse_situation
from treadle.telling import error_told, line_told, repr_told
from treadle_models.candidates import CANDIDATES

ROOT = Path(__file__).parents[2]
NAMES = [name for name in vars(hostile) if name.islower() and callable(vars(hostile)[name]) and name[0] != "_"]
FAILING = {
    "fails_without_a_name": "_NamelessError",
    "fails_without_a_text": "_MuteError: (its text cannot be read: OSError)",
    "fails_without_a_trace": "_HidingError",
    "fails_with_a_group": "_HidingGroup: of one (1 sub-exception)",
    "fails_with_a_text_that_no_terminal_shows": "ValueError: ??[31mxxx",
}


def test_a_target_that_lies_about_itself_is_judged_by_what_it_does() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "harness"), str(ROOT / "models")])}
    small = ["--events", "2", "--steps", "2", "--situation", "plain", "--json"]  # enough to look at states
    targets = [f"tests/harness/hostile_targets.py:{name}" for name in NAMES]
    command = [sys.executable, "-m", "treadle", "check", *targets, *small]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert not done.stderr
    found: dict[str, set[tuple[str, str]]] = {name: set() for name in NAMES}
    for each in json.loads(done.stdout)["results"]:
        found[each["candidate"].rpartition(":")[2]].add((each["verdict"], each["reason"] or ""))
    assert len(NAMES) > 15
    good = found["good"]
    for name, verdicts in found.items():
        told = FAILING.get(name)
        if told is None:
            assert verdicts == good, name
        else:
            ((verdict, reason),) = verdicts
            assert verdict == "unsupported"
            assert reason.startswith(f"the call failed in every schedule: {told}"), reason


@pytest.mark.parametrize("name", NAMES)
def test_a_function_at_hand_is_a_target_whatever_it_says_of_itself(name: str) -> None:
    assert target_of(vars(hostile)[name]).subject.function is vars(hostile)[name]


def test_what_is_no_target_is_told_in_one_line_even_if_it_cannot_be_shown() -> None:
    with pytest.raises(MisuseError, match=r"^'an instance of _Odd' is an instance of _Odd, which cannot be called$"):
        target_of(hostile._Odd())  # type: ignore[arg-type]  # that is the point


def test_foreign_text_is_told_in_one_line_that_can_be_printed() -> None:
    assert line_told("one\ntwo") == "one"
    assert line_told("\x1b[31mred\udcff at 0x7fdd0bb58e48") == "?[31mred? at 0x..."
    assert len(line_told("x" * 10_000)) == 200
    assert line_told(hostile._Text("odd")) == "odd"
    assert error_told(hostile._NamelessError("why")) == "_NamelessError: why"
    assert error_told(ValueError()) == "ValueError"
    assert repr_told(hostile._Odd()) == "an instance of _Odd"


def test_a_function_that_wraps_a_candidate_is_not_taken_for_it() -> None:
    """`wraps` copies the name of the module, and of candidates it is known that they keep nothing."""
    candidate = CANDIDATES["treadle-wait"].function
    calls: list[object] = []

    @functools.wraps(candidate)
    async def counts(task: Any) -> None:
        calls.append(None)
        await good(task)

    bounds = Bounds(events=1, steps=1)
    for function, trusted in ((candidate, True), (counts, False), (functools.partial(counts), False)):
        play = SituationWorld(Subject(function=function), parse_situation("plain"), bounds, TaskKind.C)
        assert play.keeps is not trusted


def test_a_call_that_gathers_its_own_task_hangs_and_is_no_failure_of_treadle(tmp_path: Path) -> None:
    """To cancel it ends in a `RecursionError`, of which whoever cancels it hears."""
    (tmp_path / "gathers.py").write_text(
        "import asyncio\n\n\nasync def gathers(task):\n    await asyncio.gather(task, return_exceptions=True)\n",
        encoding="utf-8",
    )
    name = f"{tmp_path / 'gathers.py'}:gathers"
    cell = judge(Job(target=name, situation="self", bounds=Bounds(events=2, steps=2)))
    assert not cell.stopped
    assert {each.property: each.verdict for each in cell.findings}["no-self-hang"] is Verdict.VIOLATED
