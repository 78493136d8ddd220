"""Our loop against stock asyncio: every schedule of many explorations must end alike on both, on every Python found.

Interpreters are sought where they usually are: the one that runs the tests, pyenv's, `python3.X` on the PATH, and those
that the variable TREADLE_PYTHONS lists, separated as in PATH. By default the schedules of all candidates with one event
are compared on each, and those of one candidate with two; TREADLE_CONFORMANCE=full compares all with two events.
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
FULL = os.environ.get("TREADLE_CONFORMANCE") == "full"
DEEP = "all" if FULL else "treadle-await"
FAULTS = {
    "last-in-first-out": ("--task", "C"),
    "steps-first": ("--task", "C"),
    "drops-context": ("--task", "C"),
    "late-cancel": ("--task", "C"),
    "other-uncancel": ("--task", "Py", "--situation", "uncancel/0", "--deep", "all"),
}

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


def drive(python: str, *options: str) -> dict[str, Any]:
    """Run a comparison under an interpreter, which needs its standard library alone."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("harness", "models"))
    answer = subprocess.run(
        [python, HERE / "drive.py", *options],
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    summary: dict[str, Any] = json.loads(answer.stdout)
    return summary


def compare(version: str, *options: str, at_least: int) -> None:
    """Compare under every interpreter of a version; skip where there is none, and say so."""
    found = interpreters(version)
    if not found:
        pytest.skip(f"no Python {version} here; name one in {VARIABLE} to compare with it")
    for full, python in found.items():
        summary = drive(python, *options)
        told = "{python} {task}: {schedules:,} compared, {differences:,} differ, {seconds} s".format(**summary)
        sys.stdout.write(told + "\n")  # shown by pytest -rP
        assert summary["python"] == full
        assert summary["differences"] == 0, "\n".join([told, *summary["examples"]])
        assert summary["schedules"] > at_least, told
        assert [each for each in summary["stopped"] if not each.startswith("osipenko-lock ")] == []


@every_kind
@every_version
def test_every_schedule_ends_alike_on_stock_asyncio(version: str, kind: str) -> None:
    compare(version, "--task", kind, "--deep", DEEP, at_least=50_000)


@every_kind
@every_version
def test_every_schedule_leaves_the_same_trace_on_stock_asyncio(version: str, kind: str) -> None:
    compare(version, "--task", kind, "--traces", "--candidate", "later-shield", at_least=2_500)


@every_kind
@every_version
def test_a_play_sees_what_plain_tasks_on_an_unmodified_loop_do(version: str, kind: str) -> None:
    compare(version, "--task", kind, "--exact", at_least=250)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_loop_with_a_fault_is_told_from_stock_asyncio(fault: str) -> None:
    """The comparison is worth nothing if it cannot see a difference."""
    summary = drive(sys.executable, "--fault", fault, *FAULTS[fault], "--candidate", "treadle-await")
    assert summary["differences"] > 0
    assert summary["differences"] < summary["schedules"], "not even a schedule without a cancel ends alike"
