"""The releases with which a recorded bug is looked at: which has it, which repairs it, and the newest one there is.

Releases of libraries are installed by pip into folders below `build`, as the tests of this folder do; the newest with
what it needs. Of CPython they are the interpreters that are found.
"""

from __future__ import annotations

import os
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bugs import DATA
from finding import ROOT, fetch, install
from pythons import VERSIONS, interpreters, none_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bugs import Bug

HAS, REPAIRED, NEWEST = "has it", "repaired", "newest"
_NEWEST = ROOT / "build" / "residue" / "newest"
_SECONDS = 600


class MissingError(Exception):
    """A release cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its name, the interpreter, the folder with it, and the versions of all that is in there."""

    name: str
    python: str
    folder: Path | None
    told: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Its name as a part of a file name."""
        return self.name.replace(" ", "-")

    @property
    def path(self) -> str:
        """What is looked through for modules."""
        return os.pathsep.join(str(each) for each in (*self._folders, ROOT / "harness", ROOT / "models"))

    @property
    def _folders(self) -> tuple[Path, ...]:
        return (*([self.folder] if self.folder else []), ROOT / "tests" / "history")

    def command(self, command: str) -> str:
        """Return a command line that runs a command of Treadle's with this release, in the top folder."""
        folders = os.pathsep.join(str(each.relative_to(ROOT)) for each in self._folders)
        python = "" if self.folder else f"   # with {self.name}"
        return f"PYTHONPATH={folders} {command}{python}"


def releases(bug: Bug, *, fresh: bool) -> Iterator[tuple[str, Release | MissingError]]:
    """Yield the role of each release of a bug, and the release, or why it is not there."""
    os.environ["TREADLE_TESTS"] = "all"  # or `fetch` leaves out those that take long
    roles = {HAS: bug.has, REPAIRED: bug.repaired, NEWEST: ()}
    for role, wanted in roles.items():
        if not wanted and role != NEWEST:
            continue  # no release repairs it
        try:
            yield role, _of_cpython(wanted) if bug.library == "CPython" else _of_library(bug, wanted, fresh=fresh)
        except MissingError as error:
            yield role, error


def _of_cpython(wanted: tuple[str, ...]) -> Release:
    for version in wanted or reversed(VERSIONS):
        found = interpreters(version)
        if found:
            full, python = list(found.items())[0 if wanted else -1]
            return Release(f"CPython {full}", python, None, (full,))
    raise MissingError(none_here(" or ".join(wanted or VERSIONS)))


def _of_library(bug: Bug, wanted: tuple[str, ...], *, fresh: bool) -> Release:
    if not wanted:
        return _newest(bug.library, fresh=fresh)
    try:
        folder = fetch(*wanted)
    except pytest.skip.Exception as skipped:
        raise MissingError(str(skipped)) from None
    return Release(wanted[0], sys.executable, folder, wanted)


def _newest(library: str, *, fresh: bool) -> Release:
    """Return the newest release of a library, as it was when it was installed here first."""
    folder = _NEWEST / library
    if fresh or not folder.is_dir():
        _install_newest(library, folder)
    versions = {each.metadata["Name"].lower(): each.version for each in distributions(path=[str(folder)])}
    told = tuple(f"{name}=={versions[name]}" for name in sorted(versions))
    return Release(f"{library}=={versions[library.lower()]}", sys.executable, folder, told)


_installed: set[str] = set()


def _install_newest(library: str, folder: Path) -> None:
    if library in _installed:  # several bugs of one library: once in a run
        return
    beside: dict[str, list[str]] = tomllib.loads(DATA.read_text(encoding="utf-8"))["beside"]
    _NEWEST.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_NEWEST) as made:
        target = Path(made) / "made"
        problem = install(target, library, *beside.get(library, []), seconds=_SECONDS)
        if problem:
            message = f"{library} could not be installed: {problem.splitlines()[-1]}"
            raise MissingError(message)
        if folder.exists():
            folder.rename(Path(made) / "old")
        target.rename(folder)
    _installed.add(library)
