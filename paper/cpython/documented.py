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


def missing(patch: Path, page: str) -> list[str]:
    """Return of each hunk of the documentation, whose lines before the change are not on the page, the first of them.

    `page` is the HTML of the page. A patch that has nothing for the documentation misses nothing.
    """
    shown = _lines(html.unescape(re.sub(r"<[^>]+>", "", page)).replace(_SIGN, ""))
    return [hunk[0] for hunk in hunks(patch) if not _within(hunk, shown)]


def hunks(patch: Path) -> list[list[str]]:
    """Return the lines of each hunk before the change, as a page shows them."""
    parts = re.split(r"^diff --git ", patch.read_text(encoding="utf-8"), flags=re.MULTILINE)
    of_pages = [part for part in parts if part.startswith("a/Doc/")]
    found = [hunk for part in of_pages for hunk in re.split(r"^@@ .*\n", part, flags=re.MULTILINE)[1:]]
    return [_as_shown([line[1:] for line in hunk.splitlines() if line[:1] in (" ", "-")]) for hunk in found]


def _as_shown(source: list[str]) -> list[str]:
    """Turn lines of reStructuredText into those of its page."""
    text = "\n".join(source)
    text = re.sub(r"\.\. versionchanged:: (\S+)\n\s*", r"Changed in version \1: ", text)
    text = re.sub(r"^\s*(\.\. _\S+:|=+|-+)$", "", text, flags=re.MULTILINE)
    text = re.sub(r":\w+:`~?([^`<]+)`", r"\1", text)
    return _lines(re.sub(r"``([^`]+)``|\*(\w+)\*", lambda found: found[1] or found[2], text))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _within(hunk: list[str], shown: list[str]) -> bool:
    return any(shown[place : place + len(hunk)] == hunk for place in range(len(shown)))
