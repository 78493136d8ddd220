"""Find the interpreters to compare on, and run a comparison under each.

They are sought where they usually are: the one that runs the tests, those that the variable TREADLE_PYTHONS lists,
separated as in PATH, pyenv's, and `python3.X` on the PATH. A comparison needs the standard library alone.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
KINDS = ("C", "Py")
VARIABLE = "TREADLE_PYTHONS"

ALL = os.environ.get("TREADLE_TESTS") == "all"
FULL = os.environ.get("TREADLE_CONFORMANCE") == "full"
EVERY = ALL or "TREADLE_CONFORMANCE" in os.environ

every_version = pytest.mark.parametrize("version", VERSIONS)
every_kind = pytest.mark.parametrize("kind", KINDS)


def version_of(python: str | Path) -> str:
    """Ask an interpreter for its version in full; return nothing if it does not run, as a shim of pyenv may not."""
    try:
        answer = subprocess.run(
            [python, "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except OSError:
        return ""
    return answer.stdout.strip() if not answer.returncode else ""


@functools.cache
def interpreters(version: str) -> dict[str, str]:
    """Find the interpreters of a minor version: from a full version to a path, the first found of each."""
    named = [each for each in os.environ.get(VARIABLE, "").split(os.pathsep) if each]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [
        *named,
        sys.executable,
        *sorted(str(path) for path in pyenv.glob(f"{version}*/bin/python")),
        shutil.which(f"python{version}"),
    ]
    found: dict[str, str] = {}
    for place in dict.fromkeys(filter(None, places)):
        full = version_of(place)
        if full.startswith(f"{version}.") and (full not in found):
            found[full] = place
    return found


def sample(version: str) -> None:
    """Skip what takes long on all versions but this one; `make matrix` skips nothing."""
    here = "{}.{}".format(*sys.version_info)
    if version != here and not EVERY:
        pytest.skip("compared by `make matrix`, and with TREADLE_TESTS=all")


def drive(python: str, *options: str, comparison: str = "drive.py") -> dict[str, Any]:
    """Run a comparison, a file beside this one, under an interpreter, which needs its standard library alone."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("harness", "models"))
    answer = subprocess.run(
        [python, HERE / comparison, *options],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    summary: dict[str, Any] = json.loads(answer.stdout)
    return summary


def none_here(versions: str) -> str:
    """Say that no interpreter of these versions was found, and the way out."""
    return f"no Python {versions} here; name one in {VARIABLE}"


def found_or_skip(version: str) -> dict[str, str]:
    """Return the interpreters of a version, as `interpreters` does; skip the test where there is none, and say so."""
    found = interpreters(version)
    if not found:
        pytest.skip(f"{none_here(version)} to compare with it")
    return found


def compare(version: str, *options: str, at_least: int) -> None:
    """Compare under every interpreter of a version; skip where there is none, and say so."""
    found = found_or_skip(version)
    for full, python in found.items():
        summary = drive(python, *options)
        told = "{python} {task}: {schedules:,} compared, {differences:,} differ, {seconds} s".format(**summary)
        sys.stdout.write(told + "\n")  # shown by pytest -rP
        assert summary["python"] == full
        assert summary["differences"] == 0, "\n".join([told, *summary["examples"]])
        assert summary["schedules"] > at_least, told
        assert [each for each in summary["stopped"] if not each.startswith("osipenko-lock ")] == []
