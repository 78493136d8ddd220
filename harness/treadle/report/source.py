"""The source of a target, for a picture that marks the line that runs."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.trace import name_file

if TYPE_CHECKING:
    from treadle.check import Target

_PRAGMA = re.compile(r"  # (type: ignore|noqa|pragma).*")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """The lines of a function, the first of which has the number `first` in its file."""

    file: str
    first: int
    lines: tuple[str, ...]


def read_source(target: Target) -> SourceText | None:
    """Read the source of a target, if it has one."""
    try:
        function = inspect.unwrap(target.subject.function)
        lines, first = inspect.getsourcelines(function)
        file = inspect.getsourcefile(function)
    except (OSError, TypeError, ValueError):  # `__wrapped__` may lead in a circle
        return None
    told = tuple(_PRAGMA.sub("", line.rstrip()) for line in lines)
    return SourceText(file=name_file(file or ""), first=first, lines=told)
