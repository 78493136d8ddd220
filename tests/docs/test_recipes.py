"""The recipes of `docs/how-to/fix.md`: each failing shape violates its property, and each repaired one does not.

They are judged within one event and two steps: each of the faults needs no more. With `TREADLE_TESTS=all` in every
situation that is no combination, else in those in which the faults show.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

import pytest
from shown import DOCS, write

from treadle.check import Job, judge, resolve_target
from treadle.schedule import Bounds
from treadle.situation import ALL_SITUATIONS
from treadle.verdict import Verdict
from treadle_models.spec import MODES, PROPERTIES, Property

if TYPE_CHECKING:
    from pathlib import Path

    from treadle.check import CellResult

FEW = ("plain", "done/result", "done/exception", "done/cancelled", "self", "timeout")
SITUATIONS = [each for each in ALL_SITUATIONS if "+" not in each] if os.environ.get("TREADLE_TESTS") else FEW
FIX = DOCS / "how-to" / "fix.md"


@functools.cache
def judged(target: str) -> tuple[CellResult, ...]:
    resolved = resolve_target(target)
    bounds = Bounds(events=1, steps=2)
    return tuple(judge(Job(target=target, situation=each, bounds=bounds), target=resolved) for each in SITUATIONS)


def verdicts(target: str, name: str) -> set[Verdict]:
    """Return what is said of a property in some situation."""
    return {found.verdict for cell in judged(target) for found in cell.findings if found.property == name}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(FIX, tmp_path_factory.mktemp("recipes"))


@pytest.mark.parametrize("the_property", PROPERTIES, ids=lambda each: each.name)
def test_a_recipe_has_a_shape_that_fails_and_one_that_does_not(the_property: Property, folder: Path) -> None:
    file = folder / f"{the_property.name.replace('-', '_')}.py"
    assert Verdict.VIOLATED in verdicts(f"{file}:failing", the_property.name)
    assert verdicts(f"{file}:repaired", the_property.name) <= {Verdict.HOLDS, Verdict.NOT_EXERCISED}
    assert Verdict.HOLDS in verdicts(f"{file}:repaired", the_property.name)


@pytest.mark.parametrize(("file", "mode"), [("stop", "prompt"), ("joined_always", "joined-always")])
def test_the_function_of_a_mode_keeps_every_property_and_is_in_that_mode(file: str, mode: str, folder: Path) -> None:
    for each in (*PROPERTIES, *(one for one in MODES if one.name == mode)):
        assert Verdict.VIOLATED not in verdicts(f"{folder / file}.py:stop", each.name), each.name


def test_each_property_has_its_recipe_with_its_sentence() -> None:
    text = FIX.read_text(encoding="utf-8")
    for each in PROPERTIES:
        sentence = each.sentence[0].upper() + each.sentence[1:]
        assert f"\n## {each.name}\n\n*{sentence}.*" in text, each.name
