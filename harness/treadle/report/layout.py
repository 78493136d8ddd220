"""The layout of text about verdicts: marks, colours, and rows under a title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from treadle.check import Verdict
from treadle_models.spec import MODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from treadle.check import Counterexample

INDENT = 2
MODE_NAMES = frozenset(each.name for each in MODES)
STYLES = {
    Verdict.VIOLATED: "bold red",
    Verdict.HOLDS: "green",
    Verdict.NO_VIOLATION_FOUND: "bold yellow",
    Verdict.NOT_EXERCISED: "dim",
    Verdict.UNSUPPORTED: "bold yellow",
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters that stand for verdicts."""

    violated: str
    holds: str
    not_exercised: str
    no_violation_found: str
    unsupported: str
    bar: str
    at_most: str

    @classmethod
    def for_encoding(cls, encoding: str) -> Marks:
        """Return marks that can be written in an encoding."""
        try:
            "✗✓\N{EN DASH}⊘│≤".encode(encoding)
        except UnicodeEncodeError:
            return cls("x", "v", "-", "?", "/", "|", "<=")
        return cls("✗", "✓", "\N{EN DASH}", "?", "⊘", "│", "≤")


def is_proved(found: Counterexample) -> bool:
    """Say whether it is proved that no counterexample has fewer events."""
    return found.minimal or not found.events


def print_rows(console: Console, title: str, rows: Sequence[tuple[Text, ...]]) -> None:
    """Print a title and indented rows below it; nothing if there are no rows."""
    if not rows:
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    for row in rows:
        grid.add_row(*row)
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Padding(grid, (0, 0, 0, INDENT)))


def without_repetition(rows: list[tuple[Text, ...]]) -> list[tuple[Text, ...]]:
    """Return rows with the first cell emptied where it repeats that of the row above."""
    firsts = [Text(""), *(row[0] for row in rows)]
    return [(Text("") if row[0] == above else row[0], *row[1:]) for row, above in zip(rows, firsts, strict=False)]


def two(first: str, second: str) -> Text:
    """Return a cell of two parts, of which the second is a detail."""
    return Text(f"{first}\n").append(second, style="dim")


def count(number: int, singular: str, plural: str = "") -> str:
    """Return a number and its noun, in singular or plural."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
