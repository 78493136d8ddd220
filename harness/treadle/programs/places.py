"""Name the line of a program from which a call came."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.execution import engine
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Shows = Callable[[str], bool]

_ENGINE = engine.__file__
_TREADLE = str(Path(__file__).parents[1])
_INSTALLED = re.compile(r"[/\\](?:site|dist)-packages[/\\]")


def find_place(frame: FrameType | None, shows: Shows) -> str:
    """Name the innermost line of the program's own code that led to a frame; empty if there is none.

    The code that has called Treadle is no part of the program, even if it is the user's.
    """
    while frame is not None and frame.f_code.co_filename != _ENGINE:
        if shows(frame.f_code.co_filename):
            return f"{name_file(frame.f_code.co_filename)} line {frame.f_lineno}"
        frame = frame.f_back
    return ""


def tell_place(frame: FrameType | None, shows: Shows) -> str:
    """Name the same line; in a task of a library, name the library's line and the one that made the task."""
    place = find_place(frame, shows)
    library = "" if place else _find_library(frame)
    if not library:
        return place
    made_at: Callable[[], str] = getattr(asyncio._get_running_loop(), "made_at", str)
    made = made_at()
    return f"{library}, in a task that {made} has made" if made else f"{library}, in a library"


def _find_library(frame: FrameType | None) -> str:
    """Name the innermost line of an installed library, or else of the standard library; empty if there is none."""
    standard = ""
    while frame is not None and frame.f_code.co_filename != _ENGINE:
        file, line = frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
        if file.startswith(_TREADLE):
            continue
        installed = _INSTALLED.split(file)
        if len(installed) > 1:
            return f"{installed[-1]} line {line}"
        standard = standard or f"{'/'.join(Path(file).parts[-2:])} line {line}"
    return standard


def at(place: str) -> str:
    """Return the prefix of a message about a place; empty without a place."""
    return f"{place}: " if place else ""
