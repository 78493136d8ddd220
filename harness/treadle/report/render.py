"""Templates: the only place where markup is made. Everything that is filled in is escaped.

jinja2 is an extra (`treadle[report]`); the checker itself runs without it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.errors import MisuseError
from treadle.report.breaking import pieces
from treadle.report.layout import count
from treadle.telling import printable_lines

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: object) -> str:
    """Fill in a template; raise `MisuseError` if jinja2 is not installed."""
    return _environment().get_template(template).render(**values)


def see_that_it_can_be_written(file: str) -> None:
    """Raise `MisuseError` if a report or picture cannot be written, before a search takes hours."""
    render("colours.css")
    see_its_folder(file)


def see_its_folder(file: str) -> None:
    """Raise `MisuseError` if a file cannot be written to its folder."""
    folder = Path(file).resolve().parent
    if not folder.is_dir():
        message = f"there is no folder {str(folder)!r} to write to"
        raise MisuseError(message)
    if not os.access(file if Path(file).exists() else folder, os.W_OK):
        message = f"{file!r} cannot be written: this user has no right to; name another file"
        raise MisuseError(message)
    if Path(file).is_dir():
        message = f"{file!r} is a folder; name a file to write to"
        raise MisuseError(message)


def _visible(value: object) -> object:
    """Replace control characters by escapes; XML does not allow some of them."""
    return printable_lines(value) if type(value) is str else value


@cache
def _environment() -> Environment:
    try:
        import jinja2  # noqa: PLC0415 - an extra, needed only for pictures
    except ImportError:
        message = "pictures and reports need jinja2: pip install 'treadle[report]'"
        raise MisuseError(message) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("treadle.report"),
        autoescape=True,
        finalize=_visible,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, object] = {"thousands": lambda number: f"{number:,}", "pieces": pieces, "count": count}
    environment.filters.update(filters)
    return environment
