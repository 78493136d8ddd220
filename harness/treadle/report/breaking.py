"""Where a line of text may be broken: at spaces, and in code that has none where a reader would break it.

A box in a picture is narrow and a line of code long: `asyncio.wait([shielded])` reads on behind a dot, a comma or an
opening bracket, and nowhere else.
"""

from __future__ import annotations

import re
import textwrap


def pieces(text: str) -> list[str]:
    """Take text apart where code may be broken; together the pieces are the text."""
    return re.split(r"(?<=[.,(\[])(?=[^\s.,()\[\]])", text)


def break_lines(text: str, width: int) -> list[str]:
    """Break text into lines of at most so many letters; at least one line, and a word in two only where it must be."""
    lines = [""]
    for word in text.split():
        for number, piece in enumerate(pieces(word) if len(word) > width else [word]):
            space = " " if lines[-1] and not number else ""
            if lines[-1] and len(lines[-1] + space + piece) > width:
                lines.append(piece)
            else:
                lines[-1] += space + piece
    return [short for line in lines for short in textwrap.wrap(line, width) or [""]]
