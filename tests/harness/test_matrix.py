"""The matrix of verdicts: every version and kind of task, and why versions differ."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from treadle.cli import matrix
from treadle.schedule import TaskKind
from treadle_models.candidates import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 13


def test_every_difference_between_versions_is_explained_by_an_issue() -> None:
    assert matrix.unexplained() == []
    assert {each.issue for each in matrix.differences()} == {"gh-86296", "gh-116720"}


def test_a_difference_that_nothing_explains_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known = matrix.differences()
    monkeypatch.setattr(matrix, "differences", lambda: known[1:])
    assert matrix.unexplained() == ["loucadufault-wait-for differs in 3.12, and nothing says why"]


def test_an_explanation_of_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = matrix.differences()
    wrong = dataclasses.replace(first, candidates=(*first.candidates, "treadle-wait"))
    monkeypatch.setattr(matrix, "differences", lambda: (wrong, *others))
    assert matrix.unexplained() == ["treadle-wait was to differ from 3.12 on, and does not"]


def test_an_unexplained_difference_makes_the_command_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert matrix.main([]) == 0
    monkeypatch.setattr(matrix, "differences", tuple)
    assert matrix.main([]) == 1
    assert "taskgroup differs in 3.13, and nothing says why" in capsys.readouterr().out


@pytest.mark.parametrize("candidate", CANDIDATES)
def test_every_column_stands_in_one_row(candidate: str) -> None:
    expected = [column for version in matrix.VERSIONS for column in matrix.columns(version)]
    found = [column for _, where in matrix.rows(candidate) for column in where]
    assert sorted(map(str, found)) == sorted(map(str, expected))
    assert {len(row) for row, _ in matrix.rows(candidate)} == {WIDTH}


def test_tasks_can_be_eager_from_3_12_on() -> None:
    assert {column.eager for column in matrix.columns("3.11")} == {False}
    assert {(column.eager, column.task) for column in matrix.columns("3.12")} == {
        (eager, task) for eager in (False, True) for task in TaskKind
    }


def test_a_row_says_where_it_was_seen() -> None:
    def told(columns: Iterable[matrix.Column]) -> str:
        return matrix._told(list(columns))

    assert told(matrix.columns("3.11")) == "3.11"
    assert told(column for version in ("3.12", "3.13") for column in matrix.columns(version) if column.eager) == (
        "eager, 3.12 to 3.13"
    )
    assert told([matrix.Column("3.12", TaskKind.C, eager=False)]) == "3.12 C"
