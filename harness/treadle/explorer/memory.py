"""The memory that a search may take, and how close to the limit it is.

The limit applies to the process, as memory does. Close to it, a search by states keeps no new ones; at the limit, any
search is cut off, and says so. Uses only the standard library.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_NEAR = 0.8

_most: list[int] = []  # bytes, if there is a limit


def bound_memory(most: int) -> None:
    """Limit the memory of searches in this process to this many bytes from now on; 0: no limit."""
    _most[:] = [most] if most else []


def is_memory_near() -> bool:
    """Say whether a search should keep no more than it must."""
    return bool(_most) and memory_of() > _NEAR * _most[0]


def why_no_memory() -> str:
    """Return the reason that the limit was reached, or an empty text."""
    if not _most or memory_of() <= _most[0]:
        return ""
    return f"the memory limit of {memory_told(_most[0])} was reached"


def memory_of(process: int | str = "self") -> int:
    """Return the memory of a process in bytes; 0 if the system does not provide it."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return _most_so_far() if process == "self" else 0


def _most_so_far() -> int:
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return 0
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def memory_told(size: int) -> str:
    """Return a number of bytes as text: `512 MB`, `1.5 GB`."""
    for unit, name in ((1 << 30, "GB"), (1 << 20, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}".replace(".0 ", " ")
    return f"{size / 1024:.0f} kB"
