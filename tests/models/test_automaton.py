"""From source to automaton: what is compiled does what the source says, and what cannot be is refused by name."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

import pytest

from treadle_models.automaton.library import asyncio_names, compile_candidate
from treadle_models.automaton.scope import Module
from treadle_models.automaton.variables import OutsideSubsetError
from treadle_models.candidates import CANDIDATES
from treadle_models.machine.code import Code, Kind, Value
from treadle_models.machine.stage import MachineLimits, MachineStage
from treadle_models.machine.things import OutsideError, Thrown
from treadle_models.situations import Situation

if TYPE_CHECKING:
    from pathlib import Path


def _compiled(tmp_path: Path, source: str, name: str = "function") -> Value:
    file = tmp_path / "source.py"
    file.write_text(textwrap.dedent(source))
    return Module(file, asyncio_names()).resolve(name, ast.Pass())


def _run(code: Code, *arguments: Value) -> Value:
    stage = MachineStage(
        (3, 13), Situation(name="plain"), MachineLimits(events=0, steps=0), None, owner=False, roles={}
    )
    return stage.call(code, arguments)


@pytest.mark.parametrize("name", CANDIDATES)
def test_every_candidate_is_compiled_from_the_file_that_the_checker_runs(name: str) -> None:
    compiled = compile_candidate(CANDIDATES[name])
    assert isinstance(compiled, Code)
    assert compiled.file.endswith(CANDIDATES[name].function.__module__.rpartition(".")[2] + ".py")


@pytest.mark.parametrize(
    ("body", "construct"),
    [
        ("    x = {y: 1 for y in task}", "expression '{y: 1 for y in task}'"),
        ("    match task:\n        case _:\n            pass", "statement Match"),
        ("    async for x in task:\n        pass", "statement AsyncFor"),
        ("    x = await task + 1", "expression 'await task'"),
        ("    import os", "statement Import"),
        ("    return unknown", "name 'unknown'"),
        ("    return 1 * 2", "expression '1 * 2'"),
        ("    task(**task)", "a call with **"),
        ("    task(*task)", "to iterate over None"),
    ],
)
def test_what_is_outside_of_the_subset_is_refused_with_file_and_line(tmp_path: Path, body: str, construct: str) -> None:
    code = _compiled(tmp_path, f"def function(task=None):\n{body}\n")
    with pytest.raises(OutsideError) as caught:
        _run(code)
    assert construct in str(caught.value)
    assert "source.py:2" in str(caught.value)


def test_what_is_outside_of_the_subset_does_no_harm_where_nobody_comes(tmp_path: Path) -> None:
    body = "    if task:\n        x = {y: 1 for y in task}\n        return 1 * 2\n    return 3\n"
    assert _run(_compiled(tmp_path, f"def function(task=None):\n{body}")) == 3


def test_a_generator_is_outside_wherever_its_yield_stands(tmp_path: Path) -> None:
    with pytest.raises(OutsideSubsetError, match=r"source\.py:3: not modelled: the generator function"):
        _compiled(tmp_path, "def function(task):\n    if task:\n        yield\n")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("def function():\n    try:\n        return 1\n    finally:\n        pass", 1),
        ("def function():\n    try:\n        return 1\n    finally:\n        return 2", 2),
        (
            """
            def function():
                found = 0
                while True:
                    found = found + 1
                    try:
                        if found > 2:
                            break
                    finally:
                        found = found + 10
                return found
            """,
            22,
        ),
        (
            """
            def function():
                try:
                    raise RuntimeError
                except ValueError:
                    return 1
                except Exception:
                    return 2
                else:
                    return 3
            """,
            2,
        ),
        (
            """
            def function():
                try:
                    try:
                        raise RuntimeError
                    finally:
                        x = 1
                except RuntimeError:
                    return x
            """,
            1,
        ),
    ],
)
def test_control_flow_is_that_of_python(tmp_path: Path, source: str, result: int) -> None:
    scope: dict[str, Value] = {}
    exec(textwrap.dedent(source), scope)  # noqa: S102 - the source stands above
    assert scope["function"]() == result
    assert _run(_compiled(tmp_path, source)) == result


def test_an_exception_that_nobody_handles_leaves_the_function(tmp_path: Path) -> None:
    with pytest.raises(Thrown, match="RuntimeError"):
        _run(_compiled(tmp_path, "def function():\n    raise RuntimeError"))


def test_only_await_suspends(tmp_path: Path) -> None:
    code = _compiled(tmp_path, "async def function(task):\n    task.cancel()\n    await task\n    return 1")
    assert [node.kind for node in code.nodes].count(Kind.AWAIT) == 1
