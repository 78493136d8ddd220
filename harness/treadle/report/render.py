"""Templates: the only place where markup is made. Everything that is filled in is escaped.

jinja2 is an extra (`treadle[report]`); the checker itself runs without it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from treadle.errors import MisuseError
from treadle.report.breaking import pieces
from treadle.report.layout import count

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: object) -> str:
    """Fill in a template; raise `MisuseError` where jinja2 is missing."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    try:
        import jinja2  # noqa: PLC0415 - an extra, needed for pictures alone
    except ImportError:
        message = "pictures and reports need jinja2: pip install 'treadle[report]'"
        raise MisuseError(message) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("treadle.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, object] = {"thousands": lambda number: f"{number:,}", "pieces": pieces, "count": count}
    environment.filters.update(filters)
    return environment
