"""Break lines of text at spaces, and lines of code without spaces where a reader would.

A box in a picture is narrow, and a line of code long: `asyncio.wait([shielded])` may be broken after a dot, a comma or
an opening bracket, and nowhere else.
"""

from __future__ import annotations

import re
import textwrap


def pieces(text: str) -> list[str]:
    """Split text where code may be broken; the pieces joined are the text."""
    return re.split(r"(?<=[.,(\[])(?=[^\s.,()\[\]])", text)


def break_lines(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` letters, at least one; split a word only if it must be."""
    lines = [""]
    for word in text.split():
        for number, piece in enumerate(pieces(word) if len(word) > width else [word]):
            space = " " if lines[-1] and not number else ""
            if lines[-1] and len(lines[-1] + space + piece) > width:
                lines.append(piece)
            else:
                lines[-1] += space + piece
    return [short for line in lines for short in textwrap.wrap(line, width) or [""]]
