"""Keep what failed last time in `.treadle/` of the root folder: for each test, the schedules that showed it.

It is kept by test and by the options on which a schedule depends, so that a run with other options does not change it.
The process that reports to the user writes the file once, when the run ends; the workers of xdist only read it. If it
cannot be read or written, a line says so, and nothing else changes.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

import pytest

from treadle.errors import MisuseError
from treadle.tokens import ProgramToken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORMAT = 1
FOLDER = ".treadle"
FILE = "failed.json"

EARLIER = pytest.StashKey[dict[str, tuple[ProgramToken, ...]]]()
"""The key in the configuration of the schedules to try first, by test."""

_IGNORE = "# What Treadle keeps from one run to the next.\n*\n"


@dataclass(frozen=True, slots=True)
class Key:
    """A test, and the options with which it was explored."""

    test: str
    options: tuple[str, ...]


Failures = dict[Key, tuple[ProgramToken, ...]]


def read(root: Path) -> tuple[Failures, str]:
    """Return what is kept, and why the file was ignored, or an empty text."""
    file = root / FOLDER / FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            return {}, f"{_shown(file)} was ignored: it has format {told['format']!r}, and this Treadle reads {FORMAT}"
        return dict(map(_entry, told["failed"])), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError, MisuseError) as error:
        return {}, f"{_shown(file)} was ignored: {_line(error)}"


def earlier(failures: Failures, options: Iterable[str]) -> dict[str, tuple[ProgramToken, ...]]:
    """Return the schedules to try first with these options, by test."""
    wanted = tuple(options)
    return {key.test: tokens for key, tokens in failures.items() if key.options == wanted}


def keep(root: Path, options: Iterable[str], ended: Mapping[str, tuple[ProgramToken, ...]]) -> str:
    """Keep what failed of the tests that ended, and forget those that passed; return a problem, or nothing.

    Entries of tests that did not run stay, if their file still exists.
    """
    before, damaged = read(root)
    with_these = tuple(options)
    after = {
        key: tokens
        for key, tokens in before.items()
        if (root / key.test.partition("::")[0]).exists() and not (key.options == with_these and key.test in ended)
    }
    after |= {Key(test, with_these): tokens for test, tokens in ended.items() if tokens}
    if after == before and not damaged:
        return ""
    try:
        _write(root / FOLDER, after)
    except OSError as error:
        return f"what failed could not be kept in {FOLDER}/: {_line(error)}"
    return ""


def _write(folder: Path, failures: Failures) -> None:
    """Write the file atomically; in a new folder, make version control ignore it."""
    if not folder.is_dir():
        folder.mkdir()
        (folder / ".gitignore").write_text(_IGNORE, encoding="utf-8")
    failed = [
        {"test": key.test, "options": list(key.options), "tokens": list(map(str, tokens))}
        for key, tokens in sorted(failures.items(), key=lambda each: (each[0].test, each[0].options))
    ]
    half = folder / f"{FILE}.{os.getpid()}"
    try:
        half.write_text(json.dumps({"format": FORMAT, "failed": failed}, indent=1) + "\n", encoding="utf-8")
        half.replace(folder / FILE)
    finally:
        half.unlink(missing_ok=True)


def _entry(told: Mapping[str, object]) -> tuple[Key, tuple[ProgramToken, ...]]:
    """Read one entry; raise an error if it has the wrong form."""
    test, options, tokens = told["test"], told["options"], told["tokens"]
    if not (isinstance(test, str) and _are_texts(options) and _are_texts(tokens)):
        message = f"{test!r} is not a test with options and tokens"
        raise ValueError(message)
    return Key(test, tuple(options)), tuple(map(ProgramToken.parse, tokens))


def _are_texts(found: object) -> TypeGuard[list[str]]:
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def _shown(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def _line(error: Exception) -> str:
    """Return an error as one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
