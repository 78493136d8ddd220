"""Compare what a patch takes for the documentation's text with a page of it, as published.

A page does not show all of its source: no labels, no underlines, no names of roles. It shows every other line, broken
where the source breaks it. So a hunk whose lines stand on the page one after the other has its context right, but for
what a page does not show.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SIGN = "\N{PILCROW SIGN}"


def missing(patch: Path, pages: Path) -> list[str]:
    """Return of each hunk of the documentation whose lines before the change are not on their page, the first of them.

    `pages` is the folder of the HTML of the documentation. A patch that has nothing for it misses nothing.
    """
    return [lines[0] for name, lines in hunks(patch) if not _within(lines, _shown(pages / name))]


def hunks(patch: Path) -> list[tuple[str, list[str]]]:
    """Return of each hunk its page, such as library/asyncio-task.html, and its lines before the change, as shown."""
    found = []
    for part in re.split(r"^diff --git a/", patch.read_text(encoding="utf-8"), flags=re.MULTILINE):
        source = re.match(r"Doc/(\S+)\.rst ", part)
        for hunk in re.split(r"^@@ .*\n", part, flags=re.MULTILINE)[1:] if source else ():
            before = [line[1:] for line in hunk.splitlines() if line[:1] in (" ", "-")]
            found.append((f"{source[1]}.html" if source else "", _as_shown(before)))
    return found


def _shown(page: Path) -> list[str]:
    text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
    return _lines(html.unescape(text).replace(_SIGN, ""))


def _as_shown(source: list[str]) -> list[str]:
    """Turn lines of reStructuredText into those of its page."""
    text = "\n".join(source)
    text = re.sub(r"\.\. versionchanged:: (\S+)\n\s*", r"Changed in version \1: ", text)
    text = re.sub(r"^\s*(\.\. _\S+:|=+|-+)$", "", text, flags=re.MULTILINE)
    text = re.sub(r"^ *(\* )?- ", "", text, flags=re.MULTILINE)
    text = re.sub(r":(?:func|meth):`~?([^`<]+)`", r"\1()", text)
    text = re.sub(r":\w+:`~?([^`<]+)`", r"\1", text)
    return _lines(re.sub(r"``([^`]+)``|\*(\w+)\*", lambda found: found[1] or found[2], text))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _within(hunk: list[str], shown: list[str]) -> bool:
    return any(shown[place : place + len(hunk)] == hunk for place in range(len(shown)))
