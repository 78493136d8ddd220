"""Explore a program where a bug is, and where it is not any more: other interpreters, old releases of libraries.

Each exploration is a process of its own, with the standard library, Treadle and, if it is one about a library, that
release of it in front of everything else. Releases are fetched once, into `build/`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from treadle.programs import Explored, from_json
from treadle.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RELEASES = ROOT / "build" / "releases"
_SECONDS = 120
_DEAR = (
    *("aiohttp==3.10.", "aiohttp==3.11.", "openai-agents==", "psycopg-pool==", "tornado==", "websockets==14."),
    *("redis==4.", "redis==7.", "redis==8.0.", "anyio==3.", "anyio==4.0.", "anyio==4.12.", "anyio==4.13."),
    *("anyio==4.14.", "anyio==4.15.", "Hypercorn=="),
)
"""Releases that take long to be fetched or explored, and many of one library: `make history` has them, too."""
_unreachable: list[str] = []  # why the registry could not be asked, once that is known
_NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program is explored: an interpreter, its version, and the folder of the libraries that it uses."""

    python: str
    version: tuple[int, ...]
    libraries: Path | None = None

    def finds(self, program: Callable[..., Any], name: str, *, events: int, at_most: int = 2) -> None:
        """See that one property is violated there, by a minimal counterexample with so many events, and no other is."""
        explored = self.explore(program, events=at_most)
        found = [(str(each.property), each.events, each.minimal) for each in explored.violations]
        assert found == [(name, events, True)], str(explored)

    def finds_nothing(self, program: Callable[..., Any], *, at_most: int = 2) -> None:
        """See that nothing is wrong there in any schedule with so many events, and that there was more than one."""
        explored = self.explore(program, events=at_most)
        assert explored.verdict is Verdict.HOLDS, str(explored)
        assert explored.schedules > 1

    def explore(self, program: Callable[..., Any], *, events: int = 2) -> Explored:
        """Explore a program there."""
        folders = [*([self.libraries] if self.libraries else []), ROOT / "harness", ROOT / "models"]
        code = program.__code__
        answer = subprocess.run(
            [self.python, HERE / "explore_there.py", f"{code.co_filename}:{code.co_name}", str(events)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        assert answer.returncode == 0, answer.stderr
        return from_json(json.loads(answer.stdout))

    def needs(self, version: tuple[int, ...], what: str) -> None:
        """Skip the test on an interpreter that is too old for it."""
        if self.version < version:
            pytest.skip(f"{what} came with Python {'.'.join(map(str, version))}")


def fetch(*requirements: str) -> Path:
    """Return a folder with these releases, the first of which names it; skip where they cannot be had."""
    if requirements[0].startswith(_DEAR) and os.environ.get("TREADLE_TESTS") != "all":
        pytest.skip("`make history` fetches this release and explores it, which takes a while")
    folder = RELEASES / requirements[0]
    if folder.is_dir():
        return folder
    if _unreachable:
        _skip(requirements, _unreachable[0])
    RELEASES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=RELEASES) as made:
        target = Path(made) / "made"
        options = ["--no-deps", "--retries", "0", "--timeout", "20"]
        problem = install(target, *options, *requirements, seconds=_SECONDS)
        if problem:
            _note_if_unreachable(problem)
            _skip(requirements, problem.splitlines()[-1])
        try:
            target.rename(folder)  # at once, because another process may fetch the same
        except OSError:
            if not folder.is_dir():
                raise
    return folder


def install(folder: Path, *arguments: str, seconds: int) -> str:
    """Let pip install into a folder; return what it said if it could not, or nothing."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    command += ["--target", str(folder), *arguments]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"{_NO_ANSWER} within {seconds} s"
    return (run.stderr.strip() or "pip said nothing") if run.returncode else ""


def _note_if_unreachable(told: str) -> None:
    """Remember that there is no registry here, so that the next test does not wait for it, too."""
    signs = ("timed out", "connection", _NO_ANSWER)
    lines = [line for line in told.splitlines() if any(each in line.lower() for each in signs)]
    _unreachable.extend(lines[:1])


def _skip(requirements: Sequence[str], reason: str) -> NoReturn:
    pytest.skip(f"{', '.join(requirements)} could not be installed: {reason}")
