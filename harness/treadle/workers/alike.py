"""Check that a worker elsewhere runs the same code as this process; otherwise its answer does not count.

Three things must be the same: Treadle itself, to the last byte of its source; the minor version of Python; and the
files that the target is made of, which an answer lists with their digests. Of large files only the size is compared,
because the times of their last change differ. Files that a target reads and that are no code may differ between
machines.
"""

from __future__ import annotations

import functools
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from treadle.workers.loaded import CHANGING, GONE, digest_of, digest_of_treadle

if TYPE_CHECKING:
    from treadle.workers.pool import Answer

_CODE = (".py", ".so", ".pyd", ".pyc")
_LARGE = re.compile(r"(\d+ bytes) of \d+")


@dataclass(frozen=True, slots=True)
class There:
    """The process that has answered: where it runs, and the digest of its Treadle."""

    who: str
    treadle: str


def here() -> There:
    """Describe this process."""
    return There(f"process {os.getpid()} on {socket.gethostname()}", digest_of_treadle())


def why_not_alike(there: There, answer: Answer) -> str:
    """Say how the worker differs from this process, beginning with its name; empty if it does not."""
    if there.treadle != digest_of_treadle():
        return f"{there.who} runs another version of Treadle"
    for file, digest in answer.files.items():
        if _is_code(file) and digest != CHANGING:
            ours = _digest_here(file)
            if _without_time(ours) != _without_time(digest):
                what = "has no file" if digest == GONE else "has another file"
                return f"{there.who} {what} {file}{' than this process' if ours != GONE else ', which is not here'}"
    return ""


def _is_code(file: str) -> bool:
    return file.endswith(_CODE) or Path(file).is_relative_to(Path.cwd())


def _without_time(digest: str) -> str:
    found = _LARGE.fullmatch(digest)
    return digest if found is None else found[1]


@functools.cache
def _digest_here(file: str) -> str:
    return digest_of(file)
