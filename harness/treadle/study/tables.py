"""A small table of numbers, for notebooks and terminals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from treadle.display import Displayed
from treadle.report.display import html, printed, text
from treadle.report.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Numbers(Displayed):
    """A table that displays itself.

    :param title: what the rows are.
    :param columns: the names of the columns.
    :param rows: by name, a value for each column.
    :param marked: rows whose values differ are marked.
    """

    title: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[object]]
    marked: bool = False  # rows whose values differ are marked

    def __repr__(self) -> str:
        return f"<{self.title}: {len(self.rows)} rows>"


@html.register
def _(numbers: Numbers) -> str:
    rows = list(numbers.rows.items())
    return render("readings.html", title=numbers.title, columns=numbers.columns, rows=rows, marked=numbers.marked)


@text.register
def _(numbers: Numbers) -> str:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(numbers.title)
    for name in numbers.columns:
        table.add_column(name)
    for what, values in numbers.rows.items():
        table.add_row(what, *(f"{each:,}" if isinstance(each, int) else str(each) for each in values))
    return printed(lambda console: console.print(table))
