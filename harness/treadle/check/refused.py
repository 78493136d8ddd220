"""The messages about a target that needs what a deterministic loop cannot provide: what, and where in its own code."""

from __future__ import annotations

import linecache
import sysconfig
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.inspecting import INSTALLED, is_function, layers
from treadle.telling import line_told
from treadle.trace import name_file

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

REFUSED = "unsupported: "
"""The prefix of the reason why a search was stopped, if it was because of that."""

IN_A_PROGRAM = "What a target cannot replace, a program can: see `treadle explore --help`"

_TREADLE = Path(__file__).parents[1]
_STDLIB = [Path(place) for place in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}]


def place_told(places: Sequence[tuple[str, int]], files: Collection[str], what: str = "") -> str:
    """Return the innermost of these places in the target's own code, in brackets, or an empty string.

    Places in its `files` are preferred, then those that belong neither to Treadle nor to the standard library.
    """
    own = [each for each in places if each[0] in files] or [each for each in places if _is_own(each[0])]
    if not own:
        return ""
    file, line = own[-1]
    code = line_told(linecache.getline(file, line))
    return f" ({what}{name_file(file)}, line {line}{f': {code}' if code else ''})"


def _is_own(file: str) -> bool:
    path = Path(file)
    if not path.is_absolute() or path.is_relative_to(_TREADLE):
        return False
    return bool(INSTALLED & set(path.parts)) or not any(path.is_relative_to(place) for place in _STDLIB)


def threads_told() -> str:
    """Say that a target has left a thread behind, and what runs in the one started last, if that is known."""
    told = "it runs a thread of its own, and no schedule decides when that acts: do the work inline"
    others = [each for each in threading.enumerate() if each is not threading.main_thread()]
    function = getattr(others[-1], "_target", None) if others else None
    codes = [each.__code__ for each in layers(function) if is_function(each)]  # type: ignore[attr-defined]
    places = [(code.co_filename, code.co_firstlineno) for code in codes]
    return f"{told}. {IN_A_PROGRAM}{place_told(places, (), 'what runs there: ')}"


def uncounted_told(kind: str) -> str:
    """Say that an owner yields an object of this class, for which Treadle cannot see what cancels it."""
    return (
        f"the context manager yields a {kind} that asyncio.create_task() did not make, so Treadle cannot see who "
        "cancels it. Make the task with asyncio.create_task(), and yield that."
    )
