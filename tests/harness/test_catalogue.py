"""The catalogue: what was recorded is compared with what is found."""

from __future__ import annotations

import dataclasses
import json

import pytest
from judging import finding, job

from treadle.check import Catalogue, CellResult, judge
from treadle.check.catalogue import dump, file_name, record_cell
from treadle.schedule import Bounds, TaskKind
from treadle.situation import ALL_SITUATIONS


@pytest.fixture(scope="module")
def cells() -> list[CellResult]:
    return [judge(job("treadle-wait", situation)) for situation in ("plain", "uncancel/0", "done/result")]


def catalogue_of(cells: list[CellResult]) -> Catalogue:
    return Catalogue({"treadle-wait": {cell.situation: record_cell(cell) for cell in cells}})


def test_what_was_recorded_is_found_again(cells: list[CellResult]) -> None:
    catalogue = catalogue_of(cells)
    for cell in cells:
        assert catalogue.differences(cell) == []
        for each in cell.findings:
            assert catalogue.expected("treadle-wait", cell.situation, each.property, each.reading) is each.verdict


def test_a_count_that_has_changed_is_told(cells: list[CellResult]) -> None:
    cell = cells[0]
    catalogue = catalogue_of(cells)
    changed = dataclasses.replace(
        cell,
        schedules=cell.schedules + 1,
        findings=tuple(
            dataclasses.replace(each, exercised=each.exercised - 1) if each.property == "lost" else each
            for each in cell.findings
        ),
    )
    before = finding(cell, "lost").exercised
    assert catalogue.differences(changed) == [
        f"treadle-wait, plain: schedules was recorded as {cell.schedules}, found {cell.schedules + 1}",
        (
            f"treadle-wait, plain, lost: recorded violated in 0 of {before:,} schedules, "
            f"found violated in 0 of {before - 1:,} schedules"
        ),
    ]


def test_a_property_that_is_no_longer_exercised_or_kept_is_told(cells: list[CellResult]) -> None:
    cell = cells[0]
    balanced = finding(cell, "balanced")
    for changed in (dataclasses.replace(balanced, exercised=0), dataclasses.replace(balanced, violating=1)):
        findings = tuple(changed if each is balanced else each for each in cell.findings)
        (difference,) = catalogue_of(cells).differences(dataclasses.replace(cell, findings=findings))
        assert difference.startswith("treadle-wait, plain, balanced: recorded violated in 0 of ")


def test_where_nothing_was_recorded_nothing_is_expected(cells: list[CellResult]) -> None:
    catalogue = catalogue_of(cells[:1])
    assert catalogue.differences(cells[1]) == []
    assert catalogue.expected("treadle-wait", "uncancel/0", "lost", "weak") is None
    assert catalogue.expected("treadle-await", "plain", "lost", "weak") is None


def test_bounds_for_which_there_is_no_record_have_an_empty_catalogue() -> None:
    bounds = Bounds(events=97, steps=98)
    assert file_name("3.11", TaskKind.C, bounds) == "3.11-C-97-98.json"
    assert Catalogue.load("3.11", TaskKind.C, bounds) == Catalogue({})


def test_records_are_written_one_line_a_cell(cells: list[CellResult]) -> None:
    records = catalogue_of(cells).cells
    lines = dump(records).splitlines()
    assert sum(line.lstrip().startswith(tuple(f'"{situation}"' for situation in ALL_SITUATIONS)) for line in lines) == 3
    assert Catalogue(json.loads(dump(records))) == Catalogue(records)
