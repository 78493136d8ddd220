"""The files that a target is made of, with their digests.

These are the files of all modules outside the standard library that were loaded for an answer: the target's own, those
that it imports from beside it, and installed libraries. Treadle's own modules are not among them: it has one digest as
a whole.

Code that is loaded in another way leaves no module behind: by `runpy`, by a call of a loader, by `exec`, from a zip
file. So each file that is opened for reading belongs to them too, whatever is in it, unless the target has written it
first.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import stat
import sys
import sysconfig
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import treadle
import treadle_models
from treadle.inspecting import INSTALLED
from treadle.loading import modules_of_files

if TYPE_CHECKING:
    from collections.abc import Callable

# A larger file is identified by its size and the time of its last change: a library in C may have 100 MB.
_LARGE = 1 << 20

GONE = "it is gone"
CHANGING = "it has changed while it was used"
"""Stand in place of a digest: the file does not exist any more; it is not known which of two versions was loaded."""

_OWN = tuple(Path(package.__path__[0]).resolve() for package in (treadle, treadle_models))
_STANDARD = tuple(Path(place).resolve() for place in {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_namespace_of: Callable[[object], dict[str, object]] = vars(ModuleType)["__dict__"].__get__


class Loaded:
    """The files seen so far. Each is read when it is first seen, because it may change while the target runs.

    A file that has changed since this object was made may have been loaded before or after the change, so it gets
    `CHANGING` as its digest.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._digests: dict[str, str] = {}
        self._began = time.time()
        self._opened: dict[str, bool] = {}  # and whether for reading
        self._listens = False

    def listen(self) -> None:
        """From now on, note each file that is opened. The audit hook for that cannot be removed again."""
        if not self._listens:
            self._listens = True
            sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "open":
            return
        path, mode, flags = arguments
        if type(path) is bytes:
            path = os.fsdecode(path)
        if type(path) is str:
            name = os.path.abspath(path)  # noqa: PTH100 - it is called often
            self._opened.setdefault(name, not _is_to_be_written(mode, flags))

    def look(self) -> dict[str, str]:
        """Look for newly loaded files, and return a digest for each file seen so far."""
        modules: tuple[object, ...] = (*sys.modules.values(), *modules_of_files())  # anything may be put there
        for module in modules:
            # An object that C code puts there may claim to be a module, and be none.
            file = _namespace_of(module).get("__file__") if issubclass(type(module), ModuleType) else None
            if type(file) is str:
                self._add(file)
        for file, is_read in list(self._opened.items()):
            if is_read and _is_plain(file):
                self._add(_source_of(file))
        return dict(sorted(self._digests.items()))

    def _add(self, file: str) -> None:
        if file not in self._digests and _belongs(file):
            self._digests[file] = CHANGING if _changed_after(self._began, file) else digest_of(file)


def _is_to_be_written(mode: object, flags: object) -> bool:
    """Say whether a file is opened to be overwritten, so that nothing depends on what was in it."""
    if type(mode) is str:
        return "w" in mode or "x" in mode
    if not isinstance(flags, int):
        return False
    return bool(flags & (os.O_TRUNC | os.O_EXCL)) or flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR) == os.O_WRONLY


def _is_plain(file: str) -> bool:
    """Say whether reading a file has no effect, and returns the same each time."""
    if file.startswith(("/proc/", "/sys/", "/dev/")):
        return False
    try:
        return stat.S_ISREG(os.stat(file).st_mode)  # noqa: PTH116 - it is called often
    except (OSError, ValueError):
        return False


@functools.cache
def _source_of(file: str) -> str:
    """Return the source of a compiled file, because Python may compile it again; other files as they are."""
    try:
        source = importlib.util.source_from_cache(file)
    except (ValueError, NotImplementedError):
        return file
    return source if Path(source).is_file() else file


def _changed_after(moment: float, file: str) -> bool:
    try:
        return Path(file).stat().st_mtime > moment
    except (OSError, ValueError):
        return False


@functools.cache
def _belongs(file: str) -> bool:
    path = Path(file).resolve()
    if any(path.is_relative_to(place) for place in _OWN):
        return False
    return bool(INSTALLED & {*path.parts}) or not any(path.is_relative_to(place) for place in _STANDARD)


def digest_of(file: str) -> str:
    """Return a text that identifies the version of a file; `GONE` if it cannot be read."""
    path = Path(file)
    try:
        about = path.stat()
        if about.st_size > _LARGE:
            return f"{about.st_size} bytes of {about.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return GONE


@functools.cache
def digest_of_treadle() -> str:
    """Return a digest of Treadle's version and source, so that it also changes while somebody works on it."""
    told = hashlib.sha256(treadle.__version__.encode())
    for package in _OWN:
        for file in sorted(package.rglob("*.py")):
            told.update(f"{file.relative_to(package)}\n".encode())
            told.update(file.read_bytes())
    return told.hexdigest()
