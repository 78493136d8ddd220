"""What a package is said to promise stands in what it ships, word for word: its docstrings, comments and signatures."""

from __future__ import annotations

import re
from importlib.metadata import PathDistribution
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shipped.entries import Helper, Sentence

_TEXTS = {".py", ".pyi", ".pyx", ""}


def unfounded(helper: Helper) -> list[str]:
    """Return the sentences of an entry that its installed package has nowhere; those of web pages are not looked for.

    Breaks of lines, marks of comments and of reStructuredText's line blocks do not count.
    """
    wanted = [each for each in _sentences(helper) if each.says and not each.where.startswith("http")]
    if not wanted or not helper.version:
        return []
    text = " ".join(_plain(each) for each in _texts(helper))
    return [each.says for each in wanted if _plain(each.says) not in text]


def _sentences(helper: Helper) -> list[Sentence]:
    return [
        helper.promise,
        *(each.sentence for each in helper.excludes),
        *(each.sentence for each in helper.classed.values()),
    ]


def _texts(helper: Helper) -> Iterator[str]:
    """Yield the texts that a package has installed, its metadata first."""
    for folder in helper.environment.glob("lib/python*/site-packages"):
        for info in folder.glob("*.dist-info"):
            distribution = PathDistribution(info)
            if _name(distribution.metadata["Name"]) != _name(helper.package):
                continue
            yield (info / "METADATA").read_text(encoding="utf-8")
            for file in distribution.files or ():
                path = folder / file
                if path.suffix in _TEXTS and path.suffix and path.is_file():
                    yield _read(path)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _plain(text: str) -> str:
    """Return a text in one line, without what breaks lines and marks comments."""
    text = re.sub(r"\n\s*[#|]?\s*", " ", text)
    text = re.sub(r"\s+", " ", re.sub(r",?\s*\)", ")", text))
    return text.replace("( ", "(").strip()
