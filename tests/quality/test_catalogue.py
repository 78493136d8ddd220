"""The catalogue: every verdict and every count is found again, and a difference is noticed."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

import pytest
from judging import SMALL, every_candidate, judged
from pythons import VERSIONS, interpreters, none_here

from treadle.check import Catalogue, Job, judge
from treadle.cli import main
from treadle.loop import task_kind
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS
from treadle_models.candidates import CANDIDATES
from treadle_models.spec import Reading

PYTHON = "{}.{}".format(*sys.version_info)

pytestmark = pytest.mark.skipif(
    not Catalogue.load(PYTHON, TaskKind.C, SMALL).cells, reason=f"nothing is recorded for Python {PYTHON}"
)


@every_candidate
def test_every_verdict_and_count_is_as_recorded(name: str) -> None:
    """All situations at two events and two steps, under all readings, on C tasks."""
    catalogue = Catalogue.load(PYTHON, TaskKind.C, SMALL)
    for situation in ALL_SITUATIONS:
        cell = judged(name, situation)
        assert situation in catalogue.cells[name]
        assert catalogue.differences(cell) == []


@pytest.mark.parametrize("name", ["osipenko-proposal", "rrevans-wait", "treadle-wait", "treadle-await"])
def test_the_default_bounds_are_as_recorded(name: str) -> None:
    """At three events and three steps, for a few: `make verdicts` compares them all."""
    catalogue = Catalogue.load(PYTHON, TaskKind.C, Bounds(events=3, steps=3))
    for situation in ("plain", "pending", "timeout", "uncancel/1"):
        cell = judge(Job(target=name, situation=situation, bounds=Bounds(events=3, steps=3), readings=tuple(Reading)))
        assert catalogue.cells[name][situation]
        assert catalogue.differences(cell) == []


@pytest.mark.parametrize("name", ["osipenko-proposal", "taskgroup", "treadle-await"])
def test_pure_python_tasks_are_as_recorded(name: str) -> None:
    """The same on the tasks in pure Python, for a few: `make results` compares them all, and conformance too."""
    catalogue = Catalogue.load(PYTHON, TaskKind.PY, SMALL)
    with task_kind(TaskKind.PY):
        for situation in ALL_SITUATIONS:
            job = Job(target=name, situation=situation, bounds=SMALL, task=TaskKind.PY, readings=tuple(Reading))
            assert catalogue.cells[name][situation]
            assert catalogue.differences(judge(job)) == []


@pytest.mark.parametrize("version", [version for version in VERSIONS if version != PYTHON])
def test_another_python_finds_what_is_recorded_for_it(version: str) -> None:
    """In the situations in which versions of Python differ; what is `eager` can be seen nowhere else on 3.11."""
    situations = [word for name in ("eager", "uncancel/0", "timeout") for word in ("--situation", name)]
    found = interpreters(version)
    if not found:
        pytest.skip(none_here(version))
    arguments = ["check", "loucadufault-wait-for", "taskgroup", "treadle-await", "--events", "2", "--steps", "2"]
    assert main([*arguments, *situations, "--python", next(iter(found.values()))]) == 0


def test_a_changed_count_is_noticed() -> None:
    """One schedule more or less, in one property, is a difference that is told."""
    recorded: dict[str, Any] = json.loads(json.dumps(Catalogue.load(PYTHON, TaskKind.C, SMALL).cells))
    counts = recorded["osipenko-proposal"]["plain"]["counts"]
    counts["lost"][1] += 1
    cell = judge(Job(target="osipenko-proposal", situation="plain", bounds=SMALL))
    (difference,) = Catalogue(recorded).differences(cell)
    assert "osipenko-proposal, plain, lost" in difference


def test_candidates_that_are_the_same_call_have_the_same_verdicts() -> None:
    """`cbornet-example` is `rrevans-wait` and a look at the task afterwards: every verdict and count is equal."""
    cells = Catalogue.load(PYTHON, TaskKind.C, SMALL).cells
    assert cells["cbornet-example"] == cells["rrevans-wait"]


def test_each_recorded_file_has_every_candidate_and_situation() -> None:
    """No record is partial."""
    folder = resources.files("treadle.check") / "data"
    files = [file for file in folder.iterdir() if file.name.endswith(".json")]
    assert files
    for file in files:
        cells = json.loads(file.read_text(encoding="utf-8"))
        assert set(cells) == set(CANDIDATES), file.name
        for name, situations in cells.items():
            assert set(situations) <= set(ALL_SITUATIONS), f"{file.name}: {name}"
            assert "plain" in situations
