"""Where text for people goes: standard output, as wide as the terminal, and the same from run to run in a pipe."""

from __future__ import annotations

import os
import re
import sys
from typing import IO, cast

from rich.console import Console

_WIDTH_IN_A_PIPE = 100
_WIDEST = 160


class _Trimmed:
    """Standard output without the spaces that fill lines up to the width; they are in the way of whoever reads it."""

    @property
    def encoding(self) -> str:
        return sys.stdout.encoding or "utf-8"

    def write(self, text: str) -> int:
        return sys.stdout.write(re.sub(r" +(?=\n)", "", text))

    def flush(self) -> None:
        sys.stdout.flush()

    def isatty(self) -> bool:
        return False


def output() -> Console:
    """Return a console on standard output. Nothing in it is marked up, or coloured by what it looks like."""
    if sys.stdout.isatty():
        console = Console(highlight=False, markup=False, emoji=False)
        console.width = min(console.width, _WIDEST)
        return console
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() else _WIDTH_IN_A_PIPE
    return Console(highlight=False, markup=False, emoji=False, file=cast("IO[str]", _Trimmed()), width=width)
