"""Set text in columns for diagrams, without breaking code into small pieces.

In a row about one step, one column has text, which may extend below the columns to its right. In a row of states
several columns have text, and each keeps to its own width.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Part = tuple[str, str]  # a line of text, and its style
    Cells = Mapping[str, Sequence[Part]]
    Row = tuple[str, Cells]  # the text in front, and the cells by the names of their columns

BELOW = ""
"""The name of the cell of a row that is set below all columns."""

_BETWEEN = 2
_ROOM = 44  # the least width of the last column, so that code is not broken into pieces
_ROOM_BESIDE = 35  # the same beside columns whose cells cannot extend to the right
_NARROWEST = 14  # width of such a column


def set_in_columns(front: str, names: Sequence[str], rows: Sequence[Row], width: int) -> Iterator[Text]:
    """Yield the lines of a table with these columns, at most `width` long; `front` is the first heading."""
    margin = max(len(front), *(len(mark) for mark, _ in rows)) if rows else len(front)
    starts = [margin + _BETWEEN + each for each in _starts(names, rows, width - margin - _BETWEEN)]
    heads: Cells = {name: [(name, "dim")] for name in names}
    yield from _lines((front, heads), names, starts, [*starts[1:], max(width, starts[-1] + len(names[-1])) + _BETWEEN])
    for mark, cells in rows:
        yield from (Text(" " * starts[0]).append(*part) for part in cells.get(BELOW, ()))
        if BELOW in cells:
            continue
        yield from _lines((mark, cells), names, starts, _ends(cells, names, starts, width))


def _ends(cells: Cells, names: Sequence[str], starts: Sequence[int], width: int) -> list[int]:
    """Return where each column ends in a row, which is where the next one with text begins."""
    ends = []
    for number in range(len(names)):
        later = [starts[each] for each in range(number + 1, len(names)) if cells.get(names[each])]
        ends.append(later[0] if later else width + _BETWEEN)
    return ends


def _lines(row: Row, names: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> Iterator[Text]:
    mark, cells = row
    broken = [
        [
            (piece, style)
            for line, style in cells.get(name, ())
            for piece in textwrap.wrap(line, max(1, end - start - _BETWEEN), break_on_hyphens=False)
        ]
        for name, start, end in zip(names, starts, ends, strict=True)
    ]
    for number in range(max(1, *map(len, broken))):
        text = Text(mark.strip().rjust(starts[0] - _BETWEEN) if not number else "")
        for pieces, start in zip(broken, starts, strict=True):
            if number < len(pieces):
                text.append(" " * (start - text.cell_len))
                text.append(*pieces[number])
        text.rstrip()
        yield text


def _starts(names: Sequence[str], rows: Sequence[Row], width: int) -> list[int]:
    """Return where each column begins: at full width if that fits; else the widest are made narrower."""
    wanted = [max([len(name), *_lengths(name, rows)]) for name in names]
    shared = {name for _, cells in rows if len(cells) > 1 for name in cells}
    least = [max(len(name), _NARROWEST if name in shared else 0) for name in names]
    last = min(wanted[-1], _ROOM_BESIDE if shared else _ROOM)
    sizes = wanted[:-1]
    while sum(sizes) + _BETWEEN * len(sizes) + last > width:
        spare = [size - small for size, small in zip(sizes, least, strict=False)]
        if not any(spare):
            break
        sizes[spare.index(max(spare))] -= 1
    return [sum(sizes[:number]) + _BETWEEN * number for number in range(len(names))]


def _lengths(name: str, rows: Sequence[Row]) -> Iterator[int]:
    return (len(line) for _, cells in rows for line, _ in cells.get(name, ()))
