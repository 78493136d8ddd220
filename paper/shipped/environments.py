"""Each package in an environment of its own, as pip installs it from the package registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shipped.entries import Helper

_SECONDS = 900


class InstallError(Exception):
    """A package could not be installed; the message says why."""


def base_python(version: str) -> str:
    """Return an interpreter of this minor version: of those that `TREADLE_PYTHONS` names, as for the tests, or by name.

    Raises `InstallError` where there is none.
    """
    named = [each for each in os.environ.get("TREADLE_PYTHONS", "").split(os.pathsep) if each]
    pyenv = sorted(str(each) for each in Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for python in (*named, f"python{version}", *pyenv, sys.executable):
        if _version_of(python) == version:
            return python
    message = f"there is no Python {version} here; name one in TREADLE_PYTHONS, by its path"
    raise InstallError(message)


def _version_of(python: str) -> str:
    """Return the minor version of an interpreter, or an empty string if it does not start."""
    if shutil.which(python) is None:
        return ""
    told = 'import sys; print("%d.%d" % sys.version_info[:2])'
    return subprocess.run([python, "-c", told], capture_output=True, text=True, check=False).stdout.strip()


def python_of(helper: Helper) -> str:
    """Return the interpreter of a helper's environment; make that first if it is not there."""
    folder = helper.environment
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    wanted = " ".join([helper.requirement, *helper.extra]).strip()
    if not ready.is_file() or ready.read_text(encoding="utf-8").strip() != wanted:
        _make(folder, python, wanted.split(), helper.python)
        ready.write_text(f"{wanted}\n", encoding="utf-8")
    return str(python)


def _make(folder: Path, python: Path, wanted: list[str], version: str) -> None:
    _run([base_python(version), "-m", "venv", "--clear", "--without-pip", str(folder)], str(folder))
    if wanted:
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
        _run([*pip, "--quiet", "--no-compile", *wanted], " ".join(wanted))


def _run(command: list[str], what: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        message = f"{what}: pip gave no answer within {_SECONDS} seconds"
        raise InstallError(message) from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        message = f"{what} could not be installed: {lines[-1] if lines else 'pip said nothing'}"
        raise InstallError(message)
